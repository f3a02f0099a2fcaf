package dev.penstock.nbd.serve;

import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.transmit.Connection;
import dev.penstock.nbd.transmit.Surroundings;
import dev.penstock.spi.module.Serving;
import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What serves on one event loop: its share of the connections, and the timer that looks at them.
 * Nobody else's connection is ever touched.
 */
public final class NbdServing implements Serving {
  private static final Logger log = LoggerFactory.getLogger(NbdServing.class);

  private final Vertx vertx;
  private final InstantSource clock;
  private final ConnectionBook book;
  private final Surroundings surroundings;
  private final RefusedConnections refused;

  private final Set<Connection> mine = new HashSet<>();
  private final AtomicInteger taken = new AtomicInteger();
  private long timer = -1;
  private final AtomicBoolean stopping = new AtomicBoolean();
  private final Promise<Void> drained = Promise.promise();
  private volatile Optional<Context> context = Optional.empty();
  private volatile Optional<ServingLoop> loop = Optional.empty();

  /** Counts the clients that found no place. */
  @FunctionalInterface
  public interface RefusedConnections {
    void refused(String peer, int connectionsMax);
  }

  public NbdServing(
      Vertx vertx,
      InstantSource clock,
      ConnectionBook book,
      Surroundings surroundings,
      RefusedConnections refused) {
    this.vertx = vertx;
    this.clock = clock;
    this.book = book;
    this.surroundings = surroundings;
    this.refused = refused;
  }

  @Override
  public Future<Void> start() {
    Context here = vertx.getOrCreateContext();
    context = Optional.of(here);
    loop = Optional.of(ServingLoop.of(here, vertx));
    timer = vertx.setPeriodic(surroundings.limits().scan().toMillis(), _ -> scan());
    return Future.succeededFuture();
  }

  /** Where its sockets live; there is one once it has started. */
  ServingLoop loop() {
    return loop.orElseThrow(() -> new IllegalStateException("not started"));
  }

  /** How many it serves, and those that are on their way to it. Any thread. */
  int connections() {
    return taken.get();
  }

  /** Serves a client that was accepted, or closes it if there is no place. Any thread. */
  void take(Channel client, Listener listener) {
    taken.incrementAndGet();
    loop().execute(() -> connected(client, listener));
  }

  private void connected(Channel client, Listener listener) {
    String peer = PeerText.of(client);
    if (stopping.get() || !book.takePlace()) {
      refused.refused(peer, book.connectionsMax());
      taken.decrementAndGet();
      client.unsafe().closeForcibly();
      return;
    }
    var connection =
        new Connection(
            book.nextId(), peer, asks(client), listener, clock.instant(), surroundings);
    book.add(connection);
    mine.add(connection);
    connection
        .ended()
        .onComplete(_ -> {
          taken.decrementAndGet();
          mine.remove(connection);
          book.remove(connection);
        });
    loop().add(client, connection);
  }

  private static Peer asks(Channel client) {
    return client.remoteAddress() instanceof InetSocketAddress remote
        ? new Peer(Optional.of(remote.getAddress()), false, Optional.empty())
        : Peer.LOCAL;
  }

  private void scan() {
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
    mine.forEach(connection -> connection.leave("the module stops"));
    return Future.join(mine.stream().map(Connection::ended).toList())
        .transform(_ -> {
          vertx.cancelTimer(timer);
          return Future.succeededFuture();
        });
  }
}
