package dev.penstock.nbd.transmit;

import dev.penstock.nbd.transmit.ConnectionInfo.Phase;
import io.netty.channel.ChannelHandlerContext;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How far a connection has come, and how it ends.
 *
 * <pre>
 *   NEGOTIATING ─ GO, EXPORT_NAME ─► SERVING ─ DISC, leave ─► LEAVING ─ nothing under way, farewell ─► CLOSED
 *        ├─────────────────────────── ABORT, garbage ────────────▲                                 ▲
 *        └──────────── cut, or the client is gone ─────────────────────────────────────────────────┘
 * </pre>
 *
 * <p><b>Threads.</b> The connection's event loop, but for {@link #phase}.
 */
final class Course {
  private final LongSupplier nanoClock;
  private final Farewell farewell;
  private volatile Phase phase = Phase.NEGOTIATING;
  private boolean closing;
  private long leavingSinceNanos;
  private Duration leavingLimit;

  /**
   * @param leavingLimit how long it may take to leave, unless somebody else says
   */
  Course(LongSupplier nanoClock, Duration leavingLimit) {
    this.nanoClock = nanoClock;
    this.farewell = new Farewell(nanoClock);
    this.leavingLimit = leavingLimit;
  }

  Phase phase() {
    return phase;
  }

  /** Whether nothing of what comes in is looked at any more. */
  boolean isClosing() {
    return closing;
  }

  /** It has an export. */
  void serves() {
    phase = Phase.SERVING;
  }

  /** Another limit, counted from when it began to leave. */
  void leaveWithin(Duration limit) {
    leavingLimit = limit;
  }

  Duration leavingLimit() {
    return leavingLimit;
  }

  long leavingSinceNanos() {
    return leavingSinceNanos;
  }

  /** Closes it in good order as soon as nothing is under way. */
  void leaveWhenIdle(ChannelHandlerContext context, @Nullable Transmission serving) {
    leaving();
    if (serving == null || serving.isIdle()) closeWhenSent(context, serving);
  }

  private void leaving() {
    if (phase == Phase.LEAVING) return;
    phase = Phase.LEAVING;
    leavingSinceNanos = nanoClock.getAsLong();
  }

  /** Closes it in good order now: what was answered is still sent. */
  void closeWhenSent(ChannelHandlerContext context, @Nullable Transmission serving) {
    if (closing) return;
    leaving();
    closing = true;
    if (serving != null) {
      serving.takesNoMore();
      serving.outbox().flush();
    }
    farewell.say(context);
  }

  /** Closes it at once. */
  void close(ChannelHandlerContext context) {
    closing = true;
    var _ = context.close();
  }

  /** Whether it was closed in good order, and the client has had its time to close as well. */
  boolean isFarewellOver(long nowNanos) {
    return farewell.isOver(nowNanos);
  }

  /**
   * The channel is gone.
   *
   * @return whether that is news
   */
  boolean ends() {
    if (phase == Phase.CLOSED) return false;
    closing = true;
    phase = Phase.CLOSED;
    return true;
  }
}
