package dev.penstock.gateway.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeEvents;
import dev.penstock.spi.testing.ForwardingVolume;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SettlingTest {
  private final Vertx vertx = Vertx.vertx();
  private final Workers workers = new Workers(Workers.Limits.DEFAULT);

  /** What is dirty again after each flush: a writer that does not stop. */
  private static final class Written extends ForwardingVolume {
    private final LongUnaryOperator dirtyAfter;
    private long flushes;

    Written(LongUnaryOperator dirtyAfter) {
      super(MemoryVolume.ofBytes(0));
      this.dirtyAfter = dirtyAfter;
    }

    @Override
    protected void admit(boolean changes) {}

    @Override
    public void flush() {
      flushes++;
    }

    @Override
    public long dirtyBytes() {
      return dirtyAfter.applyAsLong(flushes);
    }

    @Override
    public void close() {}
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get();
    workers.close();
  }

  @Test
  void flushesUntilLittleIsLeft() throws Exception {
    assertThat(rounds(flushes -> flushes < 4 ? 64L << 20 : Settling.SETTLED_BYTES, LONG))
        .isEqualTo(4);
  }

  @Test
  void flushesOnceEvenIfNothingIsKnownToBeDirty() throws Exception {
    assertThat(rounds(_ -> 0, LONG)).isEqualTo(1);
  }

  @Test
  void aWriterThatOutrunsTheDiskIsNotWaitedForForEver() throws Exception {
    assertThat(rounds(_ -> 64L << 20, LONG)).isEqualTo(Settling.ROUNDS_MAX);
  }

  @Test
  void noRoundBeginsAfterTheDeadline() throws Exception {
    assertThat(rounds(_ -> 64L << 20, Duration.ZERO)).isEqualTo(1);
  }

  private static final Duration LONG = Duration.ofMinutes(10);

  private int rounds(LongUnaryOperator dirtyAfter, Duration limit) throws Exception {
    SharedVolume shared =
        new SharedVolume(
            new Written(dirtyAfter), WaitsOn.NETWORK, workers, new FakeEvents(), new FakeClock());
    return new Settling(shared, TimeLeft.of(new Deadline(vertx), limit))
        .settle()
        .toCompletionStage()
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }
}
