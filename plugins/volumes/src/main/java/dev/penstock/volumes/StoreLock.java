package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.manifest.Guids;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.SealedJson;
import dev.penstock.volumes.manifest.StoreFiles;
import dev.penstock.volumes.manifest.StoreHeader;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * The store's directory, taken for this process alone.
 *
 * <p>An empty directory becomes a store in an order that tells a crash from a loss: {@code
 * STORE.tmp} is durable before {@code layers/} and {@code volumes/} are made, and becomes {@code
 * STORE} once they are durable. So directories without either file have lost their {@code STORE},
 * and a {@code STORE} without its directories has lost them.
 *
 * <p>Whoever makes a store holds the lock on {@code STORE.tmp}, and has it still when the file has
 * become {@code STORE}.
 */
final class StoreLock implements AutoCloseable {
  /** May be in a directory that becomes a store: a file system's own. */
  private static final Set<String> FOREIGN = Set.of("lost+found");

  /**
   * A program that is being started has this process's files, and with them the lock that was just
   * given back, until it is a program of its own: a busy machine takes a while for that.
   */
  private static final int TRIES = 20;

  private static final long PAUSE_NANOS = 25_000_000;

  private final Disk disk;
  private final DiskFile locked;
  private final StoreHeader header;

  private StoreLock(Disk disk, DiskFile locked, StoreHeader header) {
    this.disk = disk;
    this.locked = locked;
    this.header = header;
  }

  /**
   * Takes the store, and makes it first if the directory is empty.
   *
   * <p>{@link GatewayError.Conflict} names who has it. What else is refused was not touched.
   */
  static StoreLock take(Disk disk, Instant now) {
    StoreFiles files = new StoreFiles(disk);
    if (!disk.exists(Layout.STORE)) {
      requireNoStore(disk);
      DiskFile locked = locked(disk, files, Layout.NEW_STORE, Opening.EITHER);
      if (!disk.exists(Layout.STORE)) return made(disk, files, locked, now);
      locked.close(); // somebody else was faster, and has it or had it
    }
    DiskFile locked = locked(disk, files, Layout.STORE, Opening.EXISTING);
    try {
      StoreHeader header =
          StoreHeader.decode(disk.called(Layout.STORE), files.read(Layout.STORE, locked));
      requireDirectory(disk, Layout.LAYERS);
      requireDirectory(disk, Layout.VOLUMES);
      return new StoreLock(disk, locked, header);
    } catch (RuntimeException e) {
      locked.close();
      throw e;
    }
  }

  StoreHeader header() {
    return header;
  }

  /** The file that {@code STORE} is, to try the file system's facilities out on. */
  DiskFile file() {
    return locked;
  }

  /** Says who has the store, for the next one who asks. Whether it is durable does not matter. */
  void sign(long pid, Instant since) {
    try (DiskFile holder = disk.open(Layout.HOLDER, Opening.EITHER)) {
      new StoreFiles(disk).rewrite(holder, Holder.encode(pid, since));
    }
  }

  @Override
  public void close() {
    locked.close();
  }

  private static DiskFile locked(Disk disk, StoreFiles files, String path, Opening how) {
    DiskFile file = disk.open(path, how);
    try {
      for (int i = 0; i < TRIES; i++) {
        if (file.tryLock()) return file;
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      throw new GatewayError.Conflict(
          "store %s is in use by %s; stop it, or give this store another path"
              .formatted(disk.called(""), Holder.read(disk, files)));
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static void requireNoStore(Disk disk) {
    List<String> names = disk.list("");
    if (names.contains(Layout.STORE)) return; // somebody else has just made it
    boolean begun = names.contains(Layout.NEW_STORE);
    for (String name : names) {
      if (FOREIGN.contains(name) || name.equals(Layout.NEW_STORE)) continue;
      boolean made = List.of(Layout.HOLDER, Layout.LAYERS, Layout.VOLUMES).contains(name);
      if (made && begun) continue;
      if (made || name.equals(Layout.OWNERS)) // which is made in a store, not with it
      throw new GatewayError.Damaged(
            "%s is missing, and %s is there; %s"
                .formatted(disk.called(Layout.STORE), disk.called(name), SealedJson.RESTORE));
      throw new GatewayError.Invalid(
          "%s is no store and is not empty: it has %s; give the store a directory of its own"
              .formatted(disk.called(""), name));
    }
  }

  private static void requireDirectory(Disk disk, String name) {
    if (!disk.exists(name))
      throw new GatewayError.Damaged(
          "%s is missing, and %s is there; %s"
              .formatted(disk.called(name), disk.called(Layout.STORE), SealedJson.RESTORE));
  }

  private static StoreLock made(Disk disk, StoreFiles files, DiskFile locked, Instant now) {
    try {
      StoreHeader header = new StoreHeader(Guids.next(), now);
      files.rewrite(locked, header.encode());
      locked.sync();
      disk.syncDirectory("");
      if (!disk.exists(Layout.LAYERS)) disk.makeDirectory(Layout.LAYERS);
      if (!disk.exists(Layout.VOLUMES)) disk.makeDirectory(Layout.VOLUMES);
      disk.syncDirectory("");
      disk.rename(Layout.NEW_STORE, Layout.STORE);
      disk.syncDirectory("");
      return new StoreLock(disk, locked, header);
    } catch (RuntimeException e) {
      locked.close();
      throw e;
    }
  }
}
