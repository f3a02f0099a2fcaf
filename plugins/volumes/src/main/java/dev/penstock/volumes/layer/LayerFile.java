package dev.penstock.volumes.layer;

import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Disk.Opening;
import dev.penstock.volumes.disk.DiskFile;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The data of a layer: a file that is open while somebody uses it, and a while longer.
 *
 * <pre>
 *   if (file.hold()) try { file.data().read(…); } finally { file.release(); }
 *   else: the layer was merged into another; ask again who owns the grain
 * </pre>
 *
 * <p><b>Threads.</b> Any. {@link #tryHold} and {@link #release} never wait for a disk, but for the
 * last release after {@link #retire}, which closes the file.
 */
public final class LayerFile implements Budget.Held {
  /** The file itself, a channel, and a view as memory. */
  private static final int FILES_WITH_REGIONS = 3;

  private static final int CLOSED = -1;
  private static final int RETIRED = -2;

  private final Disk disk;
  private final String path;
  private final boolean isLendable;
  private final Budget openFiles;
  private final AtomicInteger holders = new AtomicInteger(CLOSED);
  private final AtomicBoolean retired = new AtomicBoolean();
  private volatile boolean used;
  private volatile @Nullable DiskFile data;
  private volatile boolean isLent; // somebody has asked for regions
  private Optional<Regions> regions = Optional.empty();

  LayerFile(Disk disk, String path, boolean isLendable, Budget openFiles) {
    this.disk = disk;
    this.path = path;
    this.isLendable = isLendable;
    this.openFiles = openFiles;
  }

  /** Keeps the file open; opens it first if it is not. False if it is retired. */
  public boolean hold() {
    if (tryHold()) return true;
    boolean opened = false;
    synchronized (this) {
      if (retired.get()) return false;
      if (!tryHold()) {
        open();
        holders.set(1);
        opened = true;
      }
    }
    if (opened) openFiles.add(this, 1);
    return true;
  }

  /** Keeps the file open if it is; false if it is not. */
  public boolean tryHold() {
    if (!used) used = true;
    int now = holders.get();
    while (now >= 0 && !retired.get()) {
      if (holders.compareAndSet(now, now + 1)) return true;
      now = holders.get();
    }
    return false;
  }

  public void release() {
    if (holders.decrementAndGet() == 0 && retired.get()) closeIfIdle();
  }

  /** Only while it is held. */
  public DiskFile data() {
    DiskFile open = data;
    if (open == null) throw new IllegalStateException(path + " is not held");
    return open;
  }

  /**
   * Only while it is held; empty if the file cannot be lent to sockets. The first time opens the
   * file, which is open already, once more: that waits for no disk.
   */
  Optional<Regions> regions() {
    return isLent ? regions : openRegions();
  }

  private Optional<Regions> openRegions() {
    Optional<Regions> opened;
    synchronized (this) {
      if (isLent) return regions;
      opened = isLendable ? Regions.of(data()) : Optional.empty();
      regions = opened;
      isLent = true;
    }
    if (opened.isPresent()) openFiles.resize(this, FILES_WITH_REGIONS);
    return opened;
  }

  boolean isRetired() {
    return retired.get();
  }

  /** Nobody gets it any more; the last one who has it closes it. */
  void retire() {
    retired.set(true);
    closeIfIdle();
  }

  private void open() {
    data = disk.open(path, Opening.EXISTING);
  }

  private void closeIfIdle() {
    if (close()) openFiles.remove(this);
  }

  private synchronized boolean close() {
    if (!holders.compareAndSet(0, retired.get() ? RETIRED : CLOSED)) return false;
    isLent = false;
    regions.ifPresent(Regions::release);
    regions = Optional.empty();
    data().close();
    data = null;
    return true;
  }

  @Override
  public boolean wasUsed() {
    boolean was = used || holders.get() > 0;
    used = false;
    return was;
  }

  @Override
  public boolean letGo() {
    return close() || holders.get() < 0;
  }
}
