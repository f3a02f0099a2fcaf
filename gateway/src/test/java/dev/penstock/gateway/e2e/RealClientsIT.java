package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real clients are the specification that users have. */
@Tag("peer")
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RealClientsIT {
  /** The last request of a copy is short. */
  private static final int SIZE = (20 << 20) + 512;

  private static final String BLOCKS =
      """
      stores: { disk: { kind: files, path: volumes } }
      volumes:
        odd: { store: disk, size: %d }
        demo: { store: disk, size: 64MiB }
        script: { store: disk, size: 64MiB }
        image: { store: disk, size: 64MiB }
        load: { store: disk, size: 64MiB }
      modules:
        nbd:
          listen: "unix:nbd.sock"
          exports:
            odd: { volume: odd }
            demo: { volume: demo, description: for show }
            script: { volume: script }
            image: { volume: image }
            load: { volume: load }
      """
          .formatted(SIZE);

  @TempDir Path folder = Path.of("");
  private PackagedGateway gateway = PackagedGateway.unstarted();

  @BeforeAll
  void startGateway(@TempDir Path home) {
    gateway = PackagedGateway.serving(home, BLOCKS).start();
  }

  @AfterAll
  void stopGateway() {
    gateway.close();
  }

  @Test
  void nbdinfoSeesTheExport() {
    Peer.Result info = Peer.run("nbdinfo", gateway.nbd("demo"));

    assertThat(info.out())
        .contains("export=\"demo\"", "export-size: 67108864", "can_flush: true", "can_fua: true")
        .contains("can_trim: true", "can_zero: true", "can_multi_conn: true", "base:allocation");
  }

  @Test
  void nbdinfoListsEveryExport() {
    Peer.Result list = Peer.run("nbdinfo", "--list", gateway.nbd(""));

    assertThat(list.out()).contains("export=\"odd\"", "export=\"demo\"", "export=\"load\"");
  }

  @Test
  void nbdinfoSpeaksJson() {
    JsonObject info =
        new JsonObject(Peer.run("nbdinfo", "--json", gateway.nbd("odd")).out())
            .getJsonArray("exports")
            .getJsonObject(0);

    assertThat(info.getLong("export-size")).isEqualTo(SIZE);
    assertThat(info.getBoolean("is_read_only")).isFalse();
  }

  @Test
  void nbdinfoMapsHolesAndData() {
    Peer.run("qemu-io", "-f", "raw", "-c", "write 1M 1M", "-c", "flush", gateway.nbd("demo"));

    Peer.Result map = Peer.run("nbdinfo", "--map", gateway.nbd("demo"));

    assertThat(map.out()).containsPattern("1048576 +1048576 +0 +data").contains("hole,zero");
    Peer.run("qemu-io", "-f", "raw", "-d", "unmap", "-c", "discard 0 64M", gateway.nbd("demo"));
  }

  @Test
  void nbdcopyCopiesThereAndBackOverFourConnections() throws Exception {
    Path source = random(folder.resolve("source"), SIZE);
    Path back = folder.resolve("back");

    Peer.run("nbdcopy", "--connections=4", "--flush", source, gateway.nbd("odd"));
    Peer.run("nbdcopy", "--connections=4", gateway.nbd("odd"), back);

    assertThat(Files.mismatch(source, back)).isEqualTo(-1L);
  }

  @Test
  void libnbdScriptSeesTheProtocolAsItIsWritten() throws Exception {
    Path script = Path.of("src/test/resources/libnbd-script.py").toAbsolutePath();

    Peer.Result result = Peer.python(Files.readString(script), gateway.nbd("script"));

    assertThat(result.out()).contains("structured replies", "too large", "unaligned", "all done");
  }

  @Test
  void qemuImgConvertsThereAndBackAndComparesEqual() throws Exception {
    Path source = random(folder.resolve("source.raw"), 16 << 20);
    try (var file = new RandomAccessFile(source.toFile(), "rw")) {
      file.setLength(64 << 20); // a hole at its end, as disks have
    }
    Path qcow2 = folder.resolve("source.qcow2");
    Peer.run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", source, qcow2);

    Peer.run("qemu-img", "convert", "-n", "-f", "qcow2", "-O", "raw", qcow2, gateway.nbd("image"));
    Peer.Result compared =
        Peer.run("qemu-img", "compare", "-f", "raw", "-F", "raw", source, gateway.nbd("image"));

    assertThat(compared.out()).contains("Images are identical");
    assertThat(Peer.run("qemu-img", "map", "--output=json", gateway.nbd("image")).out())
        .contains("\"zero\": true");
  }

  @Test
  void qemuIoReadsThePatternsItWrote() {
    Peer.Result result =
        Peer.run(
            "qemu-io",
            "-f",
            "raw",
            "-c",
            "write -P 0xab 10M 1M",
            "-c",
            "write -f -P 0xcd 12345 4321",
            "-c",
            "write -z 10M 64k",
            "-c",
            "write -z -u 11206656 64k",
            "-c",
            "discard 10616832 64k",
            "-c",
            "flush",
            "-c",
            "read -P 0xcd 12345 4321",
            "-c",
            "read -P 0 10M 64k",
            "-c",
            "read -P 0 11206656 64k",
            "-c",
            "read -P 0xab 10682368 64k",
            gateway.nbd("demo"));

    assertThat(result.text()).doesNotContain("failed", "error");
  }

  @Test
  void fioVerifiesWhatFourJobsWrote() {
    Fio.writesAndVerifies(gateway.nbd("load"));
  }

  private static Path random(Path file, int size) throws IOException {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return Files.write(file, bytes);
  }
}
