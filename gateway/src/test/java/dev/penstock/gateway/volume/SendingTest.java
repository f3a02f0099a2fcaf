package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.meant;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.bus.Turns;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.StreamHeader;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SendingTest {
  @TempDir Path folder;

  @Test
  void isClosedHoweverMuchWaits() throws Exception {
    var gateway = new SnapshotsFixture(folder);
    gateway.take("demo@monday");
    OpenStore store =
        FoundSnapshot.in(gateway.registry.names(), meant("demo@monday"))
            .toCompletionStage()
            .toCompletableFuture()
            .get()
            .named()
            .store();
    var closed = new AtomicBoolean();
    var last = new AtomicBoolean();
    var sending =
        new Sending(
            store,
            "demo@monday (sent)",
            new Closing(closed),
            () -> {
              last.set(closed.get());
              return Future.succeededFuture();
            });
    var slow = new CountDownLatch(1);
    Future<?> running = sending.run(_ -> waited(slow));
    for (int i = 0; i < Turns.WAITING_MAX; i++) sending.run(_ -> true);
    assertThat(refusal(sending.run(_ -> true))).isInstanceOf(GatewayError.Unavailable.class);

    Future<Void> end = sending.close();
    slow.countDown();
    await(running);
    await(end);

    assertThat(last).as("closed before its leases are given back").isTrue();
    gateway.close();
  }

  private static boolean waited(CountDownLatch slow) {
    try {
      slow.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    return true;
  }

  /** Has nothing, and notes that it was closed. */
  private record Closing(AtomicBoolean closed) implements BlockSource {
    @Override
    public StreamHeader header() {
      throw new UnsupportedOperationException();
    }

    @Override
    public Optional<Piece> next(ByteBuffer target) {
      return Optional.empty();
    }

    @Override
    public void close() {
      closed.set(true);
    }
  }
}
