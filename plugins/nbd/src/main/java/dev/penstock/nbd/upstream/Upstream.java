package dev.penstock.nbd.upstream;

import dev.penstock.nbd.client.ClientLoop;
import dev.penstock.nbd.client.Link;
import dev.penstock.nbd.client.Offer;
import dev.penstock.nbd.client.Request;
import dev.penstock.nbd.client.ServerErrors;
import dev.penstock.nbd.client.ServerUri;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Vertx;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetClient;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The requests of one volume, which {@link Links} carry. What a connection that is lost left
 * unanswered is sent again over the next; what was answered never is.
 *
 * <pre>
 *   OPENING ─► SERVING ◄──► AWAY        every state ─► CLOSED
 *                 └──────────┴──► CHANGED: the device is another one
 * </pre>
 *
 * <p><b>Lifecycle.</b> {@link #open}, then {@link #ask} as often as one likes, then {@link #close}.
 * <b>Threads.</b> These three come on threads that may block, and wait there; everything else is on
 * one event loop, so nothing here is locked.
 */
final class Upstream implements Links.Owner {
  /** What an upstream is reached with; the same for all volumes of a store. */
  record Reach(Vertx vertx, NetClient client, Optional<ClientSSLOptions> tls) {}

  private final ServerUri uri;
  private final UpstreamLimits limits;
  private final Reach reach;
  private final ClientLoop loop;
  private final UpstreamObserver observer;
  private final Semaphore places;

  private final Queue<Request> incoming = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean awake = new AtomicBoolean();
  private final CompletableFuture<Offer> opened = new CompletableFuture<>();

  // On the event loop:
  private final Deque<Request> waiting = new ArrayDeque<>();
  private final Unflushed unflushed = new Unflushed();
  private final Links links;
  private Optional<GatewayError> end = Optional.empty();
  private String awayBecause = "not connected yet";
  private long lastCookie;
  private boolean leaving;
  private long scanTimer;

  // For metrics:
  private volatile int waitingNow;

  /**
   * @param onReconnect comes on the event loop before anything is sent to a server that may have
   *     started anew
   */
  Upstream(
      UpstreamSettings.Attached volume,
      UpstreamLimits limits,
      Reach reach,
      UpstreamObserver observer,
      Runnable onReconnect) {
    this.uri = volume.uri();
    this.limits = limits;
    this.reach = reach;
    this.loop = new ClientLoop(reach.vertx.getOrCreateContext(), this::stopping);
    this.observer = observer;
    this.places = new Semaphore(limits.requests());
    this.links = new Links(volume, limits, reach, observer, unflushed, this, onReconnect);
  }

  ServerUri uri() {
    return uri;
  }

  /** How often changes that were answered and not flushed may have been lost. Any thread. */
  long doubts() {
    return unflushed.doubts();
  }

  /** How many connections serve. Any thread. */
  int connections() {
    return links.servingNow();
  }

  /** How many requests wait for a connection. Any thread. */
  @Override
  public int waiting() {
    return waitingNow;
  }

  /** Connects, once; what the first attempt fails with is thrown, and nothing is left. */
  Offer open() {
    boolean begun =
        loop.run(() -> {
          scanTimer = reach.vertx.setPeriodic(limits.scan().toMillis(), _ -> scan());
          links.connect();
        });
    if (!begun) throw stopping();
    return loop.join(opened);
  }

  /**
   * Sends a request and waits for its reply, through as many connections as it takes.
   *
   * @throws GatewayError what the server answered; {@link GatewayError.Unavailable} if nobody
   *     answered within the limit, or too many wait; {@link GatewayError.Damaged} once the device
   *     is another one
   */
  Request ask(Request request) {
    if (isOverdue(request, System.nanoTime())) // the pieces before it took all of the time
    throw unavailable(overdue(request));
    if (!places.tryAcquire())
      throw unavailable("%d calls wait for it already (requests)".formatted(limits.requests()));
    try {
      submit(request);
      return loop.join(request.done);
    } finally {
      places.release();
    }
  }

  private void submit(Request request) {
    incoming.add(request);
    if (!awake.compareAndSet(false, true) || loop.run(this::takeIn)) return;
    awake.set(false); // before it is emptied: who comes later is refused like us
    for (Request next = incoming.poll(); next != null; next = incoming.poll())
      next.done.completeExceptionally(stopping());
  }

  /** Ends what waits while nobody is there, and takes no more; what a server has goes on. */
  void closing() {
    GatewayError closed = unavailable("the volume is being closed");
    loop.run(() -> {
      leaving = true;
      if (links.servingNow() == 0) finish(closed, "the volume is closed");
    }); // without a loop, whoever waits finds that out
  }

  /** Leaves the server. Comes after the last call has returned. */
  void close() {
    var left = new CompletableFuture<Boolean>();
    boolean leaves =
        loop.run(() -> {
          finish(unavailable("the volume is closed"), "the volume is closed");
          left.complete(true);
        });
    try {
      if (leaves) loop.join(left);
    } catch (GatewayError.Unavailable _) {
      // The loop has ended meanwhile, and every socket with it.
    }
  }

  // Everything below is on the event loop.

  private void takeIn() {
    awake.set(false);
    for (Request next = incoming.poll(); next != null; next = incoming.poll()) {
      next.cookie = ++lastCookie;
      unflushed.asked(next);
      waiting.add(next);
    }
    dispatch();
  }

  private void dispatch() {
    while (!waiting.isEmpty()) {
      if (end.isPresent()) {
        waiting.poll().done.completeExceptionally(end.get());
        continue;
      }
      Optional<Link> idlest = links.idlest();
      if (idlest.isEmpty()) break;
      idlest.get().send(waiting.poll());
    }
    waitingNow = waiting.size();
    links.flush();
  }

  private void scan() {
    long now = System.nanoTime();
    links.scan(now);
    waiting.removeIf(request -> gaveUp(request, now));
    waitingNow = waiting.size();
  }

  private boolean gaveUp(Request request, long nowNanos) {
    if (!isOverdue(request, nowNanos)) return false;
    request.done.completeExceptionally(
        unavailable("%s: %s".formatted(overdue(request), awayBecause)));
    return true;
  }

  private boolean isOverdue(Request request, long nowNanos) {
    return nowNanos - request.begunNanos >= limits.giveUp().toNanos();
  }

  private String overdue(Request request) {
    return "no answer to %s within %d ms (give_up)".formatted(request, limits.giveUp().toMillis());
  }

  @Override
  public void there(Offer offer) {
    opened.complete(offer); // only the first is news
    dispatch();
  }

  @Override
  public void changed(String how) {
    String what =
        "upstream %s %s: it is not the device that was opened. Look at it, then open the volume anew"
            .formatted(uri, how);
    observer.changed(what);
    finish(new GatewayError.Damaged(what), what);
  }

  @Override
  public void away(Throwable cause) {
    awayBecause = ServerErrors.text(cause);
    if (!opened.isDone()) {
      GatewayError refusal = cause instanceof GatewayError error ? error : unavailable(awayBecause);
      finish(refusal, refusal.what());
      opened.completeExceptionally(refusal);
    } else if (leaving) {
      finish(unavailable("the volume is closed"), "it is closed");
    }
  }

  private void finish(GatewayError why, String text) {
    if (end.isEmpty()) end = Optional.of(why);
    reach.vertx.cancelTimer(scanTimer);
    links.end(text);
    dispatch();
  }

  @Override
  public void answered(Request request) {
    if (request.error == 0) {
      observer.answered(request);
      unflushed.answered(request);
      request.done.complete(request);
    } else {
      request.done.completeExceptionally(ServerErrors.of(uri, request));
    }
  }

  @Override
  public void unanswered(Request request) {
    waiting.addFirst(request);
    if (end.isPresent()) {
      dispatch();
      return;
    }
    observer.replayed();
    loop.run(this::dispatch); // once all of a connection's are back
  }

  private GatewayError stopping() {
    return unavailable("the gateway is stopping");
  }

  private GatewayError unavailable(String why) {
    return new GatewayError.Unavailable(
        Scope.RESOURCE, limits.backoffMax(), "upstream %s: %s".formatted(uri, why));
  }
}
