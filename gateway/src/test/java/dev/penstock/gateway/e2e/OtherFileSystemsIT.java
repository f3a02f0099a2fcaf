package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the kernel does without waiting differs from file system to file system. */
@Tag("peer")
@Timeout(300)
class OtherFileSystemsIT {
  private static final String BLOCKS =
      """
      stores: { disk: { kind: files, path: mounted/store } }
      volumes: { load: { store: disk, size: 64MiB } }
      modules: { nbd: { listen: "unix:nbd.sock", exports: { load: { volume: load } } } }
      """;

  @TempDir Path folder = Path.of("");

  @ParameterizedTest
  @ValueSource(strings = {"xfs", "btrfs"})
  void fioVerifiesWhatFourJobsWroteAndARestartKeepsIt(String kind) throws Exception {
    Peer.require("mount", "umount", "mkfs." + kind, "fio", "qemu-io");
    if (!System.getProperty("user.name").equals("root"))
      Peer.unavailable("a file system is mounted by root: run the tests as root");
    boolean known = Files.readString(Path.of("/proc/filesystems")).contains("\t" + kind + "\n");
    Assumptions.assumeTrue(known, () -> "this kernel has no " + kind);

    Path image = folder.resolve("image");
    try (var file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(512 << 20); // the least that both take
    }
    Peer.run("mkfs." + kind, "-q", image);
    Path mounted = Files.createDirectory(folder.resolve("mounted"));
    Peer.run("mount", "-o", "loop", image, mounted);
    try (PackagedGateway gateway = PackagedGateway.serving(folder, BLOCKS).start()) {
      Fio.writesAndVerifies(gateway.nbd("load"));
      Peer.run(
          "qemu-io",
          "-f",
          "raw",
          "-c",
          "write -P 0xab 1M 1M",
          "-c",
          "write -z -u 1M 64k",
          "-c",
          "flush",
          gateway.nbd("load"));
      gateway.kill();
      gateway.start();
      Peer.Result read =
          Peer.run(
              "qemu-io",
              "-f",
              "raw",
              "-c",
              "read -P 0 1M 64k",
              "-c",
              "read -P 0xab 1088k 960k",
              gateway.nbd("load"));
      assertThat(read.text()).doesNotContain("failed");
      assertThat(gateway.stop()).isZero();
    } finally {
      Peer.run("umount", "--lazy", mounted);
    }
  }
}
