package dev.penstock.volumes.claim;

/** What a layer that has a parent says of a grain. The codes are stored: two bits each. */
public enum GrainState {
  /** Whatever the parent says. */
  ABSENT(0),
  /** The bytes in this layer's file. */
  DATA(1),
  /** Zeroes, whatever is below. */
  ZERO(2);

  private final int code;

  GrainState(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  /** Of a code that is stored. */
  static GrainState of(int code) {
    return switch (code) {
      case 0 -> ABSENT;
      case 1 -> DATA;
      case 2 -> ZERO;
      default -> throw new IllegalArgumentException("no state has the code " + code);
    };
  }
}
