package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.upstream.TestStore;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.volume.Volume;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server that is killed and comes back is a wait for its clients' clients, and nothing else. */
@Tag("peer")
@Timeout(120)
class RestartedUpstreamTest {
  private static final int SIZE_BYTES = 48 << 20;
  private static final int KILLS = 3;

  @TempDir Path dir;

  @ParameterizedTest(name = "over {0} connections, {1}")
  @CsvSource({"1, write-through", "4, write-through", "4, trusted"})
  void clientsUnderLoadSeeNothingOfAServerThatIsKilled(int connections, String restarts)
      throws Exception {
    Peer.require("nbdkit", "fio", "nbdcopy");
    Path disk = emptyDisk();
    Peer.Running nbdkit = startNbdkit(disk);
    var volume = Map.of("connections", Integer.toString(connections), "restarts", restarts);
    try (var store = TestStore.of(uri(), volume);
        Volume far = store.open();
        TestServer server = serving(far)) {
      String export = server.uri("far");
      try (Peer.Running fio = Peer.start(fio(export))) {
        for (int kill = 1; kill <= KILLS; kill++) {
          long written = (long) SIZE_BYTES * kill / (KILLS + 1);
          await().atMost(Duration.ofSeconds(60)).until(() -> store.writtenBytes() >= written);
          nbdkit.close(); // kill -9
          Files.delete(dir.resolve("nbdkit.sock"));
          nbdkit = startNbdkit(disk);
        }
        Peer.Result result = fio.await(Duration.ofSeconds(90));

        assertThat(result.exit()).as(result.text()).isZero();
      }
      assertThat(store.lostConnections()).isGreaterThanOrEqualTo(KILLS);
      assertThat(store.replays()).isPositive();
      Path copy = dir.resolve("copy");
      Peer.run("nbdcopy", export, copy);
      assertThat(Files.mismatch(copy, disk)).isEqualTo(-1L);
    } finally {
      nbdkit.close();
    }
  }

  /** Writes all of it in random order, verifies all of it, and syncs now and then. */
  private static Object[] fio(String export) {
    return new Object[] {
      "fio",
      "--name=verify",
      "--thread",
      "--ioengine=nbd",
      "--uri=" + export,
      "--rw=randwrite",
      "--bs=4k",
      "--iodepth=16",
      "--fsync=256",
      "--size=" + SIZE_BYTES,
      "--verify=crc32c",
      "--verify_fatal=1",
      "--output-format=terse",
      "--verify_state_save=0"
    };
  }

  @Test
  void holesOfTheServerAreHolesHere() throws Exception {
    Peer.require("nbdkit", "nbdinfo");
    Path disk = emptyDisk();
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.seek(1 << 20);
      file.write(new byte[] {1});
    }
    Peer.Running nbdkit = startNbdkit(disk);
    try (var store = TestStore.of(uri());
        Volume far = store.open();
        TestServer server = serving(far)) {
      assertThat(Peer.run("nbdinfo", "--map", "--totals", server.uri("far")).out())
          .contains("4096", "data")
          .contains("hole,zero");
    } finally {
      nbdkit.close();
    }
  }

  private Path emptyDisk() throws IOException {
    Path disk = dir.resolve("disk");
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(SIZE_BYTES);
    }
    return disk;
  }

  private String uri() {
    return "nbd+unix:///?socket=" + dir.resolve("nbdkit.sock");
  }

  private Peer.Running startNbdkit(Path disk) {
    Path socket = dir.resolve("nbdkit.sock");
    Peer.Running nbdkit = Peer.start("nbdkit", "-f", "--unix", socket, "file", disk);
    await().until(() -> Files.exists(socket) || !nbdkit.isAlive());
    return nbdkit;
  }

  private static TestServer serving(Volume far) {
    TestServer server =
        TestServer.of(
            MemoryVolume.named("demo", 4096),
            Map.of(
                "listen",
                List.of("tcp://127.0.0.1:0"),
                "exports",
                Map.of("demo", Map.of("volume", "demo"), "far", Map.of("volume", "far"))),
            "demo");
    server.host().volumes().add("far", far);
    server
        .host()
        .events()
        .publish(
            new GatewayEvent.VolumeCreated(
                Instant.EPOCH, "far", UUID.randomUUID(), "far", far.sizeBytes()));
    await()
        .until(() ->
            server.host().events().all(NbdObserver.EXPORT_ADDED).size() > 1
                || server.host().volumes().openNames().contains("far"));
    return server;
  }
}
