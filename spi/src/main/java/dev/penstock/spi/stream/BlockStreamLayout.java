package dev.penstock.spi.stream;

/**
 * Where each field of a block stream stands, and how large each may be: {@code
 * spi/BLOCK-STREAM.md}. Numbers are big-endian and unsigned unless said.
 */
final class BlockStreamLayout {
  private BlockStreamLayout() {}

  /** "PENSTKBS". */
  static final long MAGIC = 0x50454e53544b4253L;

  static final int VERSION = 1;

  /** Fits every name that a snapshot may have, and a header into one small buffer. */
  static final int NAME_BYTES_MAX = 255;

  /** What a receiver has to hold of a record at once, and no more. */
  static final int DATA_BYTES_MAX = 1 << 20;

  static final int MAGIC_AT = 0;
  static final int VERSION_AT = MAGIC_AT + 8;
  static final int HEADER_BYTES_AT = VERSION_AT + 2;
  static final int FLAGS_AT = HEADER_BYTES_AT + 2;
  static final int VOLUME_AT = FLAGS_AT + 4;
  static final int FROM_AT = VOLUME_AT + 16;
  static final int TO_AT = FROM_AT + 16;
  static final int SECONDS_AT = TO_AT + 16;
  static final int NANOS_AT = SECONDS_AT + 8;
  static final int COMPRESSION_AT = NANOS_AT + 4;
  static final int NAME_BYTES_AT = COMPRESSION_AT + 2;
  static final int SIZE_AT = NAME_BYTES_AT + 2;
  static final int OFFSET_AT = SIZE_AT + 8;
  static final int NAME_AT = OFFSET_AT + 8;
  static final int HEADER_CRC_BYTES = 4;

  /** Enough to see what it is, and how much of a header follows. */
  static final int PREFIX_BYTES = FLAGS_AT;

  static final int HEADER_BYTES_MIN = NAME_AT + 1 + HEADER_CRC_BYTES;
  static final int HEADER_BYTES_MAX = NAME_AT + NAME_BYTES_MAX + HEADER_CRC_BYTES;

  /** The one flag: the stream brings a difference, and {@code from} says upon what. */
  static final int FLAG_FROM = 1;

  static final int KIND_AT = 0;
  static final int PACKED_AT = KIND_AT + 1;
  static final int RESERVED_AT = PACKED_AT + 1;
  static final int PAYLOAD_BYTES_AT = RESERVED_AT + 2;
  static final int RECORD_OFFSET_AT = PAYLOAD_BYTES_AT + 4;
  static final int LENGTH_AT = RECORD_OFFSET_AT + 8;
  static final int RECORD_CRC_AT = LENGTH_AT + 8;
  static final int RECORD_HEAD_BYTES = RECORD_CRC_AT + 4;

  static final int DIGEST_BYTES = 32;

  /** Records, bytes of data, bytes of zeroes, SHA-256. */
  static final int END_BYTES = 3 * 8 + DIGEST_BYTES;
}
