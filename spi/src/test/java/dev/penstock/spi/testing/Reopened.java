package dev.penstock.spi.testing;

import dev.penstock.spi.volume.Volume;

/** A volume that can be closed without closing the one behind it. */
final class Reopened extends ForwardingVolume {
  private volatile boolean closed;

  Reopened(Volume behind) {
    super(behind);
  }

  @Override
  protected void admit(boolean changes) {
    if (closed) throw new IllegalStateException("volume %s is closed".formatted(info().name()));
  }

  @Override
  public void close() {
    closed = true;
  }
}
