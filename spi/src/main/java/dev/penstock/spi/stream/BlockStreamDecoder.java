package dev.penstock.spi.stream;

import static dev.penstock.spi.stream.BlockStreamLayout.PREFIX_BYTES;
import static dev.penstock.spi.stream.BlockStreamLayout.RECORD_HEAD_BYTES;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * Takes the bytes of a block stream, cut in any way, and gives its parts to a sink: {@code
 * spi/BLOCK-STREAM.md} has the format. Nothing reaches the sink that was not checked.
 *
 * <p><b>Lifecycle.</b> {@link #decode} for whatever comes, then {@link #finish}. After an error it
 * is of no more use. <b>Threads.</b> One at a time; a call blocks as the sink does. <b>Memory.</b>
 * One record, and one more if it is compressed; no length is believed before it is known to be
 * within its limit.
 *
 * <p><b>Errors.</b> {@link GatewayError.Unsupported} for a version or compression that is not known
 * here; {@link GatewayError.Damaged} for bytes that are not those that were sent, or that are
 * missing: what the sink has got is right up to there; {@link GatewayError.Invalid} for a sender
 * that sends what cannot be. Each says where in the stream.
 *
 * @since SPI 1.0
 */
public final class BlockStreamDecoder {
  private final BlockStreamSink sink;
  private final List<RecordCompression> compressions;
  private Optional<RecordCompression> compression = Optional.empty();
  private Optional<StreamTally> tally = Optional.empty();

  /** The header or record that is coming, up to where its limit is. */
  private ByteBuffer piece = ByteBuffer.allocate(BlockStreamLayout.HEADER_BYTES_MAX);

  private ByteBuffer unpacked = ByteBuffer.allocate(0);
  private long piecesBytes;
  private Stage stage = Stage.PREFIX;

  private enum Stage {
    /** As much of the header as says how long it is. */
    PREFIX,
    HEADER,
    RECORD_HEAD,
    RECORD,
    ENDED,
    BROKEN
  }

  public BlockStreamDecoder(BlockStreamSink sink) {
    this(sink, List.of());
  }

  /**
   * @param compressions those that the stream may be made with
   */
  public BlockStreamDecoder(BlockStreamSink sink, List<RecordCompression> compressions) {
    this.sink = sink;
    this.compressions = List.copyOf(compressions);
    piece.limit(PREFIX_BYTES);
  }

  /** Takes all of {@code source}. */
  public void decode(ByteBuffer source) {
    requireSound();
    try {
      while (true) {
        if (stage == Stage.RECORD_HEAD && isWhole(source)) takeWhole(source);
        else if (arrived(source)) advance();
        else return;
      }
    } catch (RuntimeException e) {
      stage = Stage.BROKEN;
      throw e;
    }
  }

  /** No more bytes will come: {@link GatewayError.Damaged} if the stream has not ended. */
  public void finish() {
    requireSound();
    if (stage != Stage.ENDED)
      throw new GatewayError.Damaged(
          "the block stream ends early, after %d bytes%s, and without the record that ends it"
              .formatted(
                  piecesBytes + piece.position(),
                  tally.map(t -> ", at %d of the snapshot".formatted(t.position())).orElse("")));
  }

  private void requireSound() {
    if (stage == Stage.BROKEN)
      throw new IllegalStateException("this block stream has failed: nothing more is read of it");
  }

  /** How far in the volume the records are that came so far; 0 before the header. */
  public long position() {
    return tally.map(StreamTally::position).orElse(0L);
  }

  /** Whether the record has come that ends the stream. */
  public boolean hasEnded() {
    return stage == Stage.ENDED;
  }

  /** Whether nothing has come of the next record, and now all of it: it need not be copied. */
  private boolean isWhole(ByteBuffer source) {
    if (piece.position() > 0 || source.remaining() < RECORD_HEAD_BYTES) return false;
    int payloadBytes = RecordHead.payloadBytes(source.slice(), where());
    return source.remaining() >= RECORD_HEAD_BYTES + payloadBytes;
  }

  private void takeWhole(ByteBuffer source) {
    int bytes = RECORD_HEAD_BYTES + RecordHead.payloadBytes(source.slice(), where());
    ByteBuffer record = source.slice(source.position(), bytes);
    source.position(source.position() + bytes);
    take(record);
  }

  /** Takes what is missing of the piece that is coming; true if nothing is missing any more. */
  private boolean arrived(ByteBuffer source) {
    if (stage == Stage.ENDED) {
      if (source.hasRemaining())
        throw new GatewayError.Invalid(
            "%s: %d bytes after the end".formatted(where(), source.remaining()));
      return false;
    }
    int bytes = Math.min(source.remaining(), piece.remaining());
    piece
        .put(piece.position(), source, source.position(), bytes)
        .position(piece.position() + bytes);
    source.position(source.position() + bytes);
    return !piece.hasRemaining();
  }

  private void advance() {
    switch (stage) {
      case PREFIX -> await(Stage.HEADER, HeaderCodec.headerBytes(piece));
      case HEADER -> {
        header();
        begin(piece.limit());
      }
      case RECORD_HEAD ->
          await(Stage.RECORD, RECORD_HEAD_BYTES + RecordHead.payloadBytes(piece, where()));
      case RECORD -> take(piece.flip());
      case ENDED, BROKEN -> throw new IllegalStateException("nothing follows " + stage);
    }
  }

  /** The piece has so many bytes in all. */
  private void await(Stage next, int bytes) {
    if (piece.capacity() < bytes) piece = ByteBuffer.allocate(bytes).put(piece.flip());
    piece.limit(bytes);
    stage = next;
  }

  /** A record with all of its payload. */
  private void take(ByteBuffer whole) {
    RecordHead head = RecordHead.read(whole, where());
    record(head, whole, tally.orElseThrow());
    begin(whole.limit());
    if (head.kind() == RecordHead.Kind.END) end();
  }

  private void begin(int takenBytes) {
    piecesBytes += takenBytes;
    piece.clear().limit(RECORD_HEAD_BYTES);
    stage = Stage.RECORD_HEAD;
  }

  private void header() {
    StreamHeader header = HeaderCodec.decode(piece);
    int id = HeaderCodec.compression(piece);
    compression = compressions.stream().filter(one -> one.id() == id).findFirst();
    if (id != 0 && compression.isEmpty())
      throw new GatewayError.Unsupported(
          "this block stream is compressed in a way that is not known here: number %d"
              .formatted(id));
    tally = Optional.of(new StreamTally(header, piece.duplicate().flip()));
    sink.header(header);
  }

  private void record(RecordHead head, ByteBuffer whole, StreamTally counted) {
    if (head.kind() == RecordHead.Kind.END) {
      counted.requireEnd(head, whole, where());
      return;
    }
    counted.count(head, whole, where());
    if (head.kind() == RecordHead.Kind.ZERO) sink.zero(head.offset(), head.lengthBytes());
    else sink.data(head.offset(), data(head, whole));
  }

  private void end() {
    stage = Stage.ENDED;
    sink.end();
  }

  private ByteBuffer data(RecordHead head, ByteBuffer whole) {
    ByteBuffer payload = whole.slice(RECORD_HEAD_BYTES, head.payloadBytes());
    if (!head.packed()) return payload;
    int lengthBytes = (int) head.lengthBytes();
    if (unpacked.capacity() < lengthBytes) unpacked = ByteBuffer.allocate(lengthBytes);
    ByteBuffer target = unpacked.clear().slice(0, lengthBytes);
    compression
        .orElseThrow(() ->
            new GatewayError.Invalid(
                "%s: %s in a stream that is not compressed".formatted(where(), head)))
        .decompress(payload, target);
    if (target.hasRemaining() || payload.hasRemaining())
      throw new GatewayError.Damaged(
          "%s: %s does not have that length once it is unpacked".formatted(where(), head));
    return target.flip();
  }

  private String where() {
    return "block stream, byte %d".formatted(piecesBytes);
  }
}
