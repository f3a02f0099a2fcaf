package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.KeyStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * Keeps objects from being removed: with a lock that ends with the process, and with a {@link
 * Retention} that does not. As git-annex does it, whose locks these are as well.
 *
 * <p>The last one of the process that lets go takes the retention back, if it is still the one that
 * the process wrote and nobody else has a lock. What another had written before is restored.
 *
 * <p><b>Threads.</b> Any that may block.
 */
final class Keeping {
  /** Whoever has the lock on a retention writes a small file and is done. */
  private static final Duration RETENTION_LOCK_LIMIT = Duration.ofSeconds(10);

  private static final long PAUSE_NANOS = 2_000_000;

  /** Of all stores of the process. */
  private static final Map<RawPath, Written> WRITTEN = new ConcurrentHashMap<>();

  private final Disk disk;
  private final FileLocks locks;
  private final ObjectFolders folders;
  private final Retention retention;
  private final TemporaryNames names;
  private final InstantSource clock;

  Keeping(Disk disk, FileLocks locks, TemporaryNames names, InstantSource clock) {
    this.disk = disk;
    this.locks = locks;
    this.folders = new ObjectFolders(disk);
    this.retention = new Retention(disk);
    this.names = names;
    this.clock = clock;
  }

  /**
   * What the process has written beside an object.
   *
   * @param before what another had written, if that was longer
   */
  private record Written(Instant until, Optional<Instant> before) {}

  /** An object that is kept. */
  record Kept(ObjectPath object, FileLocks.Grip grip) {}

  /** Empty if the object is not there, or is being removed. */
  Optional<Kept> keep(ObjectPath object) {
    if (disk.stat(object.file()).isEmpty()) return Optional.empty();
    try {
      return folders
          .change(object.folder(), () -> locks.tryShared(object.lock()))
          .flatMap(grip -> kept(object, grip));
    } catch (GatewayError.NotFound _) {
      return Optional.empty(); // it went just now
    }
  }

  private Optional<Kept> kept(ObjectPath object, FileLocks.Grip grip) {
    try {
      if (disk.stat(object.file()).isEmpty()) {
        // It was removed before the lock was there.
        grip.release();
        folders.change(object.folder(), () -> removeLock(object));
        disk.removeDirectory(object.folder());
        return Optional.empty();
      }
      folders.change(object.folder(), () -> retain(object));
      return Optional.of(new Kept(object, grip));
    } catch (RuntimeException e) {
      grip.release();
      throw e;
    }
  }

  private boolean removeLock(ObjectPath object) {
    Optional<FileLocks.Grip> alone = locks.tryAlone(object.lock());
    alone.ifPresent(FileLocks.Grip::releaseAndRemove);
    return alone.isPresent();
  }

  private Instant retain(ObjectPath object) {
    FileLocks.Grip grip = retentionLock(object);
    try {
      Optional<Instant> found = retention.until(object);
      Instant until = clock.instant().plus(KeyStore.RETENTION);
      Optional<Written> ours = Optional.ofNullable(WRITTEN.get(object.file()));
      boolean isOurs = found.equals(ours.map(Written::until));
      Optional<Instant> before = isOurs ? ours.flatMap(Written::before) : found;
      Instant latest = found.filter(until::isBefore).orElse(until);
      if (!found.equals(Optional.of(latest))) retention.write(object, latest, names.next());
      WRITTEN.put(object.file(), new Written(latest, before));
      return latest;
    } finally {
      grip.release();
    }
  }

  private FileLocks.Grip retentionLock(ObjectPath object) {
    long end = System.nanoTime() + RETENTION_LOCK_LIMIT.toNanos();
    while (true) {
      Optional<FileLocks.Grip> grip = locks.tryAlone(object.retentionLock());
      if (grip.isPresent()) return grip.get();
      if (System.nanoTime() > end)
        throw new GatewayError.Unavailable(
            Scope.REQUEST,
            Duration.ofSeconds(1),
            "%s is locked by another process".formatted(object.retentionLock()));
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /** Lets go of it. */
  void release(Kept kept) {
    boolean isLast = kept.grip().release();
    if (!isLast) return;
    ObjectPath object = kept.object();
    try {
      folders.change(
          object.folder(),
          () -> {
            Optional<FileLocks.Grip> alone = locks.tryAlone(object.lock());
            alone.ifPresent(grip -> takeBack(object, grip));
            return alone.isPresent();
          });
    } catch (GatewayError.NotFound _) {
      // Removed, by somebody who was faster.
    }
  }

  /** Lets go of it as the end of the process does: the retention stays, and is another's then. */
  void abandon(Kept kept) {
    if (kept.grip().release()) WRITTEN.remove(kept.object().file());
  }

  private void takeBack(ObjectPath object, FileLocks.Grip alone) {
    try {
      Optional<Written> ours = Optional.ofNullable(WRITTEN.remove(object.file()));
      boolean isOurs = ours.isPresent() && retention.until(object).equals(ours.map(Written::until));
      if (!isOurs) return;
      Optional<Instant> still = ours.get().before().filter(clock.instant()::isBefore);
      if (still.isPresent()) retention.write(object, still.get(), names.next());
      else retention.remove(object);
    } finally {
      alone.releaseAndRemove();
    }
  }
}
