package dev.penstock.spi.stream;

import static dev.penstock.spi.stream.BlockStreamLayout.RECORD_HEAD_BYTES;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Makes the bytes of a block stream from what a source gives, one record at a time: {@code
 * spi/BLOCK-STREAM.md} has the format.
 *
 * <p><b>Lifecycle.</b> {@link #next} until it is empty. The source is the caller's to close.
 * <b>Threads.</b> One at a time; a call blocks as the source does. <b>Memory.</b> One record, and
 * one more if it is compressed, whatever the size of the snapshot. <b>Errors.</b> Those of the
 * source; {@link GatewayError.Invalid} for a source whose parts are out of order or outside of the
 * snapshot.
 *
 * @since SPI 1.0
 */
public final class BlockStreamEncoder {
  /** Large enough to cost a disk and a network little, small enough to be lost lightly. */
  private static final int DATA_BYTES = 256 << 10;

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
  private final ByteBuffer record = ByteBuffer.allocate(RECORD_HEAD_BYTES + DATA_BYTES);
  private final ByteBuffer smaller;
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
    this.smaller = ByteBuffer.allocate(compression.isPresent() ? record.capacity() : 0);
  }

  private static int number(RecordCompression compression) {
    int id = compression.id();
    if (id < 1 || id > COMPRESSION_MAX)
      throw new IllegalArgumentException(
          "a compression has a number from 1 to %d, not %d".formatted(COMPRESSION_MAX, id));
    return id;
  }

  /**
   * The next bytes of the stream.
   *
   * @return a buffer that is the caller's until the next call; empty after the end
   */
  public Optional<ByteBuffer> next() {
    return switch (stage) {
      case HEADER -> {
        stage = Stage.PARTS;
        yield Optional.of(encodedHeader);
      }
      case PARTS -> Optional.of(part());
      case ENDED -> Optional.empty();
    };
  }

  /**
   * How far in the volume the records are that were made so far: everything before it is in them.
   */
  public long position() {
    return tally.position();
  }

  private ByteBuffer part() {
    ByteBuffer payload = record.clear().position(RECORD_HEAD_BYTES).slice();
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
        yield data(offset, payload);
      }
    };
  }

  private ByteBuffer data(long offset, ByteBuffer payload) {
    int lengthBytes = payload.remaining();
    int packedBytes = packed(payload);
    boolean packed = packedBytes > 0;
    return counted(
        new RecordHead(
            RecordHead.Kind.DATA, packed, packed ? packedBytes : lengthBytes, offset, lengthBytes),
        packed ? smaller : record);
  }

  /** How many bytes it takes compressed; 0 if it goes as it is. */
  private int packed(ByteBuffer payload) {
    int mostBytes = payload.remaining() - 1 - payload.remaining() / SAVING_PART;
    if (compression.isEmpty() || mostBytes < 1) return 0;
    if (untried > 0) {
      untried--;
      return 0;
    }
    ByteBuffer target = smaller.clear().slice(RECORD_HEAD_BYTES, mostBytes);
    if (compression.get().compress(payload, target)) {
      untriedNext = 1;
      return target.position();
    }
    untried = untriedNext;
    untriedNext = Math.min(UNTRIED_MAX, 2 * untriedNext);
    return 0;
  }

  private ByteBuffer counted(RecordHead head, ByteBuffer unsealed) {
    ByteBuffer sealed = head.seal(unsealed);
    tally.count(head, sealed, where);
    return sealed;
  }
}
