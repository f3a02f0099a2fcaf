package dev.penstock.nbd.upstream;

import dev.penstock.nbd.client.Request;
import dev.penstock.nbd.wire.Wire;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Knows whether a server has answered changes that no FLUSH has covered yet, and how often such
 * changes came into doubt, since a connection was lost. Which connection it was does not matter: a
 * server may have started anew before all of its connections are known to be lost.
 *
 * <p><b>Threads.</b> The upstream's event loop; {@link #doubts}: any.
 */
final class Unflushed {
  private long changes;
  private long flushed;
  private final AtomicLong doubts = new AtomicLong();

  /** A FLUSH covers what was answered before it is sent for the first time. */
  void asked(Request request) {
    request.changesBefore = changes;
  }

  /** A request was carried out. */
  void answered(Request request) {
    switch (request.command) {
      case WRITE, TRIM, WRITE_ZEROES -> {
        if ((request.flags & Wire.CMD_FLAG_FUA) == 0) changes++;
      }
      case FLUSH -> flushed = Math.max(flushed, request.changesBefore);
      case READ, DISC, CACHE, BLOCK_STATUS, RESIZE, UNKNOWN -> {}
    }
  }

  /** A connection is gone, and perhaps its server. */
  void lost() {
    if (changes > flushed) doubts.incrementAndGet();
  }

  /** How often so far; does not go back when a later FLUSH succeeds. */
  long doubts() {
    return doubts.get();
  }
}
