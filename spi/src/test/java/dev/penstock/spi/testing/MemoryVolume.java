package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.volume.Change;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Ranges;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Function;

/**
 * A volume in memory, with everything that a volume may do but file regions, and with {@link
 * #faults}. It knows what a power cut would leave: {@link #afterPowerCut}.
 *
 * <p>Space is counted in grains of {@link #GRAIN_BYTES}: a grain is a hole, zero or data.
 */
public final class MemoryVolume implements Volume {
  public static final int GRAIN_BYTES = 4096;

  private static final Set<VolumeCapability> ALL_BUT_REGIONS =
      EnumSet.complementOf(EnumSet.of(VolumeCapability.REGIONS));

  private final VolumeInfo info;
  private final Set<VolumeCapability> capabilities;
  private final Faults faults = new Faults();
  private final ReentrantReadWriteLock calls = new ReentrantReadWriteLock();
  private final BitSet dirty = new BitSet();
  private byte[] bytes;
  private byte[] durable;
  private Extent.Kind[] kinds;
  private Function<UUID, Optional<Grains>> ancestors = _ -> Optional.empty();
  private boolean closed;
  private boolean replica;

  private MemoryVolume(VolumeInfo info, Set<VolumeCapability> capabilities, Grains content) {
    this.info = info;
    this.capabilities = Set.copyOf(capabilities);
    this.bytes = content.bytes();
    this.durable = bytes.clone();
    this.kinds = content.kinds();
  }

  /** A volume called "memory". */
  public static MemoryVolume ofBytes(long sizeBytes) {
    return named("memory", sizeBytes);
  }

  public static MemoryVolume named(String name, long sizeBytes) {
    return of(new VolumeInfo(UUID.randomUUID(), name, sizeBytes, 0, Instant.EPOCH));
  }

  public static MemoryVolume of(VolumeInfo info) {
    return new MemoryVolume(info, ALL_BUT_REGIONS, Grains.ofBytes(info.sizeBytes()));
  }

  /** One that begins as {@code content} is, and owns it from now on. */
  static MemoryVolume holding(VolumeInfo info, Grains content) {
    return new MemoryVolume(info, ALL_BUT_REGIONS, content);
  }

  /** One that can only do what is asked for here, and of everything else what the defaults do. */
  public static MemoryVolume able(long sizeBytes, Set<VolumeCapability> capabilities) {
    return new MemoryVolume(
        new VolumeInfo(UUID.randomUUID(), "memory", sizeBytes, 0, Instant.EPOCH),
        capabilities,
        Grains.ofBytes(sizeBytes));
  }

  public Faults faults() {
    return faults;
  }

  /** What is in it now. */
  public synchronized byte[] content() {
    return bytes.clone();
  }

  /** What would be in it if the power went now and came back. */
  public synchronized byte[] afterPowerCut() {
    return durable.clone();
  }

  /** What is in it now, grain by grain. */
  synchronized Grains grains() {
    return new Grains(bytes, kinds).copy();
  }

  /** Becomes something else, durably: a rollback, or what was received. */
  synchronized void become(Grains content) {
    Grains copy = content.copy();
    bytes = copy.bytes();
    kinds = copy.kinds();
    durable = bytes.clone();
    dirty.clear();
  }

  /** Who knows what the snapshots showed that it comes from. */
  synchronized void comesFrom(Function<UUID, Optional<Grains>> ancestors) {
    this.ancestors = ancestors;
  }

  synchronized void setReplica(boolean is) {
    replica = is;
  }

  public synchronized boolean isClosed() {
    return closed;
  }

  @Override
  public synchronized VolumeInfo info() {
    return new VolumeInfo(
        info.guid(), info.name(), bytes.length, storedBytes(), info.createdAt(), replica);
  }

  @Override
  public synchronized long sizeBytes() {
    return bytes.length;
  }

  @Override
  public Set<VolumeCapability> capabilities() {
    return capabilities;
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    call(
        Call.READ,
        offset,
        target.remaining(),
        () -> target.put(bytes, (int) offset, target.remaining()));
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    int length = source.remaining();
    call(
        Call.WRITE,
        offset,
        length,
        () -> {
          become(offset, length, Extent.Kind.DATA);
          source.get(bytes, (int) offset, length);
        });
  }

  @Override
  public void flush() {
    call(
        Call.FLUSH,
        0,
        0,
        () -> {
          if (durable.length != bytes.length) durable = Arrays.copyOf(durable, bytes.length);
          for (int grain = dirty.nextSetBit(0); grain >= 0; grain = dirty.nextSetBit(grain + 1)) {
            int from = grain * GRAIN_BYTES;
            System.arraycopy(bytes, from, durable, from, grainBytes(grain));
          }
          dirty.clear();
        });
  }

  @Override
  public void trim(long offset, long lengthBytes) {
    call(
        Call.TRIM,
        offset,
        lengthBytes,
        () -> {
          if (!capabilities.contains(VolumeCapability.TRIM)) return;
          int first = Grains.count(offset);
          int end =
              offset + lengthBytes == bytes.length
                  ? kinds.length
                  : Grains.index(offset + lengthBytes);
          if (end <= first) return;
          Arrays.fill(
              bytes, first * GRAIN_BYTES, Math.min(bytes.length, end * GRAIN_BYTES), (byte) 0);
          Arrays.fill(kinds, first, end, Extent.Kind.HOLE);
          dirty.set(first, end);
        });
  }

