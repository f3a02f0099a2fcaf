package dev.penstock.nbd.serve;

import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.transmit.Connection;
import dev.penstock.nbd.transmit.Surroundings;
import dev.penstock.spi.module.Serving;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What serves on one event loop: its share of the connections, and the timer that looks at them.
 * Nobody else's connection is ever touched.
 */
public final class NbdServing implements Serving {
  private static final Logger log = LoggerFactory.getLogger(NbdServing.class);

  /** How many clients the kernel keeps waiting to be accepted. */
  private static final int ACCEPT_BACKLOG = 1024;

  private final Vertx vertx;
  private final InstantSource clock;
  private final List<Listener> listeners;
  private final ConnectionBook book;
  private final Surroundings surroundings;
  private final RefusedConnections refused;

  private final List<NetServer> servers = new ArrayList<>();
  private final Set<Connection> mine = new HashSet<>();
  private long timer = -1;
  private Duration scanEvery = Duration.ZERO;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final Promise<Void> drained = Promise.promise();
  private volatile Optional<Context> context = Optional.empty();

  /** Counts the clients that found no place. */
  @FunctionalInterface
  public interface RefusedConnections {
    void refused(String peer, String listener, int connectionsMax);
  }

  public NbdServing(
      Vertx vertx,
      InstantSource clock,
      List<Listener> listeners,
      ConnectionBook book,
      Surroundings surroundings,
      RefusedConnections refused) {
    this.vertx = vertx;
    this.clock = clock;
    this.listeners = listeners;
    this.book = book;
    this.surroundings = surroundings;
    this.refused = refused;
  }

  @Override
  public Future<Void> start() {
    context = Optional.of(vertx.getOrCreateContext());
    scanAsOftenAsTheLimitsSay();
    Future<Void> listening = Future.succeededFuture();
    for (Listener listener : listeners) listening = listening.compose(_ -> listen(listener));
    return listening;
  }

  private Future<Void> listen(Listener listener) {
    var options =
        new NetServerOptions()
            .setTcpNoDelay(true)
            .setTcpKeepAlive(true) // a machine that vanished is no idle client
            .setAcceptBacklog(ACCEPT_BACKLOG);
    NetServer server =
        vertx.createNetServer(options).connectHandler(socket -> connected(socket, listener));
    servers.add(server);
    return server
        .listen(listener.bindTo())
        .recover(why -> Future.failedFuture(listener.claim().refused(why)))
        .map(bound -> {
          if (listener.bindTo().isInetSocket()) listener.bound(bound.actualPort());
          return null;
        });
  }

  private void connected(NetSocket socket, Listener listener) {
    String peer = peer(socket);
    if (stopping.get() || !book.takePlace()) {
      refused.refused(peer, listener.address().toString(), book.connectionsMax());
      socket.close();
      return;
    }
    var connection =
        new Connection(
            book.nextId(),
            peer,
            asks(socket),
            listener.address().toString(),
            clock.instant(),
            surroundings);
    book.add(connection);
    mine.add(connection);
    connection
        .ended()
        .onComplete(_ -> {
          mine.remove(connection);
          book.remove(connection);
        });
    socket.shutdownHandler(_ -> connection.leave("the module stops"));
    RawChannel.handle(socket, connection);
  }

  private static String peer(NetSocket socket) {
    SocketAddress remote = socket.remoteAddress();
    return remote != null && remote.isInetSocket()
        ? "%s:%d".formatted(remote.host(), remote.port())
        : "unix";
  }

  private static Peer asks(NetSocket socket) {
    return Optional.ofNullable(socket.remoteAddress())
        .filter(SocketAddress::isInetSocket)
        .map(remote ->
            new Peer(
                Optional.of(InetAddress.ofLiteral(remote.hostAddress())), false, Optional.empty()))
        .orElse(Peer.LOCAL);
  }

  private void scanAsOftenAsTheLimitsSay() {
    Duration wanted = surroundings.limits().scan();
    if (wanted.equals(scanEvery)) return;
    vertx.cancelTimer(timer);
    scanEvery = wanted;
    timer = vertx.setPeriodic(wanted.toMillis(), _ -> scan());
  }

  private void scan() {
    scanAsOftenAsTheLimitsSay();
    long now = surroundings.nanoClock().getAsLong();
    for (Connection connection : List.copyOf(mine)) {
      try {
        connection.scan(now);
      } catch (RuntimeException bug) {
        // One connection's trouble must not keep the others from being looked at.
        log.atError()
            .setCause(bug)
            .addKeyValue("connection", connection.id())
            .log("cannot look after a connection; it is ended");
        connection.end();
      }
    }
  }

  @Override
  public Future<Void> stop() {
    return drain();
  }

  /**
   * Takes no more connections, lets what is under way end, and closes what has not after its limit.
   * Any thread; asked twice it drains once. Completes when nothing of the connections is under way.
   */
  public Future<Void> drain() {
    if (stopping.compareAndSet(false, true)) {
      context.ifPresentOrElse(
          mine -> mine.runOnContext(_ -> drainHere().onComplete(drained)), drained::complete);
    }
    return drained.future();
  }

  private Future<Void> drainHere() {
    long graceMillis = surroundings.limits().shutdown().toMillis();
    List<Future<Void>> shut = new ArrayList<>();
    for (NetServer server : servers) {
      shut.add(server.shutdown(graceMillis, TimeUnit.MILLISECONDS).otherwiseEmpty());
    }
    servers.clear();
    return Future.join(shut)
        .transform(_ -> Future.join(mine.stream().map(Connection::ended).toList()))
        .transform(_ -> {
          vertx.cancelTimer(timer);
          return Future.succeededFuture();
        });
  }
}
