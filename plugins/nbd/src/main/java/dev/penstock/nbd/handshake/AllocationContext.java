package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.BlockStatus;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Volume;

/** {@code base:allocation}: what is a hole, and what reads as zeroes. */
public record AllocationContext() implements MetaContext {
  @Override
  public String name() {
    return "base:allocation";
  }

  @Override
  public void describe(Volume volume, long offset, long lengthBytes, BlockStatus into) {
    volume.extents(
        offset, lengthBytes, extent -> into.add(extent.lengthBytes(), state(extent.kind())));
  }

  private static int state(Extent.Kind kind) {
    return switch (kind) {
      case DATA -> 0;
      case ZERO -> Wire.STATE_ZERO;
      case HOLE -> Wire.STATE_HOLE | Wire.STATE_ZERO;
    };
  }
}
