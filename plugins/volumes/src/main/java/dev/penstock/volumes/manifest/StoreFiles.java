package dev.penstock.volumes.manifest;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/**
 * Small files, whole: read at once, and replaced so that there is always the old or the new one.
 */
public final class StoreFiles {
  private final Disk disk;
  private final Consumer<String> damaged;

  public StoreFiles(Disk disk) {
    this(disk, _ -> {});
  }

  /**
   * @param damaged told that nobody knows what a power cut would leave of a directory, and why
   */
  public StoreFiles(Disk disk, Consumer<String> damaged) {
    this.disk = disk;
    this.damaged = damaged;
  }

  public byte[] read(String path) {
    try (DiskFile file = disk.open(path, Opening.EXISTING)) {
      return read(path, file);
    }
  }

  public byte[] read(String path, DiskFile file) {
    long size = file.sizeBytes();
    if (size > SealedJson.BYTES_MAX)
      throw new GatewayError.Damaged(
          "%s has %d bytes, and at most %d belong there; %s"
              .formatted(disk.called(path), size, SealedJson.BYTES_MAX, SealedJson.RESTORE));
    byte[] bytes = new byte[(int) size];
    file.read(0, ByteBuffer.wrap(bytes));
    return bytes;
  }

  /** The bytes are durable on return, the name is not. What was there before is gone. */
  public void write(String path, byte[] bytes) {
    try (DiskFile file = disk.open(path, Opening.EITHER)) {
      rewrite(file, bytes);
      file.sync();
    }
  }

  public void rewrite(DiskFile file, byte[] bytes) {
    file.truncate(0);
    file.write(0, ByteBuffer.wrap(bytes));
  }

  /**
   * Makes the manifest in a volume's directory, or replaces it. On return it is durable. {@link
   * GatewayError.NoSpace} and {@link GatewayError.Failed} leave the one that was there; {@link
   * GatewayError.Damaged} leaves open which of the two a power cut would leave.
   */
  public void commit(String directory, Manifest manifest) {
    replace(
        directory,
        Layout.newManifestIn(directory),
        Layout.manifestIn(directory),
        ManifestFormat.encode(manifest));
  }

  /** As the other, for the record of who owns a volume. Its directory is there. */
  public void commit(String volume, Ownership ownership) {
    replace(
        Layout.OWNERS,
        Layout.newOwnershipOf(volume),
        Layout.ownershipOf(volume),
        OwnershipFormat.encode(volume, ownership));
  }

  private void replace(String directory, String unfinished, String path, byte[] bytes) {
    try {
      write(unfinished, bytes);
      disk.rename(unfinished, path);
    } catch (GatewayError e) {
      discard(unfinished, e);
      throw e;
    }
    syncDirectory(directory);
  }

  /**
   * A failed sync is final: what became of the names is known again once the store was reopened.
   */
  public void syncDirectory(String path) {
    try {
      disk.syncDirectory(path);
    } catch (GatewayError e) {
      String why = "%s; what was changed there may be lost: reopen the store".formatted(e.what());
      damaged.accept(why);
      throw new GatewayError.Damaged(why, e);
    }
  }

  /** Best effort after {@code because}: what stays is removed when the store is opened. */
  public void discard(String path, GatewayError because) {
    try {
      if (disk.exists(path)) disk.unlink(path);
    } catch (GatewayError e) {
      because.addSuppressed(e);
    }
  }

  /** As {@link #discard}, for a directory and the files in it. */
  public void discardDirectory(String path, GatewayError because) {
    try {
      if (disk.exists(path)) removeTree(path);
    } catch (GatewayError e) {
      because.addSuppressed(e);
    }
  }

  /** A directory that has only files. */
  public void removeTree(String path) {
    for (String name : disk.list(path)) disk.unlink(path + "/" + name);
    disk.removeDirectory(path);
  }
}
