package dev.penstock.nbd.mirror;

import dev.penstock.nbd.client.ClientLoop;
import dev.penstock.nbd.client.Link;
import dev.penstock.nbd.client.Offer;
import dev.penstock.nbd.client.Request;
import dev.penstock.nbd.client.ServerErrors;
import dev.penstock.nbd.client.ServerUri;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.handoff.BlockTarget.Farewell;
import dev.penstock.spi.handoff.BlockTargets.Aim;
import io.vertx.core.Vertx;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The one connection of a mirror. It is never made again: a server whose connection was lost has
 * forgotten what it was sent, and so whoever mirrors begins anew.
 *
 * <pre>
 *   CONNECTING ─► HELLO ─► OPEN ─► LEAVING ─► over
 *       └───────────┴────────┴────────────────►┘
 * </pre>
 *
 * <p><b>Threads.</b> Calls come on threads that may wait, {@link #close} on any; the link is on one
 * event loop.
 */
final class Line implements Link.Owner {
  private enum State {
    CONNECTING,
    HELLO,
    OPEN,
    /** It was said that this was all. */
    LEAVING
  }

  /** When whoever mirrors tries again. */
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private static final Duration SCAN_MIN = Duration.ofMillis(10);
  private static final Duration SCAN_MAX = Duration.ofSeconds(1);

  /** Only silence counts: while answers come, one of them may be late. */
  private static final Duration GIVE_UP = Duration.ofDays(365);

  private final Vertx vertx;
  private final ClientLoop loop;
  private final MirrorUri uri;
  private final Aim aim;
  private final MirrorLimits limits;
  private final Link.Limits linkLimits;
  private final NetClient client;
  private final UnderWay underWay;
  private final CompletableFuture<Offer> opened = new CompletableFuture<>();
  private final CompletableFuture<Farewell> farewell = new CompletableFuture<>();

  // On the event loop:
  private final Link link;
  private State state = State.CONNECTING;
  private long cookie;
  private long helloTimer = -1;
  private long scanTimer = -1;
  private @Nullable GatewayError end;

  Line(Vertx vertx, ClientLoop loop, MirrorUri uri, Aim aim, MirrorLimits limits) {
    this.vertx = vertx;
    this.loop = loop;
    this.uri = uri;
    this.aim = aim;
    this.limits = limits;
    this.linkLimits =
        new Link.Limits(limits.connect().plus(limits.hello()), aim.answerLimit(), GIVE_UP);
    this.underWay = new UnderWay(limits.requests(), loop);
    this.link = new Link(uri.server(), aim.tls(), uri.oldStyle(), this);
    var options =
        new NetClientOptions()
            .setTcpNoDelay(true)
            .setTcpKeepAlive(true)
            .setTcpQuickAck(true); // the server speaks first
    aim.bindTo().ifPresent(options::setLocalAddress);
    this.client = vertx.createNetClient(options);
  }

  static GatewayError stopping(MirrorUri uri) {
    return new GatewayError.Unavailable(
        Scope.RESOURCE, AGAIN, "%s: the gateway is stopping".formatted(uri));
  }

  /** Connects and negotiates; throws what that fails with. */
  Offer open() {
    if (uri.server().tls() && aim.tls().isEmpty())
      throw new GatewayError.Invalid("%s: no TLS settings to reach it with".formatted(uri));
    if (!loop.run(this::connect)) throw stopping(uri);
    return loop.join(opened);
  }

  /** Sends a change, which is answered later, once there is a place for it. */
  void send(Request request) {
    underWay.enter();
    hand(request);
  }

  /** The same of a WRITE, of which a copy is sent. */
  void sendCopy(long offset, ByteBuffer source, boolean durably) {
    underWay.enter();
    ByteBuffer copy = underWay.buffer().put(source).flip();
    Request write = Request.write(offset, copy, durably, System.nanoTime());
    var _ = write.done.thenRun(() -> underWay.giveBack(copy));
    hand(write);
  }

  /** Sends a request and waits for its answer. */
  Request ask(Request request) {
    send(request);
    return loop.join(request.done);
  }

  /** Waits until everything that was sent has its answer. */
  void awaitAll() {
    underWay.awaitAll();
  }

  /** Comes when nothing is under way. Throws only what came before the message was sent. */
  Farewell disconnect() {
    underWay.requireWell();
    if (!loop.run(this::leave)) throw stopping(uri);
    try {
      return loop.join(farewell);
    } catch (GatewayError e) {
      // A loop that has ended tells nobody what became of it: it may have been sent.
      if (farewell.isDone()) throw e;
      return Farewell.UNSURE;
    }
  }

  /** Harmless twice. */
  void close() {
    var over = new CompletableFuture<Boolean>();
    boolean ends =
        loop.run(() -> {
          link.lose(Link.Why.ENDED, new ProtocolError("given up"));
          over.complete(true);
        });
    try {
      if (ends) loop.join(over);
    } catch (GatewayError.Unavailable _) {
      // The loop has ended meanwhile, and every socket with it.
    }
    client.close();
  }

  private void hand(Request request) {
    if (!loop.run(() -> put(request))) underWay.fail(stopping(uri));
  }

  // Everything below is on the event loop.

  private void connect() {
    if (end != null) return; // closed meanwhile
    scanTimer = vertx.setPeriodic(scan().toMillis(), _ -> link.scan(System.nanoTime(), linkLimits));
    try {
      client
          .connect(options())
          .onSuccess(this::connected)
          .onFailure(cause -> link.lose(Link.Why.CONNECT, cause));
    } catch (RuntimeException impossible) { // an address to bind to that is none
      link.lose(Link.Why.CONNECT, impossible);
    }
  }

  private void connected(NetSocket socket) {
    state = State.HELLO;
    if (end == null)
      helloTimer =
          vertx.setTimer(
              limits.hello().toMillis(),
              _ -> link.lose(Link.Why.SILENT, new ProtocolError("no hello")));
    link.connected(socket);
  }

  private ConnectOptions options() {
    SocketAddress address =
        switch (uri.server().server()) {
          case ServerUri.Server.Tcp(String host, int port) ->
              SocketAddress.inetSocketAddress(port, host);
          case ServerUri.Server.Unix(var path) ->
              SocketAddress.domainSocketAddress(path.toString());
        };
    return new ConnectOptions()
        .setRemoteAddress(address)
        .setTimeout((int) limits.connect().toMillis());
  }

  private Duration scan() {
    Duration often = aim.answerLimit().dividedBy(8);
    if (often.compareTo(SCAN_MIN) < 0) return SCAN_MIN;
    return often.compareTo(SCAN_MAX) > 0 ? SCAN_MAX : often;
  }

  private void put(Request request) {
    if (end != null) {
      request.done.completeExceptionally(end);
      return;
    }
    request.cookie = ++cookie;
    link.send(request);
    link.flush();
  }

  private void leave() {
    if (end != null) {
      farewell.completeExceptionally(end);
      return;
    }
    link.disconnect(() -> {
      state = State.LEAVING;
      helloTimer =
          vertx.setTimer(
              limits.farewell().toMillis(),
              _ -> link.lose(Link.Why.SILENT, new ProtocolError("stayed")));
    });
  }

  @Override
  public void ready(Link ready, Offer offer) {
    vertx.cancelTimer(helloTimer);
    state = State.OPEN;
    opened.complete(offer);
  }

  /** The first error answers for all that follows. */
  @Override
  public void answered(Request request) {
    if (request.error == 0) {
      request.done.complete(request);
    } else {
      GatewayError error = ServerErrors.of(uri.server(), request);
      underWay.fail(error);
      request.done.completeExceptionally(error);
    }
    underWay.leave();
  }

  @Override
  public void unanswered(Request request) {
    request.done.completeExceptionally(
        end == null ? stopping(uri) : end); // lost comes first: there is an end
  }

  @Override
  public void lost(Link lost, Link.Why why, Throwable cause) {
    vertx.cancelTimer(helloTimer);
    vertx.cancelTimer(scanTimer);
    GatewayError error = whatHappened(why, cause);
    end = error;
    underWay.fail(error);
    opened.completeExceptionally(error);
    if (state != State.LEAVING) farewell.completeExceptionally(error);
    else farewell.complete(isGoodOrder(why, cause) ? Farewell.HEARD : Farewell.UNSURE);
  }

  /** An end of its input, and no reset: whoever reads the message closes like that. */
  private static boolean isGoodOrder(Link.Why why, Throwable cause) {
    return why == Link.Why.CLOSED && cause instanceof ProtocolError;
  }

  private GatewayError whatHappened(Link.Why why, Throwable cause) {
    String text = ServerErrors.text(cause);
    return switch (why) {
      case CONNECT ->
          cause instanceof GatewayError refusal
              ? refusal
              : later("failed to connect to %s: %s".formatted(uri, text));
      case SILENT ->
          later(
              "%s did not answer within %s"
                  .formatted(uri, text(state == State.OPEN ? aim.answerLimit() : limits.hello())));
      case CLOSED, SHUTDOWN ->
          later(
              state == State.HELLO
                  ? "was rejected by %s: %s".formatted(uri, text)
                  : "%s was lost: %s".formatted(uri, text));
      case PROTOCOL ->
          state == State.HELLO
              ? new GatewayError.Unsupported("was rejected by %s: it %s".formatted(uri, text))
              : later("%s was lost: it answers %s".formatted(uri, text));
      case ENDED -> later("%s: %s".formatted(uri, text));
    };
  }

  private static GatewayError later(String what) {
    return new GatewayError.Unavailable(Scope.RESOURCE, AGAIN, what);
  }

  private static String text(Duration limit) {
    return limit.toMillis() % 1000 == 0 ? limit.toSeconds() + " s" : limit.toMillis() + " ms";
  }
}
