package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Change;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.FileRegion;
import dev.penstock.spi.volume.Ranges;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.ZeroMode;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.head.ClaimingHead;
import dev.penstock.volumes.head.Head;
import dev.penstock.volumes.layer.View;
import dev.penstock.volumes.manifest.Manifest;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.StampedLock;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A volume that is written: a head, and a view of it and what is below.
 *
 * <p>Every call is inside the gate, so that no file is closed under it. Whoever changes bytes or
 * makes them durable holds {@code changes} as a reader too, and {@link #switchHead} as the writer.
 */
final class StoredVolume implements Volume {
  /** What the store does for an open volume. */
  interface Home {
    /** Makes the volume larger, durably: first the head, then the manifest that says so. */
    void grow(StoredVolume volume, long sizeBytes);

    /** What may differ from a snapshot, in a range. */
    void changes(StoredVolume volume, UUID since, long offset, long lengthBytes, Change.Sink sink);

    /** Whether it follows another volume now. */
    boolean isReplica(StoredVolume volume);

    /** How long a sync took, in nanoseconds. */
    LongConsumer syncTimes();

    /** The volume was closed and may be opened again. */
    void closed(StoredVolume volume);
  }

  /** What reads and what writes. */
  record Parts(View view, Head head) {}

  private static final Logger log = LoggerFactory.getLogger(StoredVolume.class);

  private final StampedLock changes = new StampedLock();
  private final LongAdder dirty = new LongAdder();
  private final FlushRounds rounds = new FlushRounds(this::sync);
  private final CallGate gate;
  private final Manifest manifest;
  private final String name;
  private final View view;
  private final Facilities facilities;
  private final Set<VolumeCapability> capabilities;
  private final Home home;
  private final AtomicLong sizeBytes;
  private volatile Head head;

  /** Something may not be durable: also what was written before the volume was opened. */
  private volatile boolean isChanged = true;

  /** Why the volume cannot vouch for its bytes any more. */
  private volatile @Nullable String damage;

  StoredVolume(String name, Manifest manifest, Parts parts, Facilities facilities, Home home) {
    this.name = name;
    this.gate = new CallGate("volume " + name);
    this.manifest = manifest;
    this.view = parts.view();
    this.head = parts.head();
    this.facilities = facilities;
    this.home = home;
    this.sizeBytes = new AtomicLong(manifest.sizeBytes());
    this.capabilities = capabilitiesOf(facilities);
  }

  /** What every volume of a store can, whatever its layers are: it may get others meanwhile. */
  private static Set<VolumeCapability> capabilitiesOf(Facilities facilities) {
    Set<VolumeCapability> offered = EnumSet.of(VolumeCapability.RESIZE, VolumeCapability.CHANGES);
    if (facilities.punch()) offered.add(VolumeCapability.TRIM);
    if (facilities.punch() || facilities.zeroRange()) offered.add(VolumeCapability.ZERO);
    if (facilities.punch() && facilities.zeroRange()) offered.add(VolumeCapability.FAST_ZERO);
    if (facilities.seek()) offered.add(VolumeCapability.EXTENTS);
    if (facilities.readAhead()) offered.add(VolumeCapability.CACHE);
    if (facilities.readNow()) offered.add(VolumeCapability.READ_NOW);
    if (facilities.regions()) offered.add(VolumeCapability.REGIONS);
    return Set.copyOf(offered);
  }

  String name() {
    return name;
  }

  View view() {
    return view;
  }

  Head head() {
    return head;
  }

  @Override
  public VolumeInfo info() {
    return new VolumeInfo(
        manifest.volume(),
        name,
        sizeBytes.get(),
        storedBytes(),
        manifest.created(),
        home.isReplica(this));
  }

  /**
   * What the head takes; nothing is known of what is closed. Never waits, and never throws: who
   * asks may be reporting that the disk has failed.
   */
  private long storedBytes() {
    long stamp = gate.tryEnter();
    if (stamp == 0) return 0;
    try {
      return view.top().data().data().allocatedBytes();
    } catch (GatewayError _) {
      return 0;
    } finally {
      gate.leave(stamp);
    }
  }

  @Override
  public long sizeBytes() {
    return sizeBytes.get();
  }

  @Override
  public Set<VolumeCapability> capabilities() {
    return capabilities;
  }

  /** An upper bound: what was written twice counts twice. */
  @Override
  public long dirtyBytes() {
    return Math.clamp(dirty.sum(), 0, sizeBytes.get());
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    call(offset, target.remaining(), () -> view.read(offset, target));
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    change(offset, source.remaining(), () -> writeToHead(offset, source));
  }

  private void writeToHead(long offset, ByteBuffer source) {
    int lengthBytes = source.remaining();
    try {
      head.write(offset, source);
    } finally {
      dirty.add(lengthBytes); // a write that failed may have written a part
      noteChange();
    }
  }

  @Override
  public void writeDurably(long offset, ByteBuffer source) {
    ByteBuffer again = source.duplicate();
    change(
        offset,
        source.remaining(),
        () -> {
          if (!isWrittenAtOnce(offset, source)) writeAndSync(offset, source, again);
        });
  }

  /** False if nobody knows more than before: it has to be written, all of it, and synced. */
  private boolean isWrittenAtOnce(long offset, ByteBuffer source) {
    try {
      return head.writeDurably(offset, source);
    } catch (GatewayError.NoSpace _) {
      return false;
    } catch (GatewayError.Failed e) {
      throw damaged("a durable write failed", e);
    }
  }

  /**
   * A full disk may have been noticed when room was looked for, or when the bytes were written
   * back. Here the two are apart: the write fails for the first reason, the sync for the second.
   */
  private void writeAndSync(long offset, ByteBuffer source, ByteBuffer again) {
    writeToHead(offset, again);
    source.position(again.position());
    rounds.flush();
  }

  @Override
  public void flush() {
    exclude(0, 0, rounds::flush);
  }

  /**
   * One round; nothing if nothing was changed since the last one began: several who flush at once
   * would make as many. A failed sync is final: the next one would report success for what was
   * dropped.
   */
  private void sync() {
    requireSound();
    if (!isChanged) return;
    isChanged = false; // before the sync: who sets it later is not covered, who saw it set is
    long covered = dirty.sum(); // before the sync: what is written during it counts for the next
    long began = System.nanoTime();
    try {
      head.sync();
    } catch (GatewayError.NoSpace e) {
      isChanged = true;
      throw e; // nothing was lost: the claims wait for room
    } catch (GatewayError e) {
      throw damaged("a flush failed", e);
    }
    dirty.add(-covered);
    home.syncTimes().accept(System.nanoTime() - began);
  }

  @Override
  public void trim(long offset, long lengthBytes) {
    change(
        offset,
        lengthBytes,
        () -> {
          if (lengthBytes > 0) head.trim(offset, lengthBytes);
        });
  }

  @Override
  public void zero(long offset, long lengthBytes, ZeroMode mode) {
    change(
        offset,
        lengthBytes,
        () -> {
          if (lengthBytes > 0) head.zero(offset, lengthBytes, mode);
        });
  }

  @Override
  public void extents(long offset, long lengthBytes, Extent.Sink sink) {
    call(offset, lengthBytes, () -> view.extents(offset, lengthBytes, sink));
  }

  @Override
  public void changes(UUID since, long offset, long lengthBytes, Change.Sink sink) {
    call(offset, lengthBytes, () -> home.changes(this, since, offset, lengthBytes, sink));
  }

  @Override
  public void cache(long offset, long lengthBytes) {
    call(
        offset,
        lengthBytes,
        () -> {
          if (facilities.readAhead()) view.willNeed(offset, lengthBytes);
        });
  }

  @Override
  public void resize(long newSizeBytes) {
    change(0, 0, () -> home.grow(this, newSizeBytes));
  }

  /** After the manifest: nobody writes where a crash would cut. Growths may end out of turn. */
  void grown(long newSizeBytes) {
    sizeBytes.accumulateAndGet(newSizeBytes, Math::max);
  }

  @Override
  public int readNow(long offset, ByteBuffer target) {
    long stamp = enterNow();
    try {
      Ranges.require(name, sizeBytes.get(), offset, target.remaining());
      return facilities.readNow() && target.hasRemaining() ? view.readNow(offset, target) : 0;
    } finally {
      gate.leave(stamp);
    }
  }

  @Override
  public List<FileRegion> regions(long offset, long lengthBytes) {
    long stamp = enterNow();
    try {
      Ranges.require(name, sizeBytes.get(), offset, lengthBytes);
      if (lengthBytes == 0 || !facilities.regions()) return List.of();
      return view.regions(offset, lengthBytes);
    } finally {
      gate.leave(stamp);
    }
  }

  /**
   * Lets another head be written: what was written until then is durable, nobody writes meanwhile,
   * and nothing is acknowledged until the steps have returned.
   *
   * @param steps give the new head, after everything that makes it the head is durable; if they
   *     throw, the old one goes on
   */
  void switchHead(Supplier<Head> steps) {
    flush(); // the most of it while writes go on
    long stamp = gate.enter();
    try {
      requireSound();
      long exclusive = changes.writeLock();
      try {
        requireSound();
        sync();
        head = steps.get();
        isChanged = true;
      } finally {
        changes.unlockWrite(exclusive);
      }
    } catch (GatewayError.Damaged e) {
      damage = e.what();
      throw e;
    } finally {
      gate.leave(stamp);
    }
  }

  /** Runs something of the store's own that changes the head, as a user's call. */
  void use(Runnable call) {
    change(0, 0, call);
  }

  /** Within a call that changes the volume: a round, shared with those who flush. */
  void syncHead() {
    noteChange();
    rounds.flush();
  }

  @Override
  public void close() {
    if (gate.close(this::end)) home.closed(this);
  }

  private void end() {
    if (damage == null) syncClaims();
    head.close();
    view.close();
  }

  /** What is written needs no flush to be read by the next who opens it; what is claimed does. */
  private void syncClaims() {
    try {
      if (head instanceof ClaimingHead) sync();
    } catch (GatewayError e) {
      log.atError()
          .addKeyValue("volume", name)
          .addKeyValue("reason", e.what())
          .log("what was written since the last flush is lost");
    }
  }

  private void change(long offset, long lengthBytes, Runnable call) {
    exclude(
        offset,
        lengthBytes,
        () -> {
          try {
            call.run();
          } finally {
            noteChange();
          }
        });
  }

  private void noteChange() {
    if (!isChanged) isChanged = true;
  }

  /** A call during which the head stays the same. */
  private void exclude(long offset, long lengthBytes, Runnable call) {
    call(
        offset,
        lengthBytes,
        () -> {
          long stamp = changes.readLock();
          try {
            requireSound();
            call.run();
          } finally {
            changes.unlockRead(stamp);
          }
        });
  }

  private void call(long offset, long lengthBytes, Runnable call) {
    long stamp = gate.enter();
    try {
      requireSound();
      Ranges.require(name, sizeBytes.get(), offset, lengthBytes);
      call.run();
    } catch (GatewayError.Damaged e) {
      damage = e.what();
      throw e;
    } finally {
      gate.leave(stamp);
    }
  }

  /** Never waits. */
  private long enterNow() {
    long stamp = gate.enterNow();
    try {
      requireSound();
      return stamp;
    } catch (RuntimeException e) {
      gate.leave(stamp);
      throw e;
    }
  }

  private void requireSound() {
    String why = damage;
    if (why != null) throw new GatewayError.Damaged(why);
  }

  private GatewayError.Damaged damaged(String happened, GatewayError cause) {
    String why =
        "volume %s: %s, and what was written since the last flush may be lost: %s; check the disk, then close and open the volume"
            .formatted(name, happened, cause.what());
    damage = why;
    return new GatewayError.Damaged(why, cause);
  }
}
