package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.p2p.disk.RawPath;
import dev.penstock.spi.GatewayError;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Removes objects that nobody keeps. The lock is taken first: only then is it certain that it is
 * not too late, and that nobody begins to keep it.
 *
 * <p><b>Threads.</b> Any that may block; nothing waits for a lock.
 */
final class Removing {
  /** How an object's removal ended. */
  enum Outcome {
    REMOVED,
    ABSENT,
    REFUSED
  }

  /** The two levels of hashed folders, which go with the last object in them. */
  private static final int LEVELS = 2;

  private final Disk disk;
  private final FileLocks locks;
  private final ObjectFolders folders;
  private final Retention retention;
  private final InstantSource clock;
  private final BootClock uptime;

  Removing(Disk disk, FileLocks locks, InstantSource clock, BootClock uptime) {
    this.disk = disk;
    this.locks = locks;
    this.folders = new ObjectFolders(disk);
    this.retention = new Retention(disk);
    this.clock = clock;
    this.uptime = uptime;
  }

  /**
   * @param before by {@link BootClock}; from then on nothing is removed
   */
  Outcome remove(ObjectPath object, OptionalLong before) {
    if (disk.stat(object.file()).isEmpty()) return Outcome.ABSENT;
    try {
      Outcome outcome = folders.change(object.folder(), () -> locked(object, before));
      if (outcome == Outcome.REMOVED) tidy(object);
      return outcome;
    } catch (GatewayError.NotFound _) {
      return Outcome.ABSENT; // it went just now
    }
  }

  private Outcome locked(ObjectPath object, OptionalLong before) {
    Optional<FileLocks.Grip> alone = locks.tryAlone(object.lock());
    if (alone.isEmpty()) return Outcome.REFUSED;
    try {
      boolean tooLate = before.isPresent() && uptime.seconds() >= before.getAsLong();
      boolean retained = retention.until(object).filter(clock.instant()::isBefore).isPresent();
      if (tooLate || retained) return Outcome.REFUSED;
      if (!disk.unlink(object.file())) return Outcome.ABSENT;
      retention.remove(object);
      return Outcome.REMOVED;
    } finally {
      alone.get().releaseAndRemove();
    }
  }

  /** Makes it durable, and leaves no empty folders. */
  private void tidy(ObjectPath object) {
    RawPath folder = object.folder();
    if (!disk.removeDirectory(folder)) {
      disk.syncDirectory(folder); // somebody stores it anew
      return;
    }
    for (int i = 0; i < LEVELS; i++) {
      folder = folder.parent();
      if (!disk.removeDirectory(folder)) break;
    }
    RawPath left = disk.stat(folder).isPresent() ? folder : folder.parent();
    try {
      disk.syncDirectory(left);
    } catch (GatewayError.NotFound _) {
      // Another removal took that one too, and makes its own parent durable.
      disk.syncDirectory(left.parent());
    }
  }
}
