package dev.penstock.nbd.transmit;

import dev.penstock.nbd.export.ExportClient;
import dev.penstock.nbd.export.ServedExports.Attachment;
import dev.penstock.nbd.export.ServedExports.Visit;
import dev.penstock.nbd.handshake.Decision;
import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.transmit.ConnectionInfo.Phase;
import io.netty.channel.ChannelHandler;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One client, from its greeting to its end, for those who look after it: who it is, what it has,
 * whether it hangs, and how it is asked to leave. What it says goes to its {@link #handler}.
 *
 * <p><b>Threads.</b> Any, but for {@link #scan}: the channel's event loop.
 */
public final class Connection implements ExportClient {
  private final long id;
  private final String peer;
  private final String listener;
  private final Instant since;
  private final Surroundings surroundings;
  private final HangWatchdog watchdog;
  private final Course course;
  private final Conversation conversation;
  private final Promise<Void> ended = Promise.promise();
  private final Visit visit;
  private volatile String export = "";

  // The event loop's.
  private boolean cut;

  /** A client that has just connected. */
  public Connection(
      long id,
      String peer,
      Peer asks,
      Entrance entrance,
      Instant since,
      Surroundings surroundings) {
    this.id = id;
    this.peer = peer;
    this.listener = entrance.address();
    this.since = since;
    this.surroundings = surroundings;
    this.watchdog =
        new HangWatchdog(surroundings.limitsNow(), surroundings.nanoClock().getAsLong());
    this.course = new Course(surroundings.nanoClock(), surroundings.limits().shutdown());
    this.visit = surroundings.exports().visit(this);
    var exports = new Admissions(visit, this::refused);
    var opening =
        new Opening(
            entrance,
            entrance.handshake(exports, asks),
            asks,
            surroundings.limits().unreadAnswersBytes());
    this.conversation = new Conversation(new Told(), surroundings, course, opening);
  }

  /** What its channel talks to: one handler, for one channel. */
  public ChannelHandler handler() {
    return new ClientHandler(conversation);
  }

  /** Whether it has an export, and leaves it when asked to. */
  public boolean isServed() {
    return conversation.serving() != null;
  }

  /** Which connection this is, for people and the API. */
  public long id() {
    return id;
  }

  /** Its socket could not be used at all. */
  public void neverCame() {
    course.ends();
    ended.tryComplete();
  }

  /** As things are now. */
  public ConnectionInfo info() {
    Transmission serving = conversation.serving();
    return new ConnectionInfo(
        id,
        peer,
        listener,
        export,
        since,
        course.phase(),
        serving == null ? 0 : serving.requests(),
        serving == null ? 0 : serving.underWay(),
        serving == null ? 0 : serving.readBytes(),
        serving == null ? 0 : serving.writtenBytes());
  }

  private void refused(Peer peer, String askedFor, Exports.Lookup why) {
    surroundings.observer().refused(info(), peer, askedFor, why);
  }

  // How it ends.

  @Override
  public void leave(Duration limit) {
    conversation.onLoop(() -> conversation.leave(limit));
  }

  @Override
  public void bar(String why) {
    conversation.onLoop(() -> {
      if (!course.isClosing()) cut(Observer.Cut.POLICY, why);
      conversation.leave(surroundings.limits().shutdown());
    });
  }

  @Override
  public void dismiss(String why) {
    conversation.onLoop(() -> {
      if (!course.isClosing()) cut(Observer.Cut.POLICY, why);
      conversation.dismiss();
    });
  }

  /** Ends it at once, for an operator. */
  public void end() {
    conversation.onLoop(conversation::close);
  }

  /** Completes when the connection is gone and nothing of it is under way any more. */
  public Future<Void> ended() {
    return ended.future();
  }

  /** Told once, whatever else comes to light while it ends. */
  private void cut(Observer.Cut why, String detail) {
    if (cut || course.phase() == Phase.CLOSED) return;
    cut = true;
    surroundings.observer().cut(info(), why, detail);
  }

  // The hang watchdog.

  /** Looks whether the client is hanging, and at what waits for the volume. Now and then. */
  public void scan(long nowNanos) {
    if (course.phase() == Phase.CLOSED) return;
    if (course.isFarewellOver(nowNanos)) {
      conversation.close();
      return;
    }
    Transmission serving = conversation.serving();
    if (serving != null) serving.scan(nowNanos);
    Optional<HangWatchdog.Hang> hang = hangs(serving, nowNanos);
    if (hang.isEmpty()) return;
    cut(hang.get().why(), hang.get().detail());
    conversation.close();
  }

  private Optional<HangWatchdog.Hang> hangs(@Nullable Transmission serving, long nowNanos) {
    boolean leaving = course.phase() == Phase.LEAVING;
    if (serving == null && !leaving) return watchdog.negotiates(nowNanos);
    Optional<HangWatchdog.Hang> hang = Optional.empty();
    if (serving != null) hang = owesRequest(serving, nowNanos);
    if (serving != null && hang.isEmpty()) hang = owesReading(serving, nowNanos);
    // A client that said DISC has its requests finished, however long that takes.
    if (hang.isPresent() || !leaving || conversation.saidGoodbye()) return hang;
    return watchdog.leaves(course.leavingSinceNanos(), course.leavingLimit(), nowNanos);
  }

  /** Only while we read: what we make wait is not the client's fault. */
  private Optional<HangWatchdog.Hang> owesRequest(Transmission serving, long nowNanos) {
    if (conversation.owesBytes()) {
      return watchdog.owesRequest(
          serving.requests(), conversation.receivedBytes(), serving.keepsWaiting(), nowNanos);
    }
    watchdog.owesNoRequest();
    return Optional.empty();
  }

  private Optional<HangWatchdog.Hang> owesReading(Transmission serving, long nowNanos) {
    Outbox outbox = serving.outbox();
    if (!outbox.isEmpty()) {
      return watchdog.owesReading(
          outbox.drained(), outbox.movedBytes(), serving.keepsWaiting(), nowNanos);
    }
    watchdog.owesNoReading();
    return Optional.empty();
  }

  /** What it hears of its conversation. On the event loop. */
  private final class Told implements Conversation.Owner {
    @Override
    public Optional<Attachment> attach(Decision.Transmit agreed, Peer asks) {
      Optional<Attachment> attached = visit.attach(agreed.askedFor(), asks);
      attached.ifPresent(to -> export = to.export());
      return attached;
    }

    @Override
    public void admitted(Peer asks) {
      surroundings.observer().admitted(info(), asks);
    }

    @Override
    public void cut(Observer.Cut why, String detail) {
      Connection.this.cut(why, detail);
    }

    @Override
    public void ended() {
      visit.end();
      ended.tryComplete();
    }

    @Override
    public ConnectionInfo info() {
      return Connection.this.info();
    }
  }
}
