package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A disk that fails is told to those who ask for what was on it, and to the operator. */
@Tag("peer")
@Timeout(60)
class FailingDiskIT {
  private static final int EIO = 5;
  private static final int MIB = 1 << 20;

  private static final String BLOCKS =
      """
      stores: { disk: { kind: files, path: ill/store }, other: { kind: files, path: volumes } }
      volumes: { ill: { store: disk, size: 32MiB }, demo: { store: other, size: 8MiB } }
      modules:
        nbd:
          listen: "unix:nbd.sock"
          exports: { ill: { volume: ill }, demo: { volume: demo } }
      """;

  @TempDir Path folder = Path.of("");

  @Test
  void aDiskThatFailsIsAnErrorReplyAnEventAndAnUnhealthyVolume() throws Exception {
    Peer.require("mount", "umount", "mkfs.ext4", "dd");
    if (!System.getProperty("user.name").equals("root"))
      Peer.unavailable("a file system is mounted by root: run the tests as root");
    Path image = folder.resolve("image");
    resize(image, 64 * MIB);
    Peer.run("mkfs.ext4", "-q", image);
    Path ill = Files.createDirectory(folder.resolve("ill"));
    Peer.run("mount", "-o", "loop", image, ill);
    try (PackagedGateway gateway = PackagedGateway.serving(folder, BLOCKS).start()) {
      loseTheDisk(gateway, image, ill);
      assertThat(gateway.isAlive()).isTrue();
    } finally {
      resize(image, 64 * MIB); // or the kernel would try to write where nothing is
      Peer.run("umount", "--lazy", ill);
    }
  }

  private static void loseTheDisk(PackagedGateway gateway, Path image, Path ill) throws Exception {
    byte[] bytes = new byte[MIB];
    Arrays.fill(bytes, (byte) 7);
    try (NbdClient sick = gateway.connect("ill");
        NbdClient demo = gateway.connect("demo")) {
      for (long at = 0; at < 16; at++)
        assertThat(sick.write(at * MIB, bytes, NbdClient.FUA)).isZero();
      forgetCached(ill);
      resize(image, MIB);

      assertThat(sick.ask(NbdClient.READ, 8L * MIB, MIB)).isEqualTo(EIO);
      assertThat(sick.ask(NbdClient.READ, 9L * MIB, MIB)).as("on the same line").isEqualTo(EIO);
      assertThat(demo.write(0, bytes, NbdClient.FUA)).as("on another disk").isZero();
    }
    assertThat(gateway.admin().get("/v1/volumes/ill").json().getString("state"))
        .isEqualTo("unhealthy");
    assertThat(gateway.log()).containsOnlyOnce("volume unhealthy subject=ill");
  }

  /** What was synced is read from the disk again: dd's nocache with nothing to copy. */
  private static void forgetCached(Path mounted) throws IOException {
    try (Stream<Path> files = Files.walk(mounted.resolve("store"))) {
      for (Path file : files.filter(f -> f.toString().endsWith(".data")).toList())
        Peer.run("dd", "if=" + file, "iflag=nocache", "count=0", "status=none");
    }
  }

  private static void resize(Path image, long sizeBytes) throws IOException {
    try (FileChannel file =
        FileChannel.open(image, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      if (file.size() > sizeBytes) file.truncate(sizeBytes);
      else if (file.size() < sizeBytes) file.write(ByteBuffer.allocate(1), sizeBytes - 1);
    }
  }
}
