package dev.penstock.nbd.transmit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.config.Rates;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.export.Throttle;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.VolumeGate;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reads of an export whose clients may only be so fast. */
class PacedReadsTest {
  private static final int READ_BYTES = 4096;

  /** After these the burst is used up. */
  private static final int BURST_READS = 16;

  private final Vertx vertx = Vertx.vertx();
  private final MemoryVolume demo = MemoryVolume.ofBytes(1 << 20);
  private final VolumeGate gate = new VolumeGate("the test", vertx, new AtOnce(demo));
  private final Budget budget = new Budget(Limits.DEFAULTS.totalBytes());
  private final Throttle throttle = new Throttle(new Rates(READ_BYTES, 0, 0, 0), 0);
  private long nowNanos;
  private final EmbeddedChannel channel =
      new EmbeddedChannel(
          new Connection(
                  1,
                  "peer",
                  Peer.LOCAL,
                  new InClear(),
                  Instant.EPOCH,
                  new Surroundings(
                      new OneExport(gate, "", 1, throttle, budget.part()),
                      () -> Limits.DEFAULTS,
                      budget,
                      new SilentObserver(),
                      () -> nowNanos))
              .handler());

  @BeforeEach
  void chooseExport() {
    channel.writeInbound(
        new ClientBytes()
            .fixedNoZeroes()
            .option(Option.EXPORT_NAME, "demo".getBytes(UTF_8))
            .toBuffer());
    channel.releaseOutbound();
  }

  @AfterEach
  void stop() {
    channel.finishAndReleaseAll();
    vertx.close();
  }

  @Test
  void areAnsweredAtOnceAsLongAsThereAreTokens() {
    assertThat(answered(BURST_READS)).isEqualTo(BURST_READS);
    assertThat(demo.faults().begun(Call.READ)).as("by a worker").isZero();
  }

  @Test
  void areAnsweredAtOnceAlsoAfterTheyHadToWaitForTokensAndPayOnce() {
    assertThat(answered(BURST_READS + 2)).isEqualTo(BURST_READS);

    nowNanos += Duration.ofSeconds(1).toNanos();
    channel.advanceTimeBy(1, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();

    assertThat(answered(0)).as("one read's tokens a second").isEqualTo(1);
    assertThat(demo.faults().begun(Call.READ)).as("by a worker").isZero();
  }

  @Test
  void thatMissPayOnceAndAreAnsweredByAWorker() {
    demo.faults().missReadNow(true);
    assertThat(answered(BURST_READS + 1)).isEqualTo(BURST_READS);
    assertThat(demo.faults().begun(Call.READ)).isEqualTo(BURST_READS);
  }

  /** Asks for so many; how many have been answered since. */
  private int answered(int reads) {
    var many = new ClientBytes();
    for (int i = 0; i < reads; i++) many.request(Command.READ, i, 0, READ_BYTES);
    channel.writeInbound(many.toBuffer());
    channel.runPendingTasks();
    int bytes = 0;
    for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
      bytes += out.readableBytes();
      out.release();
    }
    return bytes / (Wire.SIMPLE_REPLY_BYTES + READ_BYTES);
  }
}
