package dev.penstock.volumes.head;

import dev.penstock.spi.volume.ZeroMode;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.layer.Layer;
import java.nio.ByteBuffer;

/** A layer without a parent: one plain file, with nothing to claim. */
public final class RootHead implements Head {
  private final Layer layer;
  private final DiskFile data;
  private final Facilities facilities;

  /** The layer's file is held already, and this holds it from now on. */
  public RootHead(Layer layer, Facilities facilities) {
    this.layer = layer;
    this.data = layer.data().data();
    this.facilities = facilities;
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    data.write(offset, source);
  }

  @Override
  public boolean writeDurably(long offset, ByteBuffer source) {
    data.writeDurably(offset, source);
    return true;
  }

  @Override
  public void trim(long offset, long lengthBytes) {
    if (facilities.punch()) data.punch(offset, lengthBytes);
  }

  @Override
  public void zero(long offset, long lengthBytes, ZeroMode mode) {
    if (mode == ZeroMode.MAY_PUNCH && facilities.punch()) data.punch(offset, lengthBytes);
    else if (facilities.zeroRange()) data.zeroRange(offset, lengthBytes);
    else Zeroes.write(this, offset, lengthBytes);
  }

  @Override
  public void writeSoon(long offset, long lengthBytes) {
    data.writeSoon(offset, lengthBytes);
  }

  @Override
  public void sync() {
    Head.syncForGood(data);
  }

  @Override
  public void growTo(long sizeBytes) {
    data.truncate(sizeBytes);
    data.sync();
  }

  @Override
  public void freeze() {
    close();
  }

  @Override
  public void close() {
    layer.data().release();
  }
}
