package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import java.time.Duration;
import java.util.Optional;

/**
 * Tells a client that hangs: what it owes, since when, and which limit that is over. Only what a
 * client owes counts, never what it waits for; one that owes nothing is idle, and may be for ever.
 *
 * <p>Who owes something while holding memory that somebody else waits for has a fraction of its
 * time: otherwise a few that stopped to read would stop everybody.
 *
 * <p><b>Threads.</b> One, that looks now and then. Pure but for its memory: the caller ends the
 * connection. Looking at a client that owes nothing allocates nothing.
 */
final class HangWatchdog {
  /** What is over its limit. */
  record Hang(Observer.Cut why, String detail) {}

  private final Limits limits;
  private final long connectedNanos;
  private final Debt request;
  private final Debt reply;

  HangWatchdog(Limits limits, long nowNanos) {
    this.limits = limits;
    this.connectedNanos = nowNanos;
    this.request = new Debt(limits.request());
    this.reply = new Debt(limits.reply());
  }

  /** It has chosen no export yet. In total, whatever it sends: a few options are no work. */
  Optional<Hang> negotiates(long nowNanos) {
    Duration limit = limits.handshake();
    return nowNanos - connectedNanos < limit.toNanos()
        ? Optional.empty()
        : hang(Observer.Cut.HANDSHAKE, "chose no export within", limit, "");
  }

  /**
   * It has sent the beginning of something.
   *
   * @param wait which request it is
   * @param receivedBytes how much has come, ever
   * @param keepsWaiting whose wait for memory it prolongs; 0 for nobody's
   */
  Optional<Hang> owesRequest(long wait, long receivedBytes, long keepsWaiting, long nowNanos) {
    String what = "bytes that it announced have not come for";
    return request.look(wait, receivedBytes, keepsWaiting, nowNanos)
        ? hang(Observer.Cut.REQUEST, what, request.over, request.others())
        : Optional.empty();
  }

  /** Nothing that it began to send is unfinished, or it is we who do not read. */
  void owesNoRequest() {
    request.rest();
  }

  /** There are replies that it has not read. As {@link #owesRequest}. */
  Optional<Hang> owesReading(long wait, long movedBytes, long keepsWaiting, long nowNanos) {
    return reply.look(wait, movedBytes, keepsWaiting, nowNanos)
        ? hang(Observer.Cut.REPLY, "replies have not been read for", reply.over, reply.others())
        : Optional.empty();
  }

  /** Everything was read. */
  void owesNoReading() {
    reply.rest();
  }

  /** It was asked to leave, and has not left. */
  Optional<Hang> leaves(long askedNanos, Duration limit, long nowNanos) {
    String what = "had requests under way, or replies to read, when it was to have left within";
    return nowNanos - askedNanos < limit.toNanos()
        ? Optional.empty()
        : hang(Observer.Cut.SHUTDOWN, what, limit, "");
  }

  private static Optional<Hang> hang(
      Observer.Cut why, String what, Duration limit, String besides) {
    return Optional.of(new Hang(why, "%s %d ms%s".formatted(what, limit.toMillis(), besides)));
  }

  /** Something that is owed, with the time for it as usual and while memory is scarce. */
  private static final class Debt {
    private final Duration usualLimit;
    private final Duration scarceLimit;
    private final Patience usual;
    private final Patience scarce;

    /** Which limit ran out. */
    private Duration over;

    private Debt(Duration limit) {
      usualLimit = limit;
      scarceLimit = limit.dividedBy(Limits.SCARCE_FRACTION);
      usual = new Patience(usualLimit, Limits.PROGRESS_BYTES);
      scarce = new Patience(scarceLimit, Limits.PROGRESS_BYTES);
      over = limit;
    }

    private void rest() {
      usual.rest();
      scarce.rest();
    }

    private String others() {
      return over.equals(usualLimit) ? "" : ", while others wait for the memory that it holds";
    }

    private boolean look(long wait, long movedBytes, long keepsWaiting, long nowNanos) {
      if (usual.ranOut(wait, movedBytes, nowNanos)) {
        over = usualLimit;
        return true;
      }
      if (keepsWaiting == 0) {
        scarce.rest();
        return false;
      }
      over = scarceLimit;
      // Both only grow: the sum is another one when either is.
      return scarce.ranOut(wait + keepsWaiting, movedBytes, nowNanos);
    }
  }
}
