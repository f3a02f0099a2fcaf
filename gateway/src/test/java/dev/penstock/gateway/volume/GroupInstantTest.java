package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.read;
import static dev.penstock.gateway.volume.SnapshotsFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.VolumeGate;
import dev.penstock.spi.volume.VolumeGate.Passage;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One client writes to two volumes in turn: what is in the second is in the first. */
@SuppressWarnings("NullAway.Init") // made before each test
class GroupInstantTest {
  @TempDir Path folder;

  private final TestUser writer = new TestUser("module nbd");
  private SnapshotsFixture gateway;
  private VolumeRegistry registry;

  @BeforeEach
  void make() throws Exception {
    gateway = new SnapshotsFixture(folder);
    registry = gateway.registry;
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  @Test
  void aGroupIsOfOneInstantAcrossVolumes() throws Exception {
    OpenVolume demo = await(registry.open("demo", Access.WRITE, writer));
    await(demo.close());
    var first = gate("demo");
    var second = gate("other");
    var client = new Client(first, second);
    Thread thread = Thread.ofPlatform().start(client);

    for (int i = 0; i < 20; i++) await(gateway.create("demo@s" + i, "other@s" + i));
    client.stop = true;
    thread.join();

    assertThat(client.written).isPositive();
    for (int i = 0; i < 20; i++) {
      int inFirst = valueOf("demo@s" + i);
      int inSecond = valueOf("other@s" + i);
      assertThat((inFirst - inSecond) & 0xff).as("s%d: %d, %d", i, inFirst, inSecond).isIn(0, 1);
    }
  }

  /** Writes a number into the first volume, and then into the second, over and over. */
  private static final class Client implements Runnable {
    private final VolumeGate first;
    private final VolumeGate second;
    volatile boolean stop;
    volatile int written;

    Client(VolumeGate first, VolumeGate second) {
      this.first = first;
      this.second = second;
    }

    @Override
    public void run() {
      for (int i = 1; !stop; i++) {
        put(first, i);
        put(second, i);
        written = i;
      }
    }

    private static void put(VolumeGate gate, int value) {
      var admitted = new CountDownLatch(1);
      if (!gate.enter(Passage.WRITE, admitted::countDown))
        try {
          admitted.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      try {
        await(write(gate.volume(), value));
      } catch (Exception e) {
        throw new IllegalStateException(e);
      } finally {
        gate.leave(Passage.WRITE);
      }
    }
  }

  private VolumeGate gate(String volume) throws Exception {
    var later = new LaterUser(volume);
    OpenVolume open = await(registry.open(volume, Access.WRITE, later));
    later.gate = Optional.of(new VolumeGate(volume, gateway.vertx, open));
    return later.gate.get();
  }

  /** A gate is made of what it is the user of. */
  private static final class LaterUser implements VolumeUser {
    private final String name;
    volatile Optional<VolumeGate> gate = Optional.empty();

    LaterUser(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Future<Void> freeze(Duration limit) {
      return gate.orElseThrow().freeze(limit);
    }

    @Override
    public Future<Void> thaw() {
      return gate.orElseThrow().thaw();
    }

    @Override
    public Future<Void> retire(OpenVolume successor, Duration limit) {
      return gate.orElseThrow().retire(successor, limit);
    }
  }

  private int valueOf(String snapshot) throws Exception {
    OpenVolume open = await(registry.open(snapshot, Access.READ, writer));
    int value = read(open);
    await(open.close());
    return value;
  }
}
