package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.FileRegion;
import dev.penstock.spi.volume.Ranges;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.ZeroMode;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.Facilities;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.StampedLock;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A volume that is one sparse file: the byte at an offset of the volume is at that offset of the
 * file.
 *
 * <p>Every call holds the gate as a reader, {@link #close} as the writer, so that no descriptor is
 * closed under a call. No call waits for another but in {@link FlushRounds}.
 */
final class RawVolume implements Volume {
  /** What the store does for an open volume. */
  interface Home {
    /** Makes the volume larger, durably: first {@code data}, then the manifest that says so. */
    void grow(String name, DiskFile data, long sizeBytes);

    /** How long a sync took, in nanoseconds. */
    LongConsumer syncTimes();

    /** The volume was closed and may be opened again. */
    void closed(String name);
  }

  /** Large enough that system calls do not count, small enough to be kept. */
  private static final ByteBuffer ZEROES = ByteBuffer.allocateDirect(256 << 10).asReadOnlyBuffer();

  private final StampedLock gate = new StampedLock();
  private final LongAdder dirty = new LongAdder();
  private final FlushRounds rounds = new FlushRounds(this::sync);
  private final String name;
  private final Manifest manifest;
  private final DiskFile data;
  private final Facilities facilities;
  private final Set<VolumeCapability> capabilities;
  private final Optional<Regions> regions;
  private final Home home;
  private final AtomicLong sizeBytes;
  private volatile boolean closed;

  /** Why the volume cannot vouch for its bytes any more. */
  private volatile @Nullable String damage;

  /** Owns {@code data} from now on, but not if it throws. */
  RawVolume(String name, Manifest manifest, DiskFile data, Facilities facilities, Home home) {
    this.name = name;
    this.manifest = manifest;
    this.data = data;
    this.facilities = facilities;
    this.home = home;
    this.sizeBytes = new AtomicLong(manifest.sizeBytes());
    this.capabilities = capabilitiesOf(facilities);
    this.regions = facilities.regions() ? Regions.of(data) : Optional.empty();
  }

  private static Set<VolumeCapability> capabilitiesOf(Facilities facilities) {
    Set<VolumeCapability> offered = EnumSet.of(VolumeCapability.RESIZE);
    if (facilities.punch()) offered.add(VolumeCapability.TRIM);
    if (facilities.punch() || facilities.zeroRange()) offered.add(VolumeCapability.ZERO);
    if (facilities.punch() && facilities.zeroRange()) offered.add(VolumeCapability.FAST_ZERO);
    if (facilities.seek()) offered.add(VolumeCapability.EXTENTS);
    if (facilities.readAhead()) offered.add(VolumeCapability.CACHE);
    if (facilities.readNow()) offered.add(VolumeCapability.READ_NOW);
    if (facilities.regions()) offered.add(VolumeCapability.REGIONS);
    return Set.copyOf(offered);
  }

  @Override
  public VolumeInfo info() {
    return new VolumeInfo(
        manifest.volume(), name, sizeBytes.get(), storedBytes(), manifest.created());
  }

  /**
   * Never waits: only {@link #close} has the gate for itself, and then nothing is known. Never
   * throws: who asks may be reporting that the disk has failed.
   */
  private long storedBytes() {
    long stamp = gate.tryReadLock();
    if (stamp == 0) return 0;
    try {
      return closed ? 0 : data.allocatedBytes();
    } catch (GatewayError _) {
      return 0;
    } finally {
      gate.unlockRead(stamp);
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
    call(offset, target.remaining(), () -> data.read(offset, target));
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    int lengthBytes = source.remaining();
    call(offset, lengthBytes, () -> write(offset, source, lengthBytes));
  }

  private void write(long offset, ByteBuffer source, int lengthBytes) {
    try {
      data.write(offset, source);
    } finally {
      dirty.add(lengthBytes); // a write that failed may have written a part
    }
  }

  @Override
  public void writeDurably(long offset, ByteBuffer source) {
    ByteBuffer again = source.duplicate();
    call(
        offset,
        source.remaining(),
        () -> {
          try {
            data.writeDurably(offset, source);
          } catch (GatewayError.NoSpace _) {
            writeAndSync(offset, source, again);
          } catch (GatewayError.Failed e) {
            throw damaged("a durable write failed", e);
          }
        });
  }

  /**
   * A full disk may have been noticed when room was looked for, or when the bytes were written
   * back. Here the two are apart: the write fails for the first reason, the sync for the second.
   */
  private void writeAndSync(long offset, ByteBuffer source, ByteBuffer again) {
    write(offset, again, again.remaining());
    source.position(again.position());
    rounds.flush();
  }

  @Override
  public void flush() {
    call(0, 0, rounds::flush);
  }

  /** One round. A failed sync is final: the next one would report success for what was dropped. */
  private void sync() {
    requireSound();
    long covered = dirty.sum(); // before the sync: what is written during it counts for the next
    long began = System.nanoTime();
    try {
      data.dataSync();
    } catch (GatewayError e) {
      throw damaged("a flush failed", e);
    }
    dirty.add(-covered);
    home.syncTimes().accept(System.nanoTime() - began);
  }

  @Override
  public void trim(long offset, long lengthBytes) {
    call(
        offset,
        lengthBytes,
        () -> {
          if (facilities.punch() && lengthBytes > 0) data.punch(offset, lengthBytes);
        });
  }

  @Override
  public void zero(long offset, long lengthBytes, ZeroMode mode) {
    call(
        offset,
        lengthBytes,
        () -> {
          if (lengthBytes > 0) makeZero(offset, lengthBytes, mode);
        });
  }

  private void makeZero(long offset, long lengthBytes, ZeroMode mode) {
    if (mode == ZeroMode.MAY_PUNCH && facilities.punch()) data.punch(offset, lengthBytes);
    else if (facilities.zeroRange()) data.zeroRange(offset, lengthBytes);
    else writeZeroes(offset, lengthBytes);
  }

  private void writeZeroes(long offset, long lengthBytes) {
    long end = offset + lengthBytes;
    for (long at = offset; at < end; at += ZEROES.capacity()) {
      int length = (int) Math.min(ZEROES.capacity(), end - at);
      write(at, ZEROES.slice(0, length), length);
    }
  }

  @Override
  public void extents(long offset, long lengthBytes, Extent.Sink sink) {
    call(
        offset,
        lengthBytes,
        () -> {
          if (facilities.seek())
            Extents.walk(data, facilities.zeroRange(), offset, lengthBytes, sink);
          else if (lengthBytes > 0) sink.accept(new Extent(offset, lengthBytes, Extent.Kind.DATA));
        });
  }

  @Override
  public void cache(long offset, long lengthBytes) {
    call(
        offset,
        lengthBytes,
        () -> {
          if (facilities.readAhead() && lengthBytes > 0) data.willNeed(offset, lengthBytes);
        });
  }

  @Override
  public void resize(long newSizeBytes) {
    call(
        0,
        0,
        () -> {
          home.grow(name, data, newSizeBytes);
          // After the manifest: nobody writes where a crash would cut. Growths may end out of turn.
          sizeBytes.accumulateAndGet(newSizeBytes, Math::max);
        });
  }

  @Override
  public int readNow(long offset, ByteBuffer target) {
    long stamp = enterNow();
    try {
      Ranges.require(name, sizeBytes.get(), offset, target.remaining());
      return facilities.readNow() && target.hasRemaining() ? data.readNow(offset, target) : 0;
    } finally {
      gate.unlockRead(stamp);
    }
  }

  @Override
  public List<FileRegion> regions(long offset, long lengthBytes) {
    long stamp = enterNow();
    try {
      Ranges.require(name, sizeBytes.get(), offset, lengthBytes);
      if (lengthBytes == 0 || regions.isEmpty()) return List.of();
      return regions.get().lease(offset, lengthBytes);
    } finally {
      gate.unlockRead(stamp);
    }
  }

  @Override
  public void close() {
    long stamp = gate.writeLock();
    try {
      if (closed) return;
      closed = true;
      regions.ifPresent(Regions::release);
      data.close();
    } finally {
      gate.unlockWrite(stamp);
    }
    home.closed(name);
  }

  private void call(long offset, long lengthBytes, Runnable call) {
    long stamp = gate.readLock();
    try {
      requireUsable();
      Ranges.require(name, sizeBytes.get(), offset, lengthBytes);
      call.run();
    } catch (GatewayError.Damaged e) {
      damage = e.what();
      throw e;
    } finally {
      gate.unlockRead(stamp);
    }
  }

  /** Never waits: only {@link #close} has the gate for itself. */
  private long enterNow() {
    long stamp = gate.tryReadLock();
    if (stamp == 0) throw closedError();
    try {
      requireUsable();
      return stamp;
    } catch (RuntimeException e) {
      gate.unlockRead(stamp);
      throw e;
    }
  }

  private void requireUsable() {
    requireOpen();
    requireSound();
  }

  private void requireOpen() {
    if (closed) throw closedError();
  }

  private IllegalStateException closedError() {
    return new IllegalStateException("volume %s is closed".formatted(name));
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
