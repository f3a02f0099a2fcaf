package dev.penstock.nbd.wire;

/** What a client can ask for once it has an export. Protocol document, "Request types". */
public enum Command {
  READ(0),
  WRITE(1),
  DISC(2),
  FLUSH(3),
  TRIM(4),
  CACHE(5),
  WRITE_ZEROES(6),
  BLOCK_STATUS(7),
  /** Branch extension-resize: the offset is the new size. */
  RESIZE(8),
  /** Any other number: answered {@link ErrorNumber#EINVAL}, because clients probe. */
  UNKNOWN(-1);

  private static final Command[] BY_CODE = {
    READ, WRITE, DISC, FLUSH, TRIM, CACHE, WRITE_ZEROES, BLOCK_STATUS, RESIZE
  };

  private final int code;

  Command(int code) {
    this.code = code;
  }

  /** The number on the wire; -1 for {@link #UNKNOWN}. */
  public int code() {
    return code;
  }

  /** The command with this number. */
  public static Command of(int code) {
    return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : UNKNOWN;
  }
}
