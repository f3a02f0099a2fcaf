package dev.penstock.nbd.transmit;

import dev.penstock.nbd.export.Throttle;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.RequestHeader;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection's turn in what throttles its export and its volume: a ticket for the request at
 * its head, and a timer for when to look again. The connection's event loop only.
 */
final class Pace {
  /**
   * Tokens gather meanwhile, so that a fast client costs a timer for many requests, not for each.
   */
  private static final long NAP_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(2);

  /** Rates change while one waits, and others give back what they do not use. */
  private static final long NAP_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

  private final Throttle ofExport;
  private final Throttle ofVolume;
  private final EventExecutor loop;
  private final LongSupplier nanoClock;
  private final Runnable lookAgain;
  private Throttle.@Nullable Ticket ticket;
  private @Nullable ScheduledFuture<?> nap;
  private long waitingSinceNanos;
  private boolean waited;

  /**
   * A connection that has asked for nothing yet.
   *
   * @param lookAgain runs when the request that was held back may have its turn
   */
  Pace(
      Throttle ofExport,
      Throttle ofVolume,
      EventExecutor loop,
      LongSupplier nanoClock,
      Runnable lookAgain) {
    this.ofExport = ofExport;
    this.ofVolume = ofVolume;
    this.loop = loop;
    this.nanoClock = nanoClock;
    this.lookAgain = lookAgain;
  }

  /** Whether the request at the head may go. Asked again for the same one, it pays once. */
  boolean lets(RequestHeader request) {
    return lets(bytes(request, Command.READ), bytes(request, Command.WRITE));
  }

  /** As {@link #lets(RequestHeader)}, for a READ. */
  boolean letsRead(long bytes) {
    return lets(bytes, 0);
  }

  private boolean lets(long readBytes, long writtenBytes) {
    if (!ofExport.isLimiting() && !ofVolume.isLimiting()) return true;
    long now = nanoClock.getAsLong();
    Throttle.Ticket held = ticket;
    if (held == null) {
      held = new Throttle.Ticket();
      ofExport.join(held, readBytes, writtenBytes, now);
      ofVolume.join(held, readBytes, writtenBytes, now);
      ticket = held;
      waitingSinceNanos = now;
    }
    long waitNanos = held.waitNanos(now);
    if (waitNanos == 0) return true;
    waited = true;
    if (nap == null) {
      nap = loop.schedule(this::wake, nap(waitNanos), TimeUnit.NANOSECONDS);
    }
    return false;
  }

  private static long nap(long waitNanos) {
    return Math.clamp(waitNanos, NAP_NANOS_MIN, NAP_NANOS_MAX);
  }

  private static long bytes(RequestHeader request, Command command) {
    return request.command() == command ? request.lengthBytes() : 0;
  }

  private void wake() {
    nap = null;
    lookAgain.run();
  }

  /**
   * The request at the head was taken.
   *
   * @return for how many nanoseconds it was held back
   */
  long took() {
    ticket = null;
    if (!waited) return 0;
    waited = false;
    return nanoClock.getAsLong() - waitingSinceNanos;
  }

  /** The request at the head is not carried out after all. */
  void dropped() {
    waited = false;
    Throttle.Ticket unused = ticket;
    ticket = null;
    if (unused != null) unused.giveBack(nanoClock.getAsLong());
  }

  /** The connection is gone. */
  void close() {
    dropped();
    ScheduledFuture<?> pending = nap;
    nap = null;
    if (pending != null) pending.cancel(false);
  }
}