  @Override
  public void zero(long offset, long lengthBytes, ZeroMode mode) {
    call(
        Call.ZERO,
        offset,
        lengthBytes,
        () -> {
          if (lengthBytes == 0) return;
          int from = (int) offset;
          int to = (int) (offset + lengthBytes);
          Extent.Kind kind = mode == ZeroMode.KEEP_SPACE ? Extent.Kind.ZERO : Extent.Kind.HOLE;
          become(offset, lengthBytes, kind);
          Arrays.fill(bytes, from, to, (byte) 0);
        });
  }

  @Override
  public void extents(long offset, long lengthBytes, Extent.Sink sink) {
    faults.begin(Call.EXTENTS);
    Grains now;
    synchronized (this) {
      check(offset, lengthBytes);
      now = new Grains(bytes, kinds.clone());
    }
    if (capabilities.contains(VolumeCapability.EXTENTS)) now.extents(offset, lengthBytes, sink);
    else if (lengthBytes > 0) sink.accept(new Extent(offset, lengthBytes, Extent.Kind.DATA));
  }

  @Override
  public void changes(UUID since, long offset, long lengthBytes, Change.Sink sink) {
    faults.begin(Call.CHANGES);
    Function<UUID, Optional<Grains>> known;
    Grains now;
    synchronized (this) {
      check(offset, lengthBytes);
      known = ancestors;
      now = grains();
    }
    if (!capabilities.contains(VolumeCapability.CHANGES)) {
      Volume.super.changes(since, offset, lengthBytes, sink);
      return;
    }
    Grains before =
        known
            .apply(since)
            .orElseThrow(() ->
                new GatewayError.NotFound(
                    "volume %s does not come from a snapshot %s".formatted(info.name(), since)));
    now.changes(before, offset, lengthBytes, sink);
  }

  @Override
  public void cache(long offset, long lengthBytes) {
    call(Call.CACHE, offset, lengthBytes, () -> {});
  }

  @Override
  public void resize(long sizeBytes) {
    call(
        Call.RESIZE,
        0,
        0,
        () -> {
          if (!capabilities.contains(VolumeCapability.RESIZE))
            throw new GatewayError.Unsupported(
                "volume %s cannot be resized".formatted(info.name()));
          if (sizeBytes < bytes.length)
            throw new GatewayError.Invalid(
                "volume %s has %d bytes: it cannot become smaller"
                    .formatted(info.name(), bytes.length));
          int before = kinds.length;
          bytes = Arrays.copyOf(bytes, Math.toIntExact(sizeBytes));
          durable = Arrays.copyOf(durable, bytes.length);
          kinds = Arrays.copyOf(kinds, Grains.count(bytes.length));
          Arrays.fill(kinds, before, kinds.length, Extent.Kind.HOLE);
        });
  }

  @Override
  public synchronized long dirtyBytes() {
    return (long) dirty.cardinality() * GRAIN_BYTES;
  }

  @Override
  public synchronized int readNow(long offset, ByteBuffer target) {
    check(offset, target.remaining());
    if (!capabilities.contains(VolumeCapability.READ_NOW) || faults.missesReadNow()) return 0;
    int length = target.remaining();
    target.put(bytes, (int) offset, length);
    return length;
  }

  @Override
  public void close() {
    synchronized (this) {
      closed = true;
    }
    calls.writeLock().lock(); // waits for the calls under way
    try {
      faults.heal();
    } finally {
      calls.writeLock().unlock();
    }
  }

  private void call(Call call, long offset, long lengthBytes, Runnable work) {
    calls.readLock().lock();
    try {
      synchronized (this) {
        check(offset, lengthBytes);
      }
      faults.begin(call);
      synchronized (this) {
        work.run();
      }
    } finally {
      calls.readLock().unlock();
    }
  }

  private void check(long offset, long lengthBytes) {
    if (closed) throw new IllegalStateException("volume %s is closed".formatted(info.name()));
    Ranges.require(info.name(), bytes.length, offset, lengthBytes);
  }

  /** Gives the range's grains a kind; one that is only partly covered keeps its other bytes. */
  private void become(long offset, long lengthBytes, Extent.Kind kind) {
    if (lengthBytes == 0) return;
    int first = Grains.index(offset);
    int end = Grains.count(offset + lengthBytes);
    long holes = 0;
    for (int grain = first; grain < end; grain++) if (kinds[grain] == Extent.Kind.HOLE) holes++;
    if (kind != Extent.Kind.HOLE) faults.take(info.name(), holes * GRAIN_BYTES);
    for (int grain = first; grain < end; grain++) {
      boolean whole =
          offset <= (long) grain * GRAIN_BYTES
              && offset + lengthBytes >= (long) grain * GRAIN_BYTES + grainBytes(grain);
      if (kind == Extent.Kind.DATA || whole) kinds[grain] = kind;
      else if (kind == Extent.Kind.ZERO && kinds[grain] == Extent.Kind.HOLE)
        kinds[grain] = Extent.Kind.ZERO;
      dirty.set(grain);
    }
  }

  private long storedBytes() {
    return new Grains(bytes, kinds).storedBytes();
  }

  private int grainBytes(int grain) {
    return Math.min(GRAIN_BYTES, bytes.length - grain * GRAIN_BYTES);
  }
}
