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
import java.util.function.Consumer;
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
  private final Consumer<Thread> starter;
  private final Set<RunningChild> children = new HashSet<>(); // guarded by this
  private boolean closed; // guarded by this

  /**
   * @param owner such as "module replication", for the log
   * @param grace what one has to end that was asked to, before it is made to
   */
  public OwnedChildren(Vertx vertx, String owner, Duration grace) {
    this(vertx, owner, grace, System.getenv(), Thread::start);
  }

  OwnedChildren(
      Vertx vertx,
      String owner,
      Duration grace,
      Map<String, String> environment,
      Consumer<Thread> starter) {
    this.vertx = vertx;
    this.owner = owner;
    this.grace = grace;
    this.environment = ChildEnvironment.of(environment);
    this.starter = starter;
  }

  @Override
  public Future<Child> start(List<String> command) {
    if (command.isEmpty() || command.getFirst().isEmpty())
      return Future.failedFuture(
          new GatewayError.Invalid("a command has a program; this one is empty"));
    var child =
        new RunningChild(vertx.getOrCreateContext(), owner, command, environment, grace, starter);
    Optional<GatewayError> refusal = enter(child);
    if (refusal.isPresent()) return Future.failedFuture(refusal.get());
    Future<Void> started = child.start();
    child.over().onComplete(_ -> forget(child));
    return Caller.here().answer(started.compose(_ -> begun(child)));
  }

  private synchronized Optional<GatewayError> enter(RunningChild child) {
    if (closed) return Optional.of(stopped());
    if (children.size() >= CHILDREN_MAX)
      return Optional.of(
          new GatewayError.Unavailable(
              Scope.MODULE,
              ASK_AGAIN,
              "%s runs %d programs, as many as a module may; %s was not started"
                  .formatted(owner, CHILDREN_MAX, child.program())));
    children.add(child);
    return Optional.empty();
  }

  /** One that comes too late is being killed: see {@link #killAll}. */
  private synchronized Future<Child> begun(RunningChild child) {
    return closed ? Future.failedFuture(stopped()) : Future.succeededFuture(child);
  }

  private synchronized void forget(RunningChild child) {
    children.remove(child);
  }

  private GatewayError stopped() {
    return new GatewayError.Unavailable(
        Scope.MODULE, ASK_AGAIN, owner + " has stopped and starts no programs");
  }

  /**
   * Kills what runs, and what is being started. Completes when all have ended, or will not; does
   * not fail.
   */
  public Future<Void> killAll() {
    List<RunningChild> left;
    synchronized (this) {
      closed = true;
      left = List.copyOf(children);
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
