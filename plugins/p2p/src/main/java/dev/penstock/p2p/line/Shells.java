package dev.penstock.p2p.line;

import dev.penstock.p2p.flow.Home;
import dev.penstock.p2p.flow.Permits;
import dev.penstock.p2p.pool.IdlePool;
import dev.penstock.p2p.wire.ClientUuid;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.ConnectionPool;
import dev.penstock.spi.content.KeyStoreContext;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * The connections to one repository: some in use, some left open for who comes next with the same
 * uuid, bypass and version.
 *
 * <p><b>Lifecycle.</b> {@link #close} ends all of them, in use or not. <b>Threads.</b> Any.
 */
final class Shells {
  /** How many requests wait for a connection, beyond those that have one. */
  static final int WAITING_MAX = 256;

  private static final Duration WAIT_LIMIT = Duration.ofSeconds(30);

  /** How long what is kept open follows what is in use. */
  private static final Duration A_WHILE = Duration.ofSeconds(30);

  private final KeyStoreContext context;
  private final ShellSettings settings;
  private final Permits inUse;
  private final Permits locks;
  private final IdlePool<Caller, LineConnection> idle;
  private final Set<LineConnection> open = ConcurrentHashMap.newKeySet();
  private final long timer;
  private volatile boolean closed;

  Shells(KeyStoreContext context, ShellSettings settings) {
    this.context = context;
    this.settings = settings;
    String repository = name(context);
    this.inUse =
        new Permits(
            context.vertx(),
            "connections to " + repository,
            settings.connections(),
            WAITING_MAX,
            WAIT_LIMIT);
    this.locks =
        new Permits(context.vertx(), "locks of " + repository, settings.locks(), 0, WAIT_LIMIT);
    this.idle = new IdlePool<>(Math.min(1, settings.idle()), settings.idle());
    this.timer = context.vertx().setPeriodic(A_WHILE.toMillis(), _ -> aWhilePassed());
  }

  static String name(KeyStoreContext context) {
    return "repository " + context.repository();
  }

  private void aWhilePassed() {
    for (LineConnection evicted : idle.aWhilePassed()) evicted.home().run(evicted::close);
  }

  Permits locks() {
    return locks;
  }

  /**
   * Has a request made, at the connection's home, and once more on a new connection if one that had
   * been left open turns out to be dead. So nothing may be made of it that cannot be made twice.
   *
   * @param request gives the connection back, or has what it answers do so; if it fails that is
   *     done here
   */
  <T> Future<T> use(Caller caller, Function<Lent, Future<T>> request) {
    Home asking = Home.here(context.vertx());
    return asking.answer(
        lend(caller, true)
            .compose(lent ->
                made(lent, request)
                    .recover(why ->
                        lent.wasIdle() && lent.connection().isClosed() && !closed
                            ? lend(caller, false).compose(fresh -> made(fresh, request))
                            : Future.failedFuture(why))));
  }

  private <T> Future<T> made(Lent lent, Function<Lent, Future<T>> request) {
    return lent.connection().home().call(() -> request.apply(lent)).onFailure(_ -> lent.giveBack());
  }

  /** A request that is over with its answer. */
  <T> Future<T> ask(Caller caller, Function<LineConnection, Future<T>> request) {
    return use(caller, lent -> request.apply(lent.connection()).onComplete(_ -> lent.giveBack()));
  }

  private Future<Lent> lend(Caller caller, boolean idleToo) {
    Home home = Home.here(context.vertx());
    return inUse
        .acquire(1)
        .compose(permit -> {
          Optional<LineConnection> left = idleToo ? idle.take(caller) : Optional.empty();
          idle.used();
          Future<LineConnection> connection =
              left.map(Future::succeededFuture).orElseGet(() -> home.call(() -> open(caller)));
          return connection
              .map(one -> new Lent(one, caller, permit, idle, left.isPresent()))
              .onFailure(_ -> {
                idle.unused();
                permit.close();
              });
        });
  }

  private Future<LineConnection> open(Caller caller) {
    String client = Messages.uuid(ClientUuid.of(caller));
    caller.bypass().forEach(Messages::uuid);
    var terms = new LineConnection.Terms(settings.uuid(), caller.version(), caller.bypass());
    return context
        .children()
        .start(settings.command(client))
        .compose(child ->
            LineConnection.open(context.vertx(), child, name(context), terms, settings.limits()))
        .map(this::opened);
  }

  private LineConnection opened(LineConnection connection) {
    open.add(connection);
    connection
        .over()
        .onSuccess(_ -> {
          open.remove(connection);
          idle.remove(connection);
        });
    if (closed) connection.close();
    return connection;
  }

  /** For those who look after it. */
  ConnectionPool pool() {
    return new ConnectionPool(
        settings.connections(),
        idle.room(),
        idle.inUse(),
        idle.size(),
        inUse.waiting(),
        idle.evicted());
  }

  /** How many programs run for it. */
  int running() {
    return open.size();
  }

  /** How many wait for their next use. */
  int waiting() {
    return idle.size();
  }

  /** How many requests have one. */
  int lent() {
    return inUse.underWay();
  }

  void close() {
    closed = true;
    context.vertx().cancelTimer(timer);
    idle.close();
    for (LineConnection connection : open) connection.home().run(connection::close);
  }
}
