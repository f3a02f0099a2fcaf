package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.p2p.disk.Disk.Opening;
import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.p2p.disk.Stat;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Locks on files that git-annex respects: POSIX's, of {@code fcntl}.
 *
 * <p>They belong to the process: it has one of a kind on a file, and loses it as soon as it closes
 * the file, by whatever descriptor. So every lock of the process is here, whatever store asks, a
 * file is opened once, and those who share it are counted.
 *
 * <p><b>Threads.</b> Any that may block; nothing waits for a lock.
 */
final class FileLocks {
  /** Others remove the files that they have locked: a new one is tried for then. */
  private static final int TRIES = 10;

  private static final Map<RawPath, Held> HELD = new ConcurrentHashMap<>();

  private final Disk disk;

  FileLocks(Disk disk) {
    this.disk = disk;
  }

  private record Held(OpenFile file, FileLock lock, boolean isShared, int holders) {
    Held with(int more) {
      return new Held(file, lock, isShared, holders + more);
    }
  }

  /** A lock that somebody has. Threads: any that may block. */
  final class Grip {
    private final RawPath path;
    private final AtomicBoolean released = new AtomicBoolean();

    private Grip(RawPath path) {
      this.path = path;
    }

    /** Harmless twice. Whether nobody else of this process has it any more. */
    boolean release() {
      return released.compareAndSet(false, true)
          && HELD.computeIfPresent(path, (_, held) -> less(held)) == null;
    }

    /** Removes the file, for those that come later, and lets go of it. For a lock of one alone. */
    void releaseAndRemove() {
      try {
        disk.unlink(path);
      } finally {
        release();
      }
    }
  }

  private static @Nullable Held less(Held held) {
    if (held.holders() > 1) return held.with(-1);
    held.file().close(); // and the lock with it
    return null;
  }

  /** Empty if somebody has it alone. */
  Optional<Grip> tryShared(RawPath path) {
    return tryLock(path, true);
  }

  /** Empty if anybody has it. */
  Optional<Grip> tryAlone(RawPath path) {
    return tryLock(path, false);
  }

  private Optional<Grip> tryLock(RawPath path, boolean shared) {
    var got = new AtomicBoolean();
    HELD.compute(
        path,
        (_, held) -> {
          boolean joins = held != null && held.isShared() && shared;
          if (held != null && !joins) return held;
          Held taken = held == null ? lock(path, shared) : held.with(1);
          got.set(taken != null);
          return taken;
        });
    return got.get() ? Optional.of(new Grip(path)) : Optional.empty();
  }

  private @Nullable Held lock(RawPath path, boolean shared) {
    for (int i = 0; i < TRIES; i++) {
      OpenFile file = disk.open(path, Opening.EITHER).orElseThrow();
      try {
        FileLock lock = file.channel().tryLock(0, Long.MAX_VALUE, shared);
        if (lock != null && isStill(path, file)) return new Held(file, lock, shared, 1);
        file.close();
        if (lock == null) return null;
      } catch (OverlappingFileLockException _) { // by another name
        file.close();
        return null;
      } catch (IOException e) {
        file.close();
        throw new GatewayError.Failed(Scope.RESOURCE, "lock %s: %s".formatted(path, e), e);
      }
    }
    return null;
  }

  /** Whether the next one who opens it gets the same file. */
  private boolean isStill(RawPath path, OpenFile file) {
    long inode = file.stat().inode();
    return disk.stat(path).map(Stat::inode).filter(now -> now == inode).isPresent();
  }
}
