package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.p2p.disk.Stat;
import dev.penstock.spi.GatewayError;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Folders of objects, which cannot be written in but while something is changed there. Those of
 * this process change one after the other; another process may close one again at any time.
 */
final class ObjectFolders {
  private static final int WRITABLE_BY_OWNER = 0200;
  private static final int WRITABLE = 0222;
  private static final int PERMISSIONS = 07777;

  /** How often a change is tried again that another process has closed the folder to. */
  private static final int TRIES = 5;

  /** More than there are workers. By folder, for all stores of the process. */
  private static final ReentrantLock[] CHANGING =
      IntStream.range(0, 64).mapToObj(_ -> new ReentrantLock()).toArray(ReentrantLock[]::new);

  private final Disk disk;

  ObjectFolders(Disk disk) {
    this.disk = disk;
  }

  /**
   * Makes a change in the folder of an object, perhaps more than once. {@link
   * GatewayError.NotFound} if there is no folder.
   */
  <T> T change(RawPath folder, Supplier<T> change) {
    ReentrantLock changing = CHANGING[Math.floorMod(folder.hashCode(), CHANGING.length)];
    changing.lock();
    try {
      for (int left = TRIES; ; left--)
        try {
          return thawed(folder, change);
        } catch (GatewayError.Denied e) {
          if (left == 0) throw e;
        }
    } finally {
      changing.unlock();
    }
  }

  private <T> T thawed(RawPath folder, Supplier<T> change) {
    Optional<Stat> before = disk.stat(folder);
    if (before.isEmpty()) throw new GatewayError.NotFound(folder + " is not there");
    int mode = before.get().mode() & PERMISSIONS;
    if ((mode & WRITABLE_BY_OWNER) == 0) disk.mode(folder, mode | WRITABLE_BY_OWNER);
    try {
      return change.get();
    } finally {
      freeze(folder, mode & ~WRITABLE);
    }
  }

  private void freeze(RawPath folder, int mode) {
    try {
      disk.mode(folder, mode);
    } catch (GatewayError.NotFound _) {
      // The change was to remove it.
    }
  }
}
