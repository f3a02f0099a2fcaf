package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.p2p.disk.Disk.Opening;
import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.p2p.disk.Stat;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.Key;
import java.io.IOException;
import java.util.Optional;

/**
 * Content on its way in. One upload of a key has git-annex's own lock for transfers and goes on
 * with what had come before; those at the same time begin anew beside it, each in a file of its
 * own.
 *
 * <p><b>Threads.</b> Any that may block.
 */
final class Partials {
  private static final int WRITABLE = 0644;

  private final Disk disk;
  private final Layout layout;
  private final FileLocks locks;
  private final TemporaryNames names;

  Partials(Disk disk, Layout layout, FileLocks locks, TemporaryNames names) {
    this.disk = disk;
    this.layout = layout;
    this.locks = locks;
    this.names = names;
  }

  /** Nothing is made yet but locks. */
  Partial claim(Key key) {
    Optional<FileLocks.Grip> transfer = transferLock(key);
    if (transfer.isEmpty()) return new Partial(names.next(), 0, transfer);
    try {
      RawPath path = layout.partial(key);
      long had = disk.stat(path).filter(Stat::isFile).map(Stat::sizeBytes).orElse(0L);
      boolean tooLong = key.contentBytes().isPresent() && had > key.contentBytes().getAsLong();
      return new Partial(path, tooLong ? 0 : had, transfer);
    } catch (RuntimeException e) {
      transfer.get().release();
      throw e;
    }
  }

  private Optional<FileLocks.Grip> transferLock(Key key) {
    if (disk.stat(layout.transferLocks()).isEmpty()) disk.makeDirectories(layout.transferLocks());
    return locks.tryAlone(layout.transferLock(key));
  }

  Partial.Open open(Partial partial) {
    disk.makeDirectories(layout.temporary());
    // Complete and closed to changes, if the process ended just then.
    if (disk.stat(partial.path()).filter(stat -> !stat.isWritable()).isPresent())
      disk.mode(partial.path(), WRITABLE);
    OpenFile file = disk.open(partial.path(), Opening.EITHER).orElseThrow();
    try {
      // For a process that looks for leftovers; the first one's has its own lock.
      if (partial.transfer().isEmpty()) file.channel().tryLock();
      file.channel().truncate(partial.offset());
      return new Partial.Open(partial, file);
    } catch (IOException e) {
      file.close();
      throw new GatewayError.Failed(Scope.RESOURCE, "open %s: %s".formatted(partial.path(), e), e);
    }
  }

  /** Throws away what has come. */
  void discard(Partial partial) {
    try {
      disk.unlink(partial.path());
    } finally {
      letGo(partial);
    }
  }

  /** Leaves what has come for the next one, if it is the most that has. */
  void keep(Key key, Partial partial) {
    try {
      long size = size(partial.path());
      if (partial.transfer().isPresent()) {
        if (size == 0) disk.unlink(partial.path());
        return;
      }
      Optional<FileLocks.Grip> transfer = size == 0 ? Optional.empty() : transferLock(key);
      try {
        if (transfer.isPresent() && size > size(layout.partial(key)))
          disk.rename(partial.path(), layout.partial(key));
        else disk.unlink(partial.path());
      } finally {
        transfer.ifPresent(FileLocks.Grip::releaseAndRemove);
      }
    } finally {
      letGo(partial);
    }
  }

  private long size(RawPath path) {
    return disk.stat(path).map(Stat::sizeBytes).orElse(0L);
  }

  /** It is in its place, or gone. */
  void letGo(Partial partial) {
    partial.transfer().ifPresent(FileLocks.Grip::releaseAndRemove);
  }
}
