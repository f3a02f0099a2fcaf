package dev.penstock.nbd.export;

import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Tokens that come at a rate, and tickets for them. Who wants tokens gets a ticket at once, and may
 * go when all tokens up to its own have come: first come, first served, and what was paid for is
 * never paid for again.
 *
 * <p>From the start to any moment, no more goes than rate × time and one burst. Fractions of tokens
 * are carried over, so nothing drifts.
 *
 * <p><b>Threads.</b> Any. <b>Units.</b> Time is nanoseconds of one clock. Pure but for its memory.
 */
final class TokenBucket {
  private static final long NANOS = 1_000_000_000;

  private long perSecond;
  private long burst;
  private long atNanos;

  /** How many tokens all tickets so far are for. */
  private long ticketed;

  /** How many have come; never more than a burst beyond what there are tickets for. */
  private long come;

  /**
   * Tickets that were given back before the tokens for them came, from their first token to behind
   * their last: nobody waits for those any more. Each lies between tickets that are still held, so
   * there are no more of them than of those.
   */
  private final NavigableMap<Long, Long> unused = new TreeMap<>();

  /** Billionths of a token. */
  private long fraction;

  /** A bucket that is full; without a limit until {@link #rate} sets one. */
  TokenBucket(long nowNanos) {
    atNanos = nowNanos;
  }

  /**
   * From now on tokens come at another rate. Tickets stay what they are.
   *
   * @param perSecond 0 for no limit
   * @param burst how many are kept for later while nobody wants them
   */
  synchronized void rate(long perSecond, long burst, long nowNanos) {
    advance(nowNanos);
    boolean unlimitedBefore = this.perSecond == 0;
    this.perSecond = perSecond;
    this.burst = burst;
    fraction = 0;
    if (unlimitedBefore) come = ticketed + burst;
    if (perSecond == 0) unused.clear();
    come = Math.min(come, ticketed + burst);
  }

  /** A ticket for some tokens. */
  synchronized long ticket(long tokens, long nowNanos) {
    advance(nowNanos);
    ticketed += tokens;
    return ticketed;
  }

  /** How long a ticket has to wait still; 0 if it may go. Asked again after so long, it may. */
  synchronized long waitNanos(long ticket, long nowNanos) {
    advance(nowNanos);
    if (perSecond == 0 || come >= ticket) return 0;
    long missing = ticket - come;
    for (var gap : unused.headMap(ticket).entrySet()) missing -= gap.getValue() - gap.getKey();
    double nanos = ((double) missing * NANOS - fraction) / perSecond;
    return (long) Math.min(nanos, Long.MAX_VALUE / 2.0) + 1;
  }

  /**
   * A ticket for some tokens will not be used: those who wait behind it go so much earlier, and
   * those before it as if it were still there.
   */
  synchronized void giveBack(long ticket, long tokens, long nowNanos) {
    advance(nowNanos);
    if (perSecond == 0) return;
    long begin = ticket - tokens;
    long end = ticket;
    var next = unused.ceilingEntry(end);
    if (next != null && next.getKey() == end) {
      unused.remove(end);
      end = next.getValue();
    }
    var before = unused.lowerEntry(begin);
    if (before != null && before.getValue() == begin) begin = before.getKey();
    unused.put(begin, end);
    skipUnused();
  }

  /** Nothing has to come for what is next in line and unused. */
  private void skipUnused() {
    for (var gap = unused.firstEntry();
        gap != null && gap.getKey() <= come;
        gap = unused.firstEntry()) {
      come = Math.min(come + gap.getValue() - gap.getKey(), ticketed + burst);
      if (come == ticketed + burst) fraction = 0;
      unused.remove(gap.getKey());
    }
  }

  private void advance(long nowNanos) {
    come(nowNanos);
    skipUnused();
  }

  private void come(long nowNanos) {
    long elapsed = Math.max(0, nowNanos - atNanos);
    atNanos += elapsed;
    long missing = ticketed + burst - come;
    if (perSecond == 0 || missing <= 0) {
      fraction = 0;
      return;
    }
    long seconds = elapsed / NANOS;
    if (seconds > missing / perSecond) {
      come += missing;
      fraction = 0;
      return;
    }
    long nanos = elapsed % NANOS;
    // Split, so that no product is beyond 63 bits: a rate has up to 40 bits, a second 30.
    long parts = perSecond % NANOS * nanos + fraction;
    long tokens = seconds * perSecond + perSecond / NANOS * nanos + parts / NANOS;
    come += Math.min(tokens, missing);
    fraction = tokens >= missing ? 0 : parts % NANOS;
  }
}
