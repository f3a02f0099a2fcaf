package dev.penstock.spi.stream;

import static dev.penstock.spi.stream.BlockStreamLayout.DATA_BYTES_MAX;
import static dev.penstock.spi.stream.BlockStreamLayout.END_BYTES;
import static dev.penstock.spi.stream.BlockStreamLayout.KIND_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.LENGTH_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.PACKED_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.PAYLOAD_BYTES_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.RECORD_CRC_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.RECORD_HEAD_BYTES;
import static dev.penstock.spi.stream.BlockStreamLayout.RECORD_OFFSET_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.RESERVED_AT;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/** What a record begins with. Its payload follows. */
record RecordHead(Kind kind, boolean packed, int payloadBytes, long offset, long lengthBytes) {
  enum Kind {
    DATA(1),
    ZERO(2),
    END(3);

    private final int code;

    Kind(int code) {
      this.code = code;
    }
  }

  /** Makes a record of what stands behind the head's place, ready to be sent. */
  ByteBuffer seal(ByteBuffer record) {
    record.put(KIND_AT, (byte) kind.code);
    record.put(PACKED_AT, (byte) (packed ? 1 : 0));
    record.putShort(RESERVED_AT, (short) 0);
    record.putInt(PAYLOAD_BYTES_AT, payloadBytes);
    record.putLong(RECORD_OFFSET_AT, offset);
    record.putLong(LENGTH_AT, lengthBytes);
    record.clear().limit(RECORD_HEAD_BYTES + payloadBytes);
    return record.putInt(RECORD_CRC_AT, crc(record));
  }

  /** How much follows a head. The only field that is believed before the sum over all of it. */
  static int payloadBytes(ByteBuffer head, String where) {
    int bytes = head.getInt(PAYLOAD_BYTES_AT);
    if (bytes < 0 || bytes > DATA_BYTES_MAX)
      throw new GatewayError.Invalid(
          "%s: a record of %d bytes; %d are the most"
              .formatted(where, Integer.toUnsignedLong(bytes), DATA_BYTES_MAX));
    return bytes;
  }

  /** The head of a record that is there with all of its payload. */
  static RecordHead read(ByteBuffer record, String where) {
    if (record.getInt(RECORD_CRC_AT) != crc(record))
      throw new GatewayError.Damaged("%s: a record was damaged on its way".formatted(where));
    int packed = record.get(PACKED_AT);
    RecordHead head =
        new RecordHead(
            kind(record.get(KIND_AT), where),
            packed != 0,
            record.getInt(PAYLOAD_BYTES_AT),
            record.getLong(RECORD_OFFSET_AT),
            record.getLong(LENGTH_AT));
    boolean known = (packed & ~1) == 0 && record.getShort(RESERVED_AT) == 0;
    if (!known || !head.fits())
      throw new GatewayError.Invalid("%s: %s cannot be".formatted(where, head));
    return head;
  }

  private static Kind kind(int code, String where) {
    for (Kind kind : Kind.values()) if (kind.code == code) return kind;
    throw new GatewayError.Invalid("%s: there is no record of kind %d".formatted(where, code));
  }

  /** Whether the payload is what a record of its kind and length has. */
  private boolean fits() {
    return switch (kind) {
      case DATA ->
          lengthBytes > 0
              && lengthBytes <= DATA_BYTES_MAX
              && (packed
                  ? payloadBytes > 0 && payloadBytes < lengthBytes
                  : payloadBytes == lengthBytes);
      case ZERO -> lengthBytes > 0 && payloadBytes == 0 && !packed;
      case END -> lengthBytes == 0 && payloadBytes == END_BYTES && !packed;
    };
  }

  /** Over everything but the sum itself. */
  private static int crc(ByteBuffer record) {
    CRC32C crc = new CRC32C();
    crc.update(record.slice(0, RECORD_CRC_AT));
    crc.update(record.slice(RECORD_HEAD_BYTES, record.limit() - RECORD_HEAD_BYTES));
    return (int) crc.getValue();
  }

  @Override
  public String toString() {
    return "a record %s%s of %d bytes at %d, sent as %d"
        .formatted(kind, packed ? " (compressed)" : "", lengthBytes, offset, payloadBytes);
  }
}
