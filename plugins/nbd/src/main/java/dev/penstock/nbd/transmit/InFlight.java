package dev.penstock.nbd.transmit;

import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.RequestHeader;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeGate.Passage;

/**
 * A request between its arrival and its end. What a gate runs when it admits a request that had to
 * wait. On the connection's event loop, but for {@link #run} and {@link #perform}.
 */
final class InFlight implements Runnable {
  /** Where a request is. */
  enum At {
    /** Held back by the gate: its volume is frozen or being retired. */
    GATE,
    /** With a worker. */
    WORKER,
    /** Outside, because the volume was not available; tried again soon. */
    AGAIN
  }

  final RequestHeader header;
  final Passage passage;
  final long begunNanos;

  private final StoreWaits waits;
  StoreCall call;
  At at = At.GATE;

  /**
   * Nobody waits for it any more: it was answered with an error while its volume was silent, or its
   * connection is gone. What the volume says later is dropped.
   */
  volatile boolean abandoned;

  InFlight(StoreWaits waits, RequestHeader header, StoreCall call, long begunNanos) {
    this.waits = waits;
    this.header = header;
    this.call = call;
    this.begunNanos = begunNanos;
    this.passage = passage(header);
  }

  @Override
  public void run() {
    waits.passedLater(this);
  }

  /**
   * On a worker. Not of a request that was abandoned before its turn came: its client may have
   * asked again, been answered, and written something newer to the same place.
   */
  void perform(Volume volume) {
    if (!abandoned) call.perform(volume);
  }

  /** What is held because of a request: its data, in either direction, and long replies. */
  static long heldBytes(RequestHeader request) {
    return request.command() == Command.BLOCK_STATUS
        ? StatusCall.replyBytesMax(request)
        : dataBytes(request);
  }

  static long dataBytes(RequestHeader request) {
    return switch (request.command()) {
      case READ, WRITE -> request.lengthBytes();
      case DISC, FLUSH, TRIM, CACHE, WRITE_ZEROES, BLOCK_STATUS, RESIZE, UNKNOWN -> 0;
    };
  }

  private static Passage passage(RequestHeader header) {
    return switch (header.command()) {
      case WRITE, TRIM, WRITE_ZEROES, RESIZE -> Passage.WRITE;
      case READ, FLUSH, CACHE, BLOCK_STATUS, DISC, UNKNOWN -> Passage.READ;
    };
  }
}
