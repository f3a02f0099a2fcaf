package dev.penstock.benchmarks;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.transmit.Connection;
import dev.penstock.nbd.transmit.SilentObserver;
import dev.penstock.nbd.transmit.Surroundings;
import dev.penstock.spi.volume.VolumeGate;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A connection's whole way, from the bytes of 64 requests to their packed replies, without a
 * socket. The channel that stands in for one allocates for every batch: with the gc profiler what
 * counts is what is left for one request.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class SmallReads {
  private static final int BATCH = 64;
  private static final int READ_BYTES = 4096;
  private static final int SIZE_BYTES = 1 << 20;

  private final Vertx vertx = Vertx.vertx();
  private final ByteBuf requests = ClientRequests.reads(BATCH, READ_BYTES, SIZE_BYTES);
  private final VolumeGate gate =
      new VolumeGate("the benchmark", vertx, new CachedVolume(SIZE_BYTES).opened());
  private final Budget budget = new Budget(Limits.DEFAULTS.totalBytes());
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new Connection(
                  1,
                  "peer",
                  Peer.LOCAL,
                  new PlainEntrance(),
                  Instant.EPOCH,
                  new Surroundings(
                      new OneExport(gate, SIZE_BYTES, budget.part()),
                      () -> Limits.DEFAULTS,
                      budget,
                      new SilentObserver(),
                      System::nanoTime))
              .handler());

  /** Brings the connection to where it takes requests. */
  @Setup
  public void choose() {
    channel.writeInbound(ClientRequests.choosing(OneExport.NAME));
    channel.releaseOutbound();
  }

  /** 64 reads of 4 KiB that arrived together. Answers how many bytes of replies there are. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long reads() {
    channel.writeInbound(requests.retainedDuplicate());
    long bytes = 0;
    for (Object out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      ByteBuf reply = (ByteBuf) out;
      bytes += reply.readableBytes();
      reply.release();
    }
    if (bytes < (long) BATCH * READ_BYTES) throw new IllegalStateException("not all was answered");
    return bytes;
  }

  /** Ends what {@link #choose} began. */
  @TearDown
  public void stop() {
    channel.finishAndReleaseAll();
    var _ = vertx.close();
  }
}
