package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.meant;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static dev.penstock.gateway.volume.SnapshotsFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.bus.Turns;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.SnapshotSending;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // made before each test
class SendingTest {
  @TempDir Path folder;

  private final TestUser writer = new TestUser("module nbd");
  private SnapshotsFixture gateway;

  @BeforeEach
  void make() throws Exception {
    gateway = new SnapshotsFixture(folder);
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  @Test
  void whatIsBeingSentIsLeasedUntilItIsClosed() throws Exception {
    OpenVolume demo = await(gateway.registry.open("demo", Access.WRITE, writer));
    gateway.take("demo@a");
    await(write(demo, 7));
    gateway.take("demo@b");

    OwnedSnapshots ours = gateway.snapshots.of("module replication");
    SnapshotSending sending = await(ours.send(Optional.of(meant("demo@a")), meant("demo@b"), 0));

    assertThat(sending.header().name()).isEqualTo("b");
    for (String name : List.of("demo@a", "demo@b"))
      assertThat(gateway.destroy(name).why().orElseThrow())
          .hasMessage(name + " is in use by module replication (send)");
    ByteBuffer bytes = ByteBuffer.allocate(8192);
    Optional<BlockSource.Piece> first = await(sending.run(source -> source.next(bytes)));
    assertThat(first).contains(new BlockSource.Data(0, 4096));
    assertThat(bytes.get(0)).isEqualTo((byte) 7);

    await(sending.close());
    await(sending.close());

    assertThat(gateway.leases.list()).isEmpty();
    assertThat(gateway.destroy("demo@a").why()).isEmpty();
    assertThat(refusal(ours.send(Optional.empty(), meant("demo@a"), 0)))
        .isInstanceOf(GatewayError.NotFound.class);
    await(demo.close());
    await(gateway.stores.closeAll());
  }

  @Test
  void isClosedHoweverMuchWaits() throws Exception {
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
            () -> true,
            _ -> last.set(closed.get()));
    var slow = new CountDownLatch(1);
    Future<?> running = sending.run(_ -> waited(slow));
    for (int i = 0; i < Turns.WAITING_MAX; i++) sending.run(_ -> true);
    assertThat(refusal(sending.run(_ -> true))).isInstanceOf(GatewayError.Unavailable.class);

    Future<Void> end = sending.close();
    slow.countDown();
    await(running);
    await(end);

    assertThat(last).as("closed before its leases are given back").isTrue();
  }

  @Test
  void theEndOfWhatIsToBeDestroyedDoesNotGoOut() throws Exception {
    gateway.take("demo@monday");
    OpenStore store =
        await(FoundSnapshot.in(gateway.registry.names(), meant("demo@monday"))).named().store();
    var closed = new AtomicBoolean();
    var sending =
        new Sending(store, "demo@monday (sent)", new Closing(closed), () -> false, _ -> {});

    assertThat(refusal(sending.run(source -> source.next(ByteBuffer.allocate(8192)))))
        .isInstanceOf(GatewayError.Conflict.class);
    await(sending.close());
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
