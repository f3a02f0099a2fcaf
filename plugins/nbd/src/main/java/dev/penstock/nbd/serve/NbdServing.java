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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
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

  /** May shrink while it is looked at: what is found out may end a connection. */
  private final Set<Connection> mine = ConcurrentHashMap.newKeySet();

  private long timer = -1;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final Promise<Void> drained = Promise.promise();
  private volatile Optional<Context> context = Optional.empty();

  /** Counts the clients that found no place. */
  @FunctionalInterface
  public interface RefusedConnections {
    void refused(String peer, int connectionsMax);
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
    timer = vertx.setPeriodic(surroundings.limits().scan().toMillis(), _ -> scan());
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
    if (!book.takePlace()) {
      refused.refused(peer, book.connectionsMax());
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

  private void scan() {
    long now = surroundings.nanoClock().getAsLong();
    for (Connection connection : mine) {
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
   * Lets what is under way end, cuts what has not after its limit, and then closes. Until then who
   * connects is still accepted: it is told that the server is stopping, which a closed port would
   * not say. Any thread; asked twice it drains once. Completes when nothing of the connections is
   * under way.
   */
  public Future<Void> drain() {
    if (stopping.compareAndSet(false, true)) {
      context.ifPresentOrElse(
          mine -> mine.runOnContext(_ -> drainHere().onComplete(drained)), drained::complete);
    }
    return drained.future();
  }

  private Future<Void> drainHere() {
    List<Future<Void>> leaving = new ArrayList<>();
    for (Connection connection : mine) {
      if (!connection.isServed()) continue;
      connection.leave(surroundings.limits().shutdown());
      leaving.add(connection.ended());
    }
    return Future.join(leaving)
        .transform(_ -> close())
        .transform(_ -> Future.join(mine.stream().map(Connection::ended).toList()))
        .transform(_ -> {
          vertx.cancelTimer(timer);
          return Future.succeededFuture();
        });
  }

  private Future<Void> close() {
    List<Future<Void>> closed = new ArrayList<>();
    for (NetServer server : servers) closed.add(server.close());
    servers.clear();
    return Future.join(closed).mapEmpty();
  }
}
