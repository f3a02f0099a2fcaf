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
import dev.penstock.volumes.layer.View;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * A snapshot that is read. Its top layer is frozen, and its view shows the same for ever, whatever
 * is merged below.
 */
final class SnapshotVolume implements Volume {
  /** What the store does for an open snapshot. */
  interface Home {
    /** What may differ from an older snapshot, in a range. */
    void changes(
        SnapshotVolume snapshot, UUID since, long offset, long lengthBytes, Change.Sink sink);

    /** It was closed. */
    void closed(SnapshotVolume snapshot);
  }

  private final CallGate gate;
  private final VolumeInfo info;
  private final UUID guid;
  private final View view;
  private final Facilities facilities;
  private final Home home;

  /**
   * @param info the guid of its volume; {@code demo@monday}
   * @param guid the snapshot's
   */
  SnapshotVolume(VolumeInfo info, UUID guid, View view, Facilities facilities, Home home) {
    this.info = info;
    this.gate = new CallGate(info.name());
    this.guid = guid;
    this.view = view;
    this.facilities = facilities;
    this.home = home;
  }

  UUID guid() {
    return guid;
  }

  /** The name of its volume. */
  String volume() {
    return info.name().substring(0, info.name().indexOf('@'));
  }

  View view() {
    return view;
  }

  @Override
  public VolumeInfo info() {
    return info;
  }

  @Override
  public long sizeBytes() {
    return info.sizeBytes();
  }

  @Override
  public Set<VolumeCapability> capabilities() {
    Set<VolumeCapability> offered = EnumSet.of(VolumeCapability.CHANGES);
    if (facilities.seek()) offered.add(VolumeCapability.EXTENTS);
    if (facilities.readAhead()) offered.add(VolumeCapability.CACHE);
    if (facilities.readNow()) offered.add(VolumeCapability.READ_NOW);
    if (facilities.regions()) offered.add(VolumeCapability.REGIONS);
    return offered;
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    call(offset, target.remaining(), () -> view.read(offset, target));
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
  public int readNow(long offset, ByteBuffer target) {
    long stamp = gate.enterNow();
    try {
      Ranges.require(info.name(), info.sizeBytes(), offset, target.remaining());
      return facilities.readNow() && target.hasRemaining() ? view.readNow(offset, target) : 0;
    } finally {
      gate.leave(stamp);
    }
  }

  @Override
  public List<FileRegion> regions(long offset, long lengthBytes) {
    long stamp = gate.enterNow();
    try {
      Ranges.require(info.name(), info.sizeBytes(), offset, lengthBytes);
      if (lengthBytes == 0 || !facilities.regions()) return List.of();
      return view.regions(offset, lengthBytes);
    } finally {
      gate.leave(stamp);
    }
  }

  /** There is nothing that is not durable. */
  @Override
  public void flush() {
    call(0, 0, () -> {});
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    throw denied();
  }

  @Override
  public void trim(long offset, long lengthBytes) {
    throw denied();
  }

  @Override
  public void zero(long offset, long lengthBytes, ZeroMode mode) {
    throw denied();
  }

  @Override
  public void resize(long sizeBytes) {
    throw denied();
  }

  private GatewayError denied() {
    return new GatewayError.Denied("%s is a snapshot, which never changes".formatted(info.name()));
  }

  @Override
  public void close() {
    if (gate.close(view::close)) home.closed(this);
  }

  private void call(long offset, long lengthBytes, Runnable call) {
    long stamp = gate.enter();
    try {
      Ranges.require(info.name(), info.sizeBytes(), offset, lengthBytes);
      call.run();
    } finally {
      gate.leave(stamp);
    }
  }
}
