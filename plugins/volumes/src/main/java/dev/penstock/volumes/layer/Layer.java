package dev.penstock.volumes.layer;

import dev.penstock.volumes.claim.Claims;
import dev.penstock.volumes.disk.Disk;
import org.jspecify.annotations.Nullable;

/**
 * A layer of a volume: its data and, unless it is a root, what it claims. Shared by all volumes and
 * snapshots that are made of it.
 *
 * <p><b>Threads.</b> Any. {@link #claims} may wait for the disk.
 */
public final class Layer implements Budget.Held {
  private final String id;
  private final boolean isRoot;
  private final Disk disk;
  private final Budget memory;
  private final LayerFile data;
  private volatile long sizeBytes;
  private volatile boolean used;
  private volatile @Nullable Claims claims;
  private boolean pinned;

  Layer(String id, boolean isRoot, long sizeBytes, Disk disk, LayerFile data, Budget memory) {
    this.id = id;
    this.isRoot = isRoot;
    this.sizeBytes = sizeBytes;
    this.disk = disk;
    this.data = data;
    this.memory = memory;
  }

  public String id() {
    return id;
  }

  /** Has no parent: what it does not hold is zero. */
  public boolean isRoot() {
    return isRoot;
  }

  /** What is at or past it is zero, whatever is below. */
  public long sizeBytes() {
    return sizeBytes;
  }

  public void grownTo(long newSizeBytes) {
    sizeBytes = newSizeBytes;
  }

  public LayerFile data() {
    return data;
  }

  /** What is durably claimed. {@link GatewayError.Damaged} if it cannot be read. */
  public Claims claims() {
    if (!used) used = true;
    Claims known = claims;
    return known != null ? known : loaded();
  }

  private Claims loaded() {
    Claims read;
    synchronized (this) {
      Claims known = claims;
      if (known != null) return known;
      read = ClaimFiles.read(disk, id).claims();
      claims = read;
    }
    memory.add(this, read.memoryBytes());
    return read;
  }

  /** The layer is written, or its files are not up to date: the claims stay in memory. */
  public void pin(Claims written) {
    memory.remove(this);
    synchronized (this) {
      claims = written;
      pinned = true;
    }
  }

  /** The map was replaced. */
  public void replaceClaims(Claims replaced) {
    synchronized (this) {
      if (pinned) throw new IllegalStateException("layer %s is written".formatted(id));
      claims = replaced;
    }
    memory.add(this, replaced.memoryBytes());
  }

  /** The files say it all. */
  public void unpin() {
    Claims known = claims;
    synchronized (this) {
      if (!pinned || known == null) return;
      pinned = false;
    }
    memory.add(this, known.memoryBytes());
  }

  /** No manifest names it any more. */
  void retire() {
    data.retire();
    memory.remove(this);
  }

  @Override
  public boolean wasUsed() {
    boolean was = used;
    used = false;
    return was;
  }

  @Override
  public synchronized boolean letGo() {
    if (!pinned) claims = null;
    return true;
  }
}
