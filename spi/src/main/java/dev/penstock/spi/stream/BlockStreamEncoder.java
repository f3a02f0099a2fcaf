package dev.penstock.spi.stream;

import static dev.penstock.spi.stream.BlockStreamLayout.RECORD_HEAD_BYTES;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Makes the bytes of a block stream from what a source gives, one record at a time: {@code
 * spi/BLOCK-STREAM.md} has the format.
 *
 * <p><b>Lifecycle.</b> {@link #next} until it says that it has ended. The source is the caller's to
 * close. <b>Threads.</b> One at a time; a call blocks as the source does. <b>Memory.</b> The
 * caller's: what is read from the source goes there at once. <b>Errors.</b> Those of the source;
 * {@link GatewayError.Invalid} for a source whose parts are out of order or outside of the
 * snapshot.
 *
 * @since SPI 1.0
 */
public final class BlockStreamEncoder {
  /** Large enough to cost a disk and a network little, small enough to be lost lightly. */
  private static final int DATA_BYTES = 256 << 10;

  /** What a call may need: a record, and once more its data, to compress them into. */
  public static final int ROOM_BYTES = RECORD_HEAD_BYTES + 2 * DATA_BYTES;

  private static final int NOT_COMPRESSED = 0;

  /** What saves less than a part of so many is not worth the receiver's unpacking. */
  private static final int SAVING_PART = 16;

  /**
   * After a record that did not become smaller the next ones seldom do: so many go untried, and
   * twice as many after the next that did not.
   */
  private static final int UNTRIED_MAX = 16;

  /** Its number is one byte of the header. */
  private static final int COMPRESSION_MAX = 255;

  private final BlockSource source;
  private final Optional<RecordCompression> compression;
  private final ByteBuffer encodedHeader;
  private final StreamTally tally;
  private final String where;
  private Stage stage = Stage.HEADER;
  private int untried;
  private int untriedNext = 1;

  private enum Stage {
    HEADER,
    PARTS,
    ENDED
  }

  public BlockStreamEncoder(BlockSource source) {
    this(source, Optional.empty());
  }

  /**
   * @param compression for records that become smaller by it
   */
  public BlockStreamEncoder(BlockSource source, Optional<RecordCompression> compression) {
    StreamHeader header = source.header();
    int id = compression.map(BlockStreamEncoder::number).orElse(NOT_COMPRESSED);
    this.source = source;
    this.compression = compression;
    this.encodedHeader = HeaderCodec.encode(header, id);
    this.tally = new StreamTally(header, encodedHeader);
    this.where = "snapshot %s as its store gives it".formatted(header.name());
  }

  private static int number(RecordCompression compression) {
    int id = compression.id();
    if (id < 1 || id > COMPRESSION_MAX)
      throw new IllegalArgumentException(
          "a compression has a number from 1 to %d, not %d".formatted(COMPRESSION_MAX, id));
    return id;
  }

  /**
   * Puts the next bytes of the stream to where {@code target} stands.
   *
   * @param target with room for {@link #ROOM_BYTES}; what is behind those that count is of no
   *     matter
   * @return false, with nothing put, after the end
   */
  public boolean next(ByteBuffer target) {
    if (target.remaining() < ROOM_BYTES)
      throw new IllegalArgumentException(
          "a record may need %d bytes, and there are %d".formatted(ROOM_BYTES, target.remaining()));
    switch (stage) {
      case HEADER -> {
        stage = Stage.PARTS;
        target.put(encodedHeader.duplicate());
      }
      case PARTS -> {
        ByteBuffer part = part(target.slice(target.position(), ROOM_BYTES));
        target.position(target.position() + part.limit());
      }
      case ENDED -> {
        return false;
      }
    }
    return true;
  }

  /**
   * How far in the volume the records are that were made so far: everything before it is in them.
   */
  public long position() {
    return tally.position();
  }

  private ByteBuffer part(ByteBuffer record) {
    ByteBuffer payload = record.slice(RECORD_HEAD_BYTES, DATA_BYTES);
    Optional<BlockSource.Piece> piece = source.next(payload);
    if (piece.isEmpty()) {
      stage = Stage.ENDED;
      return tally.end(record);
    }
    return switch (piece.get()) {
      case BlockSource.Zero(long offset, long lengthBytes) ->
          counted(new RecordHead(RecordHead.Kind.ZERO, false, 0, offset, lengthBytes), record);
      case BlockSource.Data(long offset, long lengthBytes) -> {
        if (payload.remaining() != lengthBytes)
          throw new IllegalStateException(
              "%s: %d bytes at %d, and %d in the buffer"
                  .formatted(where, lengthBytes, offset, payload.remaining()));
        yield data(offset, payload, record);
      }
    };
  }

  private ByteBuffer data(long offset, ByteBuffer payload, ByteBuffer record) {
    int lengthBytes = payload.remaining();
    ByteBuffer smaller = record.slice(RECORD_HEAD_BYTES + DATA_BYTES, DATA_BYTES);
    boolean packed = isPacked(payload, smaller);
    if (packed) record.put(RECORD_HEAD_BYTES, smaller, 0, smaller.position());
    return counted(
        new RecordHead(
            RecordHead.Kind.DATA,
            packed,
            packed ? smaller.position() : lengthBytes,
            offset,
            lengthBytes),
        record);
  }

  /** Whether it goes as it stands in {@code smaller} now. */
  private boolean isPacked(ByteBuffer payload, ByteBuffer smaller) {
    int mostBytes = payload.remaining() - 1 - payload.remaining() / SAVING_PART;
    if (compression.isEmpty() || mostBytes < 1) return false;
    if (untried > 0) {
      untried--;
      return false;
    }
    if (compression.get().compress(payload, smaller.limit(mostBytes))) {
      untriedNext = 1;
      return true;
    }
    untried = untriedNext;
    untriedNext = Math.min(UNTRIED_MAX, 2 * untriedNext);
    return false;
  }

  private ByteBuffer counted(RecordHead head, ByteBuffer unsealed) {
    ByteBuffer sealed = head.seal(unsealed);
    tally.count(head, sealed, where);
    return sealed;
  }
}
