package dev.penstock.gateway.hook;

import dev.penstock.gateway.bus.Turns;
import dev.penstock.gateway.config.HookConfig;
import dev.penstock.gateway.hook.HookRun.Phase;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the hooks that concern a snapshot before and after it is taken. What was begun before is
 * ended after, in the reverse order, whatever became of it and of the snapshot.
 *
 * <p><b>Lifecycle.</b> {@link #close} while what hooks need is still there.
 *
 * <p><b>Threads.</b> Any; nothing blocks. Snapshots with hooks come one after another: the end of
 * one must not wake up what has to be quiet for the next.
 */
public final class Hooks {
  private static final Logger log = LoggerFactory.getLogger(Hooks.class);

  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final Supplier<List<HookConfig>> configured;
  private final ThreadFactory threads;
  private final Turns turns = new Turns("snapshots with hooks");
  private final Promise<Void> ended = Promise.promise();
  private Optional<HookRun> before = Optional.empty();
  private int rounds;
  private boolean closed;

  /**
   * @param configured asked for each snapshot
   */
  public Hooks(Supplier<List<HookConfig>> configured) {
    this(configured, Thread.ofPlatform().daemon().factory());
  }

  Hooks(Supplier<List<HookConfig>> configured, ThreadFactory threads) {
    this.configured = configured;
    this.threads = threads;
  }

  /**
   * Refuses more, and ends what is under way: what is run before a snapshot is killed, the snapshot
   * is not taken any more, and what was begun is ended as ever. Completes after that; harmless
   * twice.
   */
  public synchronized Future<Void> close() {
    closed = true;
    before.ifPresent(HookRun::cutShort);
    if (rounds == 0) ended.tryComplete();
    return ended.future();
  }

  private synchronized boolean enter() {
    if (!closed) rounds++;
    return !closed;
  }

  private synchronized void leave() {
    if (--rounds == 0 && closed) ended.tryComplete();
  }

  private synchronized boolean isClosed() {
    return closed;
  }

  private static <T> Future<T> stopping() {
    return Future.failedFuture(
        new GatewayError.Unavailable(
            Scope.MODULE, ASK_AGAIN, "the gateway is stopping; no snapshot was taken"));
  }

  /**
   * What came of it.
   *
   * @param warnings what the hooks had to complain about, in sentences
   */
  public record Done<T>(T result, List<String> warnings) {
    public Done {
      warnings = List.copyOf(warnings);
    }
  }

  /** Fails with what {@code work} fails with, or if a required hook did not succeed before it. */
  public <T> Future<Done<T>> around(List<SnapshotName> taken, Supplier<Future<T>> work) {
    List<String> volumes = taken.stream().map(SnapshotName::volume).toList();
    List<HookConfig> hooks =
        configured.get().stream().filter(hook -> hook.concerns(volumes)).toList();
    if (hooks.isEmpty()) return work.get().map(result -> new Done<>(result, List.of()));
    if (!enter()) return stopping();
    return turns
        .take(() -> new Round(hooks, variables(taken, volumes)).run(work))
        .onComplete(_ -> leave());
  }

  /** Empty once this is closed; until then, whoever closes finds it. */
  private synchronized Optional<HookRun> beginBefore(
      HookConfig hook, Map<String, String> variables) {
    if (closed) return Optional.empty();
    before = Optional.of(HookRun.begin(hook, Phase.PRE, variables, threads));
    return before;
  }

  private static Map<String, String> variables(List<SnapshotName> taken, List<String> volumes) {
    Map<String, String> variables = new HashMap<>();
    variables.put("PENSTOCK_VOLUMES", String.join(" ", volumes));
    variables.put(
        "PENSTOCK_SNAPSHOT",
        taken.stream().map(SnapshotName::toString).collect(Collectors.joining(" ")));
    if (volumes.size() == 1) variables.put("PENSTOCK_VOLUME", volumes.getFirst());
    return variables;
  }

  /** The hooks of one snapshot. */
  private final class Round {
    private final List<HookConfig> hooks;
    private final Map<String, String> variables;
    private final List<HookConfig> begun = new ArrayList<>();
    private final List<String> warnings = new ArrayList<>();

    Round(List<HookConfig> hooks, Map<String, String> variables) {
      this.hooks = hooks;
      this.variables = variables;
    }

    <T> Future<Done<T>> run(Supplier<Future<T>> work) {
      Future<Void> ready = Future.succeededFuture();
      for (HookConfig hook : hooks) ready = ready.compose(_ -> before(hook));
      return ready
          .compose(_ -> isClosed() ? Hooks.<T>stopping() : work.get())
          .transform(outcome -> after().transform(_ -> settled(outcome)))
          .map(result -> new Done<>(result, warnings));
    }

    private <T> Future<T> settled(AsyncResult<T> outcome) {
      return outcome.succeeded()
          ? Future.succeededFuture(outcome.result())
          : Future.failedFuture(outcome.cause());
    }

    private Future<Void> before(HookConfig hook) {
      Optional<HookRun> run = beginBefore(hook, variables);
      if (run.isEmpty()) return stopping();
      begun.add(hook);
      return run.get()
          .ended()
          .compose(failure -> {
            warn(failure);
            if (isClosed()) return stopping();
            if (failure.isEmpty() || !hook.required()) return Future.succeededFuture();
            return Future.failedFuture(
                new GatewayError.Failed(Scope.REQUEST, failure.get() + "; no snapshot was taken"));
          });
    }

    private Future<Void> after() {
      Future<Void> ended = Future.succeededFuture();
      for (HookConfig hook : begun.reversed())
        ended =
            ended.compose(_ ->
                HookRun.begin(hook, Phase.POST, variables, threads)
                    .ended()
                    .onSuccess(this::warn)
                    .mapEmpty());
      return ended;
    }

    private void warn(Optional<String> failure) {
      if (failure.isEmpty()) return;
      warnings.add(failure.get());
      log.atWarn()
          .addKeyValue("snapshot", variables.get("PENSTOCK_SNAPSHOT"))
          .addKeyValue("reason", failure.get())
          .log("a hook did not succeed");
    }
  }
}
