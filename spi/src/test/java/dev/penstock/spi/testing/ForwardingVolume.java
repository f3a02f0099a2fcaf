package dev.penstock.spi.testing;

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

/** Hands every call on to another volume; a subclass decides which it admits. */
public abstract class ForwardingVolume implements Volume {
  private final Volume behind;

  protected ForwardingVolume(Volume behind) {
    this.behind = behind;
  }

  /**
   * Comes before every call but those that never block and change nothing; throws what the caller
   * shall get.
   */
  protected abstract void admit(boolean changes);

  @Override
  public VolumeInfo info() {
    return behind.info();
  }

  @Override
  public long sizeBytes() {
    return behind.sizeBytes();
  }

  @Override
  public Set<VolumeCapability> capabilities() {
    return behind.capabilities();
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    admit(false);
    behind.read(offset, target);
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    admit(true);
    behind.write(offset, source);
  }

  @Override
  public void writeDurably(long offset, ByteBuffer source) {
    admit(true);
    behind.writeDurably(offset, source);
  }

  @Override
  public void flush() {
    admit(false);
    behind.flush();
  }

  @Override
  public void trim(long offset, long lengthBytes) {
    admit(true);
    behind.trim(offset, lengthBytes);
  }

  @Override
  public void zero(long offset, long lengthBytes, ZeroMode mode) {
    admit(true);
    behind.zero(offset, lengthBytes, mode);
  }

  @Override
  public void extents(long offset, long lengthBytes, Extent.Sink sink) {
    admit(false);
    behind.extents(offset, lengthBytes, sink);
  }

  @Override
  public void changes(UUID since, long offset, long lengthBytes, Change.Sink sink) {
    admit(false);
    behind.changes(since, offset, lengthBytes, sink);
  }

  @Override
  public void cache(long offset, long lengthBytes) {
    admit(false);
    behind.cache(offset, lengthBytes);
  }

  @Override
  public Optional<String> declines() {
    return behind.declines();
  }

  @Override
  public void resize(long sizeBytes) {
    admit(true);
    behind.resize(sizeBytes);
  }

  @Override
  public long dirtyBytes() {
    return behind.dirtyBytes();
  }

  @Override
  public int readNow(long offset, ByteBuffer target) {
    admit(false);
    return behind.readNow(offset, target);
  }

  @Override
  public List<FileRegion> regions(long offset, long lengthBytes) {
    admit(false);
    return behind.regions(offset, lengthBytes);
  }
}
