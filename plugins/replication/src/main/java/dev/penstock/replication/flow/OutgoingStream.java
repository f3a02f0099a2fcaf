package dev.penstock.replication.flow;

import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.snapshot.SnapshotSending;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.BlockStreamEncoder;
import dev.penstock.spi.stream.RecordCompression;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/**
 * A snapshot of a volume here, as the bytes that are sent. One piece is read ahead while the one
 * before it is on its way.
 */
public final class OutgoingStream implements Bytes {
  /** One on its way, one that was asked for, one that is read. */
  private static final int PIECES = 3;

  private final SnapshotSending sending;
  private final Optional<RecordCompression> compression;
  private final Duration limit;
  private final String called;

  /** Of the store's workers, one after another. */
  private Optional<BlockStreamEncoder> encoder = Optional.empty();

  private volatile long position;
  private final PieceMemory memory = new PieceMemory(PIECES);
  private Future<Optional<ByteBuffer>> ahead;

  /**
   * Begins to read.
   *
   * @param sending closed with this
   * @param limit how long the store may take for one piece
   */
  public OutgoingStream(
      SnapshotSending sending, Optional<RecordCompression> compression, Duration limit) {
    this.sending = sending;
    this.compression = compression;
    this.limit = limit;
    this.called = "snapshot %s from its store".formatted(sending.header().name());
    this.ahead = sending.run(this::piece);
  }

  @Override
  public Optional<ByteBuffer> next() throws InterruptedException {
    Optional<ByteBuffer> piece = Waiting.on(ahead, limit, Scope.RESOURCE, called);
    if (piece.isPresent()) ahead = sending.run(this::piece);
    return piece;
  }

  private Optional<ByteBuffer> piece(BlockSource source) {
    BlockStreamEncoder records =
        encoder.orElseGet(() -> new BlockStreamEncoder(source, compression));
    encoder = Optional.of(records);
    ByteBuffer piece = memory.next();
    boolean goesOn = true;
    while (goesOn && piece.remaining() >= BlockStreamEncoder.ROOM_BYTES)
      goesOn = records.next(piece);
    piece.flip();
    position = records.position();
    return Optional.of(piece).filter(ByteBuffer::hasRemaining);
  }

  /** A piece ahead of what was asked for. */
  @Override
  public long position() {
    return position;
  }

  @Override
  public void spent() {
    memory.spent();
  }

  @Override
  public void close() {
    sending.close();
  }
}
