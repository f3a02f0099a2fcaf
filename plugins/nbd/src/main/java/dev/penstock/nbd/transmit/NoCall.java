package dev.penstock.nbd.transmit;

import dev.penstock.spi.volume.Volume;

/** Stands for a call that is not there yet, or no longer. Holds nothing. */
enum NoCall implements StoreCall {
  NONE;

  @Override
  public void perform(Volume volume) {
    throw new IllegalStateException("there is nothing to perform");
  }

  @Override
  public long reply(Outbox outbox) {
    throw new IllegalStateException("there is nothing to reply");
  }

  @Override
  public void release() {}
}
