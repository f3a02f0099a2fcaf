package dev.penstock.p2p.annex;

import dev.penstock.p2p.disk.Disk;
import dev.penstock.p2p.disk.Disk.Opening;
import dev.penstock.p2p.disk.OpenFile;
import dev.penstock.p2p.disk.RawPath;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Names for files that are being written, in a folder of git-annex that it leaves alone, where none
 * of them is a key. Those of a process that ended are found by their names.
 */
final class TemporaryNames {
  private static final String PREFIX = "penstock-";

  /** Nobody else's files begin so. */
  private static final String OURS = PREFIX + UUID.randomUUID() + "-";

  private static final AtomicLong NEXT = new AtomicLong();

  private final Layout layout;

  TemporaryNames(Layout layout) {
    this.layout = layout;
  }

  /** One that nobody has. */
  RawPath next() {
    return layout.temporary().resolve(OURS + NEXT.incrementAndGet());
  }

  /** Removes what processes have left that ended; those that run have theirs locked. */
  int removeLeftovers(Disk disk) {
    int removed = 0;
    for (String name : disk.list(layout.temporary()))
      if (name.startsWith(PREFIX)
          && !name.startsWith(OURS)
          && removeUnlocked(disk, layout.temporary().resolve(name))) removed++;
    return removed;
  }

  private static boolean removeUnlocked(Disk disk, RawPath path) {
    Optional<OpenFile> opened = disk.open(path, Opening.EXISTING);
    if (opened.isEmpty()) return false;
    try (OpenFile file = opened.get()) {
      return file.channel().tryLock() != null && disk.unlink(path);
    } catch (IOException _) {
      return false; // the next start tries again
    }
  }
}
