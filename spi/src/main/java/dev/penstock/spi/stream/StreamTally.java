package dev.penstock.spi.stream;

import static dev.penstock.spi.stream.BlockStreamLayout.DIGEST_BYTES;
import static dev.penstock.spi.stream.BlockStreamLayout.RECORD_HEAD_BYTES;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** What has gone by of a stream, at either end: how far it is, how much it was, and its digest. */
final class StreamTally {
  private final MessageDigest digest = sha256();
  private final long sizeBytes;
  private long position;
  private long records;
  private long dataBytes;
  private long zeroBytes;

  StreamTally(StreamHeader header, ByteBuffer encoded) {
    this.sizeBytes = header.sizeBytes();
    this.position = header.offset();
    digest.update(encoded.duplicate());
  }

  /** Where in the volume the last part ended. */
  long position() {
    return position;
  }

  /** Counts a record with all its bytes, if it is where it may be. */
  void count(RecordHead head, ByteBuffer record, String where) {
    long offset = head.offset();
    if (offset < position)
      throw new GatewayError.Invalid(
          "%s: %s, but the stream has come to %d already".formatted(where, head, position));
    if (offset > sizeBytes || head.lengthBytes() < 1 || head.lengthBytes() > sizeBytes - offset)
      throw new GatewayError.Invalid(
          "%s: %s, but the snapshot ends at %d".formatted(where, head, sizeBytes));
    digest.update(record.slice(0, RECORD_HEAD_BYTES)); // with the sum over the payload
    position = offset + head.lengthBytes();
    records++;
    if (head.kind() == RecordHead.Kind.ZERO) zeroBytes += head.lengthBytes();
    else dataBytes += head.lengthBytes();
  }

  /** The record that ends the stream, into a buffer that has room for it. */
  ByteBuffer end(ByteBuffer record) {
    record
        .clear()
        .position(RECORD_HEAD_BYTES)
        .putLong(records)
        .putLong(dataBytes)
        .putLong(zeroBytes)
        .put(digest.digest());
    return new RecordHead(RecordHead.Kind.END, false, BlockStreamLayout.END_BYTES, sizeBytes, 0)
        .seal(record);
  }

  /** Nothing is missing, and nothing is other than it was sent. */
  void requireEnd(RecordHead head, ByteBuffer record, String where) {
    ByteBuffer payload = record.slice(RECORD_HEAD_BYTES, BlockStreamLayout.END_BYTES);
    long recordsSent = payload.getLong();
    long dataBytesSent = payload.getLong();
    long zeroBytesSent = payload.getLong();
    byte[] sent = new byte[DIGEST_BYTES];
    payload.get(sent);
    if (head.offset() != sizeBytes)
      throw new GatewayError.Invalid(
          "%s: %s, but the snapshot ends at %d".formatted(where, head, sizeBytes));
    if (recordsSent != records || dataBytesSent != dataBytes || zeroBytesSent != zeroBytes)
      throw new GatewayError.Damaged(
          "%s: %d records with %d bytes of data and %d of zeroes were sent, and %d with %d and %d have come"
              .formatted(
                  where, recordsSent, dataBytesSent, zeroBytesSent, records, dataBytes, zeroBytes));
    if (!MessageDigest.isEqual(sent, digest.digest()))
      throw new GatewayError.Damaged(
          "%s: the digest of what has come is not that of what was sent".formatted(where));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
