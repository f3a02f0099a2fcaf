package dev.penstock.replication.flow;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.snapshot.SnapshotReceiving;
import dev.penstock.spi.stream.BlockStreamDecoder;
import dev.penstock.spi.stream.BlockStreamSink;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.RecordCompression;
import dev.penstock.spi.stream.StreamHeader;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A snapshot as it comes into a store here: the stream's bytes are checked and written while the
 * next ones are on their way.
 */
public final class IncomingStream implements Arrival {
  /** The anchor of a volume that receives: what it has in common with whoever sends. */
  public static final String ANCHOR = "anchor.received";

  private final SnapshotReceiving receiving;
  private final Duration piece;
  private final Duration finishing;
  private final String called;
  private final Parts parts;
  private final BlockStreamDecoder decoder;
  private volatile long position;
  private Future<?> before = Future.succeededFuture();

  /**
   * @param receiving closed with this
   * @param announced what the stream has to bring
   * @param piece how long the store may take for one piece
   * @param finishing how long from the last byte to the end
   */
  public IncomingStream(
      SnapshotReceiving receiving,
      StreamHeader announced,
      List<RecordCompression> compressions,
      Duration piece,
      Duration finishing) {
    this.receiving = receiving;
    this.piece = piece;
    this.finishing = finishing;
    this.called = "snapshot %s into its store".formatted(announced.name());
    this.parts = new Parts(announced);
    this.decoder = new BlockStreamDecoder(parts, compressions);
  }

  @Override
  public void take(ByteBuffer bytes) throws InterruptedException {
    settle(piece);
    before =
        receiving.run(store -> {
          parts.store = Optional.of(store);
          decoder.decode(bytes);
          position = decoder.position();
          return Optional.empty();
        });
  }

  private void settle(Duration limit) throws InterruptedException {
    Waiting.on(before, limit, Scope.RESOURCE, called);
  }

  @Override
  public long position() {
    return position;
  }

  @Override
  public void complete() throws InterruptedException {
    settle(finishing);
    decoder.finish();
    Waiting.on(receiving.complete(ANCHOR), finishing, Scope.RESOURCE, called);
  }

  @Override
  public void close() {
    receiving.close();
  }

  /** Gives the parts to the store; on its workers, one call after another. */
  private static final class Parts implements BlockStreamSink {
    private final StreamHeader announced;
    private Optional<Receiving> store = Optional.empty();

    Parts(StreamHeader announced) {
      this.announced = announced;
    }

    @Override
    public void header(StreamHeader header) {
      if (!header.equals(announced))
        throw new GatewayError.Invalid(
            "the stream brings %s, and %s was announced".formatted(header, announced));
    }

    @Override
    public void data(long offset, ByteBuffer bytes) {
      store.orElseThrow().data(offset, bytes);
    }

    @Override
    public void zero(long offset, long lengthBytes) {
      store.orElseThrow().zero(offset, lengthBytes);
    }

    @Override
    public void end() {}
  }
}
