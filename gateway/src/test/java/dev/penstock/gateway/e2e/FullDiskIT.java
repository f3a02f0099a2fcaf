package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A full disk costs the requests that need room, and nothing else. */
@Tag("peer")
@Timeout(60)
class FullDiskIT {
  private static final int ENOSPC = 28;
  private static final int MIB = 1 << 20;

  private static final String BLOCKS =
      """
      stores: { disk: { kind: files, path: small/store }, other: { kind: files, path: volumes } }
      volumes: { big: { store: disk, size: 256MiB }, demo: { store: other, size: 8MiB } }
      modules:
        nbd:
          listen: "unix:nbd.sock"
          exports: { big: { volume: big }, demo: { volume: demo } }
      """;

  @TempDir Path folder = Path.of("");

  @Test
  void fullMemoryIsAnErrorOfTheRequestThatNeededRoom() throws Exception {
    requireRoot();
    Path small = Files.createDirectory(folder.resolve("small"));
    Peer.run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", small);
    serveFrom(small);
  }

  @Test
  void fullDiskIsAnErrorOfTheRequestThatNeededRoom() throws Exception {
    requireRoot();
    Peer.require("mkfs.ext4");
    Path image = folder.resolve("image");
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(16 * MIB);
    }
    Peer.run("mkfs.ext4", "-q", "-O", "^has_journal", "-m", "0", image); // all of it for data
    Path small = Files.createDirectory(folder.resolve("small"));
    Peer.run("mount", "-o", "loop", image, small);
    serveFrom(small);
  }

  private static void requireRoot() {
    Peer.require("mount", "umount");
    if (!System.getProperty("user.name").equals("root"))
      Peer.unavailable("a small file system is mounted by root: run the tests as root");
  }

  private void serveFrom(Path small) throws Exception {
    try (PackagedGateway gateway = PackagedGateway.serving(folder, BLOCKS).start()) {
      fillAndGoOn(gateway);
      assertThat(gateway.stop()).isZero();
    } finally {
      Peer.run("umount", "--lazy", small);
    }
  }

  private static void fillAndGoOn(PackagedGateway gateway) throws Exception {
    byte[] bytes = new byte[MIB];
    Arrays.fill(bytes, (byte) 7);
    try (NbdClient big = gateway.connect("big");
        NbdClient demo = gateway.connect("demo")) {
      int written = 0;
      int error = 0;
      while (error == 0 && written < 64) {
        error = big.write((long) written * MIB, bytes, 0);
        if (error == 0) written++;
      }

      assertThat(error).isEqualTo(ENOSPC);
      assertThat(written).isBetween(10, 16);
      assertThat(big.read((written - 1L) * MIB, MIB)).isEqualTo(bytes);
      assertThat(big.write(0, bytes, NbdClient.FUA)).as("where there is room already").isZero();
      assertThat(demo.write(0, bytes, NbdClient.FUA)).as("on another disk").isZero();
      assertThat(big.ask(4, 0, 8 * MIB)).as("trim makes room").isZero();
      assertThat(big.write((long) written * MIB, bytes, 0)).isZero();
    }
    assertThat(gateway.admin().answers("/health/ready", 200)).isTrue();
  }
}
