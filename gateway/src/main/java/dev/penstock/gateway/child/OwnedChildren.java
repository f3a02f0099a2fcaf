package dev.penstock.gateway.child;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.process.Child;
import dev.penstock.spi.process.Children;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The children of one module.
 *
 * <p><b>Lifecycle.</b> {@link #killAll} when the module has stopped; none is started after that.
 * <b>Threads.</b> Any; nothing blocks.
 */
public final class OwnedChildren implements Children {
  /** Each takes three threads and three descriptors of the gateway. */
  static final int CHILDREN_MAX = 64;

  private static final Duration ASK_AGAIN = Duration.ofSeconds(5);
  private static final Logger log = LoggerFactory.getLogger(OwnedChildren.class);

  private final Vertx vertx;
  private final String owner;
  private final Map<String, String> environment;
  private final Duration grace;
  private final Set<RunningChild> running = new HashSet<>(); // guarded by this
  private int starting; // guarded by this
  private boolean closed; // guarded by this

  /**
   * @param owner such as "module replication", for the log
   * @param grace what one has to end that was asked to, before it is made to
   */
  public OwnedChildren(Vertx vertx, String owner, Duration grace) {
    this(vertx, owner, grace, System.getenv());
  }

  OwnedChildren(Vertx vertx, String owner, Duration grace, Map<String, String> environment) {
    this.vertx = vertx;
    this.owner = owner;
    this.grace = grace;
    this.environment = ChildEnvironment.of(environment);
  }

  @Override
  public Future<Child> start(List<String> command) {
    Optional<GatewayError> refusal = enter(command);
    if (refusal.isPresent()) return Future.failedFuture(refusal.get());
    var child = new RunningChild(vertx.getOrCreateContext(), owner, command, environment, grace);
    return Caller.here().answer(child.start().transform(started -> begun(child, started)));
  }

  private Future<Child> begun(RunningChild child, io.vertx.core.AsyncResult<Void> started) {
    boolean late = leave(child, started.succeeded());
    if (started.failed()) return Future.failedFuture(started.cause());
    child.exited().onComplete(_ -> forget(child));
    if (!late) return Future.succeededFuture(child);
    child.kill();
    return Future.failedFuture(stopped());
  }

  private synchronized Optional<GatewayError> enter(List<String> command) {
    if (command.isEmpty() || command.getFirst().isEmpty())
      return Optional.of(new GatewayError.Invalid("a command has a program; this one is empty"));
    if (closed) return Optional.of(stopped());
    if (running.size() + starting >= CHILDREN_MAX)
      return Optional.of(
          new GatewayError.Unavailable(
              Scope.MODULE,
              ASK_AGAIN,
              "%s runs %d programs, as many as a module may; %s was not started"
                  .formatted(owner, CHILDREN_MAX, command.getFirst())));
    starting++;
    return Optional.empty();
  }

  /** Whether it has come too late. */
  private synchronized boolean leave(RunningChild child, boolean runs) {
    starting--;
    if (runs) running.add(child);
    return closed;
  }

  private synchronized void forget(RunningChild child) {
    running.remove(child);
  }

  private GatewayError stopped() {
    return new GatewayError.Unavailable(
        Scope.MODULE, ASK_AGAIN, owner + " has stopped and starts no programs");
  }

  /** Kills what runs. Completes when all have ended, or will not; does not fail. */
  public Future<Void> killAll() {
    List<RunningChild> left;
    synchronized (this) {
      closed = true;
      left = List.copyOf(running);
    }
    return Future.join(left.stream().map(this::killed).toList()).otherwiseEmpty().mapEmpty();
  }

  private Future<Void> killed(RunningChild child) {
    return child
        .killed()
        .map(ended -> {
          if (!ended)
            log.atWarn()
                .addKeyValue("owner", owner)
                .addKeyValue("program", child.program())
                .addKeyValue("pid", child.pid())
                .log("a program does not end, whatever is done to it; it is left");
          return null;
        });
  }
}
