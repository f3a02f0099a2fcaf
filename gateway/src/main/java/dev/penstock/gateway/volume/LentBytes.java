package dev.penstock.gateway.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.Change;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.FileRegion;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What one user sees of a shared volume: nothing after it was given back, no changes if it was
 * opened for reading, and no way to close it for the others.
 */
final class LentBytes implements Volume {
  private final Volume shared;
  private final Access access;
  private volatile boolean givenBack;

  LentBytes(Volume shared, Access access) {
    this.shared = shared;
    this.access = access;
  }

  void giveBack() {
    givenBack = true;
  }

  IllegalStateException givenBack() {
    return new IllegalStateException(
        "volume %s is used after it was given back".formatted(shared.info().name()));
  }

  @Override
  public VolumeInfo info() {
    return shared.info();
  }

  @Override
  public long sizeBytes() {
    return shared.sizeBytes();
  }

  @Override
  public Set<VolumeCapability> capabilities() {
    return shared.capabilities();
  }

  @Override
  public long dirtyBytes() {
    return shared.dirtyBytes();
  }

  @Override
  public Optional<String> declines() {
    return shared.declines();
  }

  @Override
  public Optional<String> ended() {
    return shared.ended();
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    admitUse();
    shared.read(offset, target);
  }

  @Override
  public int readNow(long offset, ByteBuffer target) {
    admitUse();
    return shared.readNow(offset, target);
  }

  @Override
  public List<FileRegion> regions(long offset, long lengthBytes) {
    admitUse();
    return shared.regions(offset, lengthBytes);
  }

  @Override
  public void extents(long offset, long lengthBytes, Extent.Sink sink) {
    admitUse();
    shared.extents(offset, lengthBytes, sink);
  }

  @Override
  public void changes(UUID since, long offset, long lengthBytes, Change.Sink sink) {
    admitUse();
    shared.changes(since, offset, lengthBytes, sink);
  }

  @Override
  public void cache(long offset, long lengthBytes) {
    admitUse();
    shared.cache(offset, lengthBytes);
  }

  /** Readers too: an NBD client may flush a read-only export, and it changes nothing. */
  @Override
  public void flush() {
    admitUse();
    shared.flush();
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    admitChange();
    shared.write(offset, source);
  }

  @Override
  public void writeDurably(long offset, ByteBuffer source) {
    admitChange();
    shared.writeDurably(offset, source);
  }

  @Override
  public void trim(long offset, long lengthBytes) {
    admitChange();
    shared.trim(offset, lengthBytes);
  }

  @Override
  public void zero(long offset, long lengthBytes, ZeroMode mode) {
    admitChange();
    shared.zero(offset, lengthBytes, mode);
  }

  @Override
  public void resize(long sizeBytes) {
    admitChange();
    shared.resize(sizeBytes);
  }

  /** The host closes what is shared; a user closes its {@link LentVolume}. */
  @Override
  public void close() {
    giveBack();
  }

  private void admitUse() {
    if (givenBack) throw givenBack();
  }

  private void admitChange() {
    admitUse();
    if (access == Access.READ)
      throw new GatewayError.Denied(
          "volume %s is open for reading only".formatted(shared.info().name()));
  }
}
