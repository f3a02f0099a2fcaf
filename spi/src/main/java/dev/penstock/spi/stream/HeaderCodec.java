package dev.penstock.spi.stream;

import static dev.penstock.spi.stream.BlockStreamLayout.COMPRESSION_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.FLAGS_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.FLAG_FROM;
import static dev.penstock.spi.stream.BlockStreamLayout.FROM_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.HEADER_BYTES_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.HEADER_BYTES_MAX;
import static dev.penstock.spi.stream.BlockStreamLayout.HEADER_BYTES_MIN;
import static dev.penstock.spi.stream.BlockStreamLayout.HEADER_CRC_BYTES;
import static dev.penstock.spi.stream.BlockStreamLayout.MAGIC;
import static dev.penstock.spi.stream.BlockStreamLayout.MAGIC_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.NAME_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.NAME_BYTES_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.NAME_BYTES_MAX;
import static dev.penstock.spi.stream.BlockStreamLayout.NANOS_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.OFFSET_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.SECONDS_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.SIZE_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.TO_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.VERSION;
import static dev.penstock.spi.stream.BlockStreamLayout.VERSION_AT;
import static dev.penstock.spi.stream.BlockStreamLayout.VOLUME_AT;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/** The header of a block stream, to bytes and back. */
final class HeaderCodec {
  private static final int NANOS_MAX = 999_999_999;
  private static final UUID NONE = new UUID(0, 0);

  private HeaderCodec() {}

  static ByteBuffer encode(StreamHeader header, int compression) {
    byte[] name = header.name().getBytes(StandardCharsets.UTF_8);
    if (name.length < 1 || name.length > NAME_BYTES_MAX)
      throw new GatewayError.Invalid(
          "a snapshot's name has 1 to %d bytes, not %d".formatted(NAME_BYTES_MAX, name.length));
    int crcAt = NAME_AT + name.length;
    ByteBuffer bytes = ByteBuffer.allocate(crcAt + HEADER_CRC_BYTES);
    bytes.putLong(MAGIC_AT, MAGIC);
    bytes.putShort(VERSION_AT, (short) VERSION);
    bytes.putShort(HEADER_BYTES_AT, (short) bytes.capacity());
    bytes.putInt(FLAGS_AT, header.from().isPresent() ? FLAG_FROM : 0);
    putGuid(bytes, VOLUME_AT, header.volume());
    putGuid(bytes, FROM_AT, header.from().orElse(NONE));
    putGuid(bytes, TO_AT, header.to());
    Instant createdAt = header.createdAt();
    bytes.putLong(SECONDS_AT, createdAt.getEpochSecond());
    bytes.putInt(NANOS_AT, createdAt.getNano());
    bytes.put(COMPRESSION_AT, (byte) compression);
    bytes.putShort(NAME_BYTES_AT, (short) name.length);
    bytes.putLong(SIZE_AT, header.sizeBytes());
    bytes.putLong(OFFSET_AT, header.offset());
    bytes.put(NAME_AT, name);
    bytes.putInt(crcAt, crc(bytes, crcAt));
    return bytes;
  }

  /** How long the header is that begins so. */
  static int headerBytes(ByteBuffer prefix) {
    if (prefix.getLong(MAGIC_AT) != MAGIC)
      throw new GatewayError.Invalid(
          "this is no block stream: it begins with %016x".formatted(prefix.getLong(MAGIC_AT)));
    int version = Short.toUnsignedInt(prefix.getShort(VERSION_AT));
    if (version > VERSION)
      throw new GatewayError.Unsupported(
          "this block stream has version %d, and %d is the newest that is known here: update this side first"
              .formatted(version, VERSION));
    int bytes = Short.toUnsignedInt(prefix.getShort(HEADER_BYTES_AT));
    if (version != VERSION || bytes < HEADER_BYTES_MIN || bytes > HEADER_BYTES_MAX)
      throw new GatewayError.Invalid(
          "the header of this block stream says version %d and %d bytes: version %d has %d to %d"
              .formatted(version, bytes, VERSION, HEADER_BYTES_MIN, HEADER_BYTES_MAX));
    return bytes;
  }

  /** How the records of this stream are compressed; 0 if they are not. */
  static int compression(ByteBuffer header) {
    return Byte.toUnsignedInt(header.get(COMPRESSION_AT));
  }

  /** A header of the length that it says. */
  static StreamHeader decode(ByteBuffer bytes) {
    int crcAt = bytes.limit() - HEADER_CRC_BYTES;
    if (bytes.getInt(crcAt) != crc(bytes, crcAt))
      throw new GatewayError.Damaged("the header of this block stream is damaged on its way");
    int flags = bytes.getInt(FLAGS_AT);
    UUID from = guid(bytes, FROM_AT);
    require((flags & ~FLAG_FROM) == 0, "flags", flags);
    require(flags != 0 || from.equals(NONE), "a base without its flag", from);
    require(bytes.get(COMPRESSION_AT + 1) == 0, "a reserved byte", bytes.get(COMPRESSION_AT + 1));
    long sizeBytes = bytes.getLong(SIZE_AT);
    long offset = bytes.getLong(OFFSET_AT);
    require(sizeBytes >= 0, "size", sizeBytes);
    require(offset >= 0 && offset <= sizeBytes, "offset", offset);
    return new StreamHeader(
        guid(bytes, VOLUME_AT),
        flags == 0 ? Optional.empty() : Optional.of(from),
        guid(bytes, TO_AT),
        name(bytes, crcAt),
        createdAt(bytes),
        sizeBytes,
        offset);
  }

  private static String name(ByteBuffer bytes, int crcAt) {
    int nameBytes = Short.toUnsignedInt(bytes.getShort(NAME_BYTES_AT));
    require(nameBytes == crcAt - NAME_AT, "name length", nameBytes);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.slice(NAME_AT, nameBytes)).toString();
    } catch (CharacterCodingException _) {
      throw new GatewayError.Invalid("the header of this block stream has a name that is no UTF-8");
    }
  }

  private static Instant createdAt(ByteBuffer bytes) {
    long seconds = bytes.getLong(SECONDS_AT);
    int nanos = bytes.getInt(NANOS_AT);
    boolean isTime =
        seconds >= Instant.MIN.getEpochSecond() && seconds <= Instant.MAX.getEpochSecond();
    require(isTime, "time", seconds);
    require(nanos >= 0 && nanos <= NANOS_MAX, "nanoseconds", nanos);
    return Instant.ofEpochSecond(seconds, nanos);
  }

  private static void require(boolean valid, String field, Object value) {
    if (!valid)
      throw new GatewayError.Invalid(
          "the header of this block stream has %s %s, which cannot be".formatted(field, value));
  }

  private static int crc(ByteBuffer bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.slice(0, length));
    return (int) crc.getValue();
  }

  private static void putGuid(ByteBuffer bytes, int at, UUID guid) {
    bytes.putLong(at, guid.getMostSignificantBits());
    bytes.putLong(at + 8, guid.getLeastSignificantBits());
  }

  private static UUID guid(ByteBuffer bytes, int at) {
    return new UUID(bytes.getLong(at), bytes.getLong(at + 8));
  }
}
