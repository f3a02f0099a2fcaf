package dev.penstock.nbd.transmit;

import dev.penstock.spi.volume.Volume;

/**
 * What a request asks of its volume. {@link #perform} comes on a worker, perhaps again if the
 * volume was not available; then {@link #reply} or {@link #release}, on the event loop, exactly one
 * of them.
 */
interface StoreCall {
  /** Blocks; leaves what the reply needs in this object. */
  void perform(Volume volume);

  /**
   * Writes the reply of what was performed.
   *
   * @return how much of what the request holds is held until the reply is sent; the outbox says so
   */
  long reply(Outbox outbox);

  /** Lets go of what it holds, without a reply. */
  void release();
}
