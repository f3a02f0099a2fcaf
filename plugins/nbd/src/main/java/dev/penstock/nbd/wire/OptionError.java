package dev.penstock.nbd.wire;

/** Why an option was refused. Protocol document, "Option reply types"; bit 31 marks an error. */
public enum OptionError {
  UNSUP(1),
  POLICY(2),
  INVALID(3),
  PLATFORM(4),
  TLS_REQD(5),
  UNKNOWN(6),
  SHUTDOWN(7),
  BLOCK_SIZE_REQD(8),
  TOO_BIG(9),
  EXT_HEADER_REQD(10);

  private final int code;

  OptionError(int number) {
    this.code = Integer.MIN_VALUE | number;
  }

  /** The number on the wire. */
  public int code() {
    return code;
  }
}
