package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import java.time.Duration;
import java.util.Optional;

/**
 * Tells a client that hangs: what it owes, since when, and which limit that is over. Only what a
 * client owes counts, never what it waits for; one that owes nothing is idle, and may be for ever.
 *
 * <p><b>Threads.</b> One, that looks now and then. Pure but for its memory: the caller ends the
 * connection.
 */
final class HangWatchdog {
  /** What is over its limit. */
  record Hang(Observer.Cut why, String detail) {}

  private final Limits limits;
  private final long connectedNanos;
  private final Patience unfinished;
  private final Patience unread;

  HangWatchdog(Limits limits, long nowNanos) {
    this.limits = limits;
    this.connectedNanos = nowNanos;
    this.unfinished = new Patience(limits.request(), Limits.PROGRESS_BYTES);
    this.unread = new Patience(limits.reply(), Limits.PROGRESS_BYTES);
  }

  /** It has chosen no export yet. In total, whatever it sends: a few options are no work. */
  Optional<Hang> negotiates(long nowNanos) {
    if (nowNanos - connectedNanos < limits.handshake().toNanos()) return Optional.empty();
    return hang(Observer.Cut.HANDSHAKE, "chose no export within %d ms", limits.handshake());
  }

  /**
   * It has sent the beginning of something.
   *
   * @param request which request it is
   * @param receivedBytes how much has come, ever
   */
  Optional<Hang> owesRequest(long request, long receivedBytes, long nowNanos) {
    if (!unfinished.ranOut(request, receivedBytes, nowNanos)) return Optional.empty();
    String what = "bytes that it announced have not come for %d ms";
    return hang(Observer.Cut.REQUEST, what, limits.request());
  }

  /** Nothing that it began to send is unfinished, or it is we who do not read. */
  void owesNoRequest() {
    unfinished.rest();
  }

  /** There are replies that it has not read. */
  Optional<Hang> owesReading(Outbox outbox, long nowNanos) {
    if (!unread.ranOut(outbox.drained(), outbox.movedBytes(), nowNanos)) return Optional.empty();
    return hang(Observer.Cut.REPLY, "replies have not been read for %d ms", limits.reply());
  }

  /** Everything was read. */
  void owesNoReading() {
    unread.rest();
  }

  /** It was asked to leave, and has not left. */
  Optional<Hang> leaves(long askedNanos, long nowNanos) {
    if (nowNanos - askedNanos < limits.shutdown().toNanos()) return Optional.empty();
    String what = "requests were still under way %d ms after it was asked to leave";
    return hang(Observer.Cut.SHUTDOWN, what, limits.shutdown());
  }

  private static Optional<Hang> hang(Observer.Cut why, String what, Duration limit) {
    return Optional.of(new Hang(why, what.formatted(limit.toMillis())));
  }
}
