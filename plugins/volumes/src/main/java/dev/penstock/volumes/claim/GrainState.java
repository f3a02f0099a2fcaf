package dev.penstock.volumes.claim;

/**
 * What a layer that has a parent says of a grain. The ordinals are stored: two bits each.
 */
public enum GrainState {
  /** Whatever the parent says. */
  ABSENT,
  /** The bytes in this layer's file. */
  DATA,
  /** Zeroes, whatever is below. */
  ZERO;

  private static final GrainState[] BY_CODE = values();

  /** Of two bits, of which one pattern means nothing. */
  static GrainState of(int code) {
    return BY_CODE[code];
  }

  int code() {
    return ordinal();
  }
}
