package dev.penstock.nbd.serve;

import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.receive.Arrival;
import dev.penstock.nbd.receive.Reception;
import dev.penstock.nbd.transmit.Connection;
import dev.penstock.nbd.transmit.Surroundings;
import dev.penstock.spi.module.Serving;
import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
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

  /** May shrink while it is looked at: what is found out may end a connection. */
  private final Set<Connection> mine = ConcurrentHashMap.newKeySet();

  private final AtomicInteger taken = new AtomicInteger();
  private long timer = -1;
  private Duration scanEvery = Duration.ZERO;
  private final AtomicBoolean draining = new AtomicBoolean();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final Promise<Void> drained = Promise.promise();
  private final Promise<Void> ended = Promise.promise();
  private volatile Optional<Context> context = Optional.empty();
  private volatile Optional<ServingLoop> loop = Optional.empty();

  /** Counts the clients that found no place. */
  @FunctionalInterface
  public interface RefusedConnections {
    void refused(String peer, String listener, int connectionsMax);
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
    scanAsOftenAsTheLimitsSay();
    return Future.succeededFuture();
  }

  /** Where its sockets live; there is one once it has started. */
  ServingLoop loop() {
    return loop.orElseThrow(() -> new IllegalStateException("not started"));
  }

  Future<Void> pause(Duration delay) {
    return vertx.timer(delay.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** How many it serves, and those that are on their way to it. Any thread. */
  int connections() {
    return taken.get();
  }

  /** Serves a client that was accepted, or closes it if there is no place. Any thread. */
  void take(Channel client, Listener listener) {
    taken.incrementAndGet();
    try {
      loop().execute(() -> connected(client, listener));
    } catch (RejectedExecutionException _) { // its loop has ended
      taken.decrementAndGet();
      client.unsafe().closeForcibly();
    }
  }

  private void connected(Channel client, Listener listener) {
    Optional<Reception> reception = listener.receives();
    if (reception.isPresent()) receive(client, reception.get());
    else serve(client, listener);
  }

  /** Sources have places of their own. */
  private void receive(Channel client, Reception reception) {
    Optional<Arrival> source =
        client.remoteAddress() instanceof InetSocketAddress remote
            ? reception.take(remote.getAddress(), PeerText.of(client))
            : Optional.empty(); // it left before it was looked at
    if (source.isEmpty()) {
      taken.decrementAndGet();
      client.unsafe().closeForcibly();
      return;
    }
    source.get().ended().onComplete(_ -> taken.decrementAndGet());
    loop().add(client, source.get()).onFailure(_ -> source.get().neverCame());
  }

  private void serve(Channel client, Listener listener) {
    String peer = PeerText.of(client);
    if (stopped.get() || !book.takePlace()) {
      refused.refused(peer, listener.address(), book.connectionsMax());
      taken.decrementAndGet();
      client.unsafe().closeForcibly();
      return;
    }
    var connection =
        new Connection(book.nextId(), peer, asks(client), listener, clock.instant(), surroundings);
    book.add(connection);
    mine.add(connection);
    connection
        .ended()
        .onComplete(_ -> {
          taken.decrementAndGet();
          mine.remove(connection);
          book.remove(connection);
        });
    loop().add(client, connection.handler()).onFailure(_ -> connection.neverCame());
  }

  private static Peer asks(Channel client) {
    return client.remoteAddress() instanceof InetSocketAddress remote
        ? new Peer(Optional.of(remote.getAddress()), false, Optional.empty())
        : Peer.LOCAL;
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
    for (Connection connection : mine) {
      try {
        connection.scan(now);
      } catch (Throwable lost) { // memory ran out, or there is a bug
        // One connection's trouble must not keep the others from being looked at.
        log.atError()
            .setCause(lost)
            .addKeyValue("connection", connection.id())
            .log("cannot look after a connection; it is ended");
        connection.end();
      }
    }
  }

  /**
   * Lets what is under way end, and cuts what has not after its limit. Who connects meanwhile is
   * still accepted: it is told that the server is stopping, which a closed port would not say. Any
   * thread; asked twice it drains once. Completes when nothing of those who were served is left.
   */
  public Future<Void> drain() {
    if (draining.compareAndSet(false, true)) onLoop(this::drainHere, drained);
    return drained.future();
  }

  /** Drains, and then ends all that is left: nobody is accepted any more. Any thread. */
  @Override
  public Future<Void> stop() {
    return drain()
        .transform(_ -> {
          if (stopped.compareAndSet(false, true)) onLoop(this::endAll, ended);
          return ended.future();
        });
  }

  private void onLoop(Supplier<Future<Void>> work, Promise<Void> done) {
    context.ifPresentOrElse(
        here -> here.runOnContext(_ -> work.get().onComplete(done)), done::complete);
  }

  private Future<Void> drainHere() {
    List<Future<Void>> leaving = new ArrayList<>();
    for (Connection connection : mine) {
      if (!connection.isServed()) continue;
      connection.leave(surroundings.limits().shutdown());
      leaving.add(connection.ended());
    }
    return Future.join(leaving).mapEmpty();
  }

  private Future<Void> endAll() {
    mine.forEach(Connection::end);
    return Future.join(mine.stream().map(Connection::ended).toList())
        .transform(_ -> {
          vertx.cancelTimer(timer);
          return Future.succeededFuture();
        });
  }
}
