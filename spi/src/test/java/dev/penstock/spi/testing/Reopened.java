package dev.penstock.spi.testing;

import dev.penstock.spi.volume.Volume;
import java.util.concurrent.atomic.AtomicBoolean;

/** A volume that can be closed without closing the one behind it. */
class Reopened extends ForwardingVolume {
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Runnable onClose;

  Reopened(Volume behind, Runnable onClose) {
    super(behind);
    this.onClose = onClose;
  }

  @Override
  protected void admit(boolean changes) {
    if (closed.get())
      throw new IllegalStateException("volume %s is closed".formatted(info().name()));
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) onClose.run();
  }
}
