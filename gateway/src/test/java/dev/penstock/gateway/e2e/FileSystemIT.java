package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.house.Repository;
import dev.penstock.spi.testing.Peer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The whole way up: a file system on a loop device, on FUSE, on NBD, on the gateway. */
@Tag("peer")
@Timeout(180)
class FileSystemIT {
  @TempDir Path folder = Path.of("");

  @Test
  void fileSystemKeepsATreeThroughAKillAndIsClean() throws Exception {
    Peer.require("nbdfuse", "losetup", "mkfs.ext4", "e2fsck", "mount", "umount", "fusermount3");
    if (!System.getProperty("user.name").equals("root"))
      Peer.unavailable("loop devices and mounts are root's: run the tests as root");
    if (!Files.exists(Path.of("/dev/fuse"))) Peer.unavailable("there is no /dev/fuse");

    try (PackagedGateway gateway = PackagedGateway.withDemo(folder).start()) {
      try (var disk = new LoopDisk(gateway.nbd("demo"))) {
        Peer.run("mkfs.ext4", "-q", disk.device());
        disk.mount();
        Peer.run("cp", "-a", Repository.root().resolve("spi/src"), disk.tree());
        Peer.run("sync", "-f", disk.tree());
        disk.unmount();
      }
      gateway.kill();
      gateway.start();

      try (var disk = new LoopDisk(gateway.nbd("demo"))) {
        assertThat(Peer.call("e2fsck", "-f", "-n", disk.device()).exit()).as("fsck").isZero();
        disk.mount();
        Peer.run("diff", "-r", Repository.root().resolve("spi/src"), disk.tree().resolve("src"));
        disk.unmount();
      }
    }
  }

  /** An export as a file by nbdfuse, as a loop device, and mounted; taken down in any case. */
  private final class LoopDisk implements AutoCloseable {
    private final Path fuse;
    private final Path tree;
    private final Peer.Running nbdfuse;
    private final String device;
    private boolean mounted;

    LoopDisk(String uri) throws Exception {
      fuse = Files.createTempDirectory(folder, "fuse");
      tree = Files.createTempDirectory(folder, "tree");
      nbdfuse = Peer.start("nbdfuse", fuse, uri);
      String made = "";
      try {
        Awaitility.await()
            .atMost(Duration.ofSeconds(20))
            .failFast("nbdfuse ended", () -> !nbdfuse.isAlive())
            .until(() -> Files.exists(fuse.resolve("nbd")));
        made = Peer.run("losetup", "--find", "--show", fuse.resolve("nbd")).out().strip();
      } finally {
        device = made;
        if (made.isEmpty()) close();
      }
    }

    String device() {
      return device;
    }

    Path tree() {
      return tree;
    }

    void mount() {
      Peer.run("mount", device, tree);
      mounted = true;
    }

    void unmount() {
      Peer.run("umount", tree);
      mounted = false;
    }

    @Override
    public void close() {
      if (mounted) Peer.call("umount", "--lazy", tree);
      if (!device.isEmpty()) Peer.call("losetup", "--detach", device);
      Peer.call("fusermount3", "-u", "-z", fuse);
      nbdfuse.close();
    }
  }
}
