package dev.penstock.nbd.wire;

/** The only error numbers that may go out. Protocol document, "Error values". */
public enum ErrorNumber {
  EPERM(1),
  EIO(5),
  ENOMEM(12),
  EINVAL(22),
  ENOSPC(28),
  /** No number of the protocol's: what old-style clients are told before the end. */
  EBADMSG(74),
  EOVERFLOW(75),
  ENOTSUP(95),
  ESHUTDOWN(108);

  private final int code;

  ErrorNumber(int code) {
    this.code = code;
  }

  /** The number on the wire. */
  public int code() {
    return code;
  }
}
