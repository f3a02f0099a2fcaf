package dev.penstock.gateway.e2e;

import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import org.awaitility.Awaitility;

/**
 * A disk with a dirty bitmap, served by qemu-storage-daemon: somebody else who says what was
 * written since a moment. The bitmap is added while nobody has the disk.
 *
 * <p>qemu marks each block that a write, a zero or a trim touches, whatever was there before, and
 * also one of which a trim frees nothing.
 */
final class QemuBitmap implements AutoCloseable {
  static final int BLOCK_BYTES = 64 << 10;

  private static final Duration START_LIMIT = Duration.ofSeconds(30);
  private static final String BITMAP = "since";

  private final Path socket;
  private final Peer.Running daemon;

  private QemuBitmap(Path socket, Peer.Running daemon) {
    this.socket = socket;
    this.daemon = daemon;
  }

  /**
   * @param folder for the image and the socket
   * @param content of the disk, as a raw image
   */
  static QemuBitmap ofNow(Path folder, Path content) {
    Path image = folder.resolve("qemu.qcow2");
    Path socket = folder.resolve("qemu.sock");
    // Clusters as large as grains: what is trimmed then reads as zeroes, grain by grain.
    Peer.run(
        "qemu-img", "convert", "-f", "raw", "-O", "qcow2", "-o", "cluster_size=4k", content, image);
    Peer.run("qemu-img", "bitmap", "--add", "-g", BLOCK_BYTES, image, BITMAP);
    var daemon =
        Peer.start(
            "qemu-storage-daemon",
            "--blockdev",
            "driver=file,node-name=file,discard=unmap,filename=" + image,
            "--blockdev",
            "driver=qcow2,node-name=disk,discard=unmap,file=file",
            "--nbd-server",
            "addr.type=unix,addr.path=" + socket,
            "--export",
            "type=nbd,id=disk,node-name=disk,name=disk,writable=on,bitmaps.0=" + BITMAP);
    var bitmap = new QemuBitmap(socket, daemon);
    Awaitility.await("qemu-storage-daemon")
        .atMost(START_LIMIT)
        .failFast("it runs", () -> !daemon.isAlive())
        .until(() -> Files.exists(socket));
    return bitmap;
  }

  NbdClient connect() throws IOException {
    return NbdClient.connect(socket, "disk");
  }

  String uri() {
    return "nbd+unix:///disk?socket=" + socket;
  }

  /** The blocks that are not what they were, as qemu has it. */
  BitSet dirtyBlocks() {
    return NbdMap.of(uri(), "qemu:dirty-bitmap:" + BITMAP).marked(BLOCK_BYTES);
  }

  @Override
  public void close() {
    daemon.close();
  }
}
