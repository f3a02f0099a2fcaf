package dev.penstock.gateway.module;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.gateway.bus.Turns;
import dev.penstock.gateway.config.ModuleConfig;
import dev.penstock.gateway.plugin.Kinds;
import dev.penstock.gateway.plugin.PluginFault;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Retry;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.GatewayEvent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The place of one configured module: its lives follow each other here, one at a time.
 *
 * <p>A start that failed is tried again only if its error says that a retry can help, and when: not
 * before that, nor before a back-off that doubles from {@link #BACKOFF_MIN} to {@link
 * #BACKOFF_MAX}.
 *
 * <p><b>Threads.</b> Any; nothing blocks. What changes the state happens in {@link Turns}.
 */
final class ModuleSlot {
  static final Duration BACKOFF_MIN = Duration.ofSeconds(1);
  static final Duration BACKOFF_MAX = Duration.ofMinutes(5);

  private record Standing(
      ModuleLife life, Optional<String> reason, Instant since, Optional<Instant> retryAt) {}

  private final ModuleHost host;
  private final Context home;
  private final Kinds kinds;
  private final Turns turns;
  private volatile ModuleConfig config;
  private volatile Standing standing;
  private volatile Optional<ModuleRun> run = Optional.empty();
  private volatile boolean wanted = true;
  private int failures; // in a row; in turns only

  ModuleSlot(ModuleConfig config, ModuleHost host, Context home, Kinds kinds) {
    this.config = config;
    this.host = host;
    this.home = home;
    this.kinds = kinds;
    this.turns = new Turns("module " + config.name());
    this.standing = new Standing(ModuleLife.STOPPED, Optional.empty(), now(), Optional.empty());
  }

  ModuleConfig config() {
    return config;
  }

  boolean isWanted() {
    return wanted;
  }

  ModuleStatus status() {
    Standing now = standing;
    return new ModuleStatus(
        config.name(),
        config.kind(),
        run.map(ModuleRun::plugin),
        now.life(),
        now.reason(),
        now.since(),
        now.retryAt(),
        host.probe().blocked(config.name()));
  }

  /** Harmless if it runs. Fails with why it does not. */
  Future<Void> start() {
    wanted = true;
    return turns.take(this::startNow);
  }

  /** It stays stopped until somebody starts it. Harmless if it is stopped. */
  Future<Void> stop() {
    wanted = false;
    return turns.take(this::endNow);
  }

  /** Stops it for as long as the gateway needs that; it is still wanted. */
  Future<Void> halt() {
    return turns.take(this::endNow);
  }

  Future<Void> restart() {
    wanted = true;
    return turns.take(() -> endNow().otherwiseEmpty().compose(_ -> startNow()));
  }

  /**
   * Gives it other settings; interrupts it only if it says that it cannot take them on the fly. One
   * that fails to take them goes on with those that it has: what stood in the way could keep it
   * from starting again, and then nothing would be served.
   */
  Future<Void> reconfigure(ModuleConfig changed) {
    return turns.take(() -> {
      if (standing.life() != ModuleLife.RUNNING) {
        config = changed;
        return wanted ? startNow() : Future.succeededFuture();
      }
      return offer(changed)
          .compose(taken -> {
            config = changed;
            return taken
                ? Future.succeededFuture()
                : endNow().otherwiseEmpty().compose(_ -> startNow());
          });
    });
  }

  private Future<Boolean> offer(ModuleConfig changed) {
    if (!changed.kind().equals(config.kind())) return Future.succeededFuture(false);
    return run.map(running -> atHome(() -> running.reconfigure(changed.settings())))
        .orElse(Future.succeededFuture(false))
        .recover(failure -> Future.failedFuture(notTaken(PluginFault.copy(failure))));
  }

  private static GatewayError notTaken(GatewayError why) {
    return new GatewayError.Failed(
        Scope.MODULE, why.what() + "; it goes on as it was, and the next reload tries again");
  }

  private Future<Void> startNow() {
    if (standing.life() == ModuleLife.RUNNING) return Future.succeededFuture();
    move(ModuleLife.STARTING, Optional.empty());
    ModuleRun begun;
    try {
      begun = new ModuleRun(config.name(), config.settings(), kinds.newModule(config.kind()), host);
    } catch (RuntimeException e) {
      return failed(PluginFault.copy(e));
    }
    run = Optional.of(begun);
    return atHome(begun::start)
        .onSuccess(_ -> started())
        .recover(failure -> atHome(begun::end).transform(_ -> failed(PluginFault.copy(failure))));
  }

  /**
   * Begins and goes on where no module is: Vert.x makes what is deployed from a verticle's loop the
   * child of that verticle, which ends with it or has just gone, and a timer that is set there
   * keeps the plugin's classes.
   */
  private <T> Future<T> atHome(Supplier<Future<T>> work) {
    Promise<T> done = Promise.promise();
    home.runOnContext(_ -> {
      Future<T> begun = Future.<Void>succeededFuture().compose(_ -> work.get());
      new Caller(home).answer(begun).onComplete(done);
    });
    return done.future();
  }

  private void started() {
    failures = 0;
    move(ModuleLife.RUNNING, Optional.empty());
    host.events().publish(new GatewayEvent.ModuleStarted(now(), config.name()));
  }

  private Future<Void> failed(GatewayError why) {
    run = Optional.empty();
    failures++;
    Optional<Instant> retryAt = retryAfter(why).map(this::retry);
    standing =
        new Standing(
            standing.life().become(ModuleLife.FAILED), Optional.of(why.what()), now(), retryAt);
    host.events()
        .publish(new GatewayEvent.ModuleFailed(now(), config.name(), why.scope(), why.what()));
    return Future.failedFuture(why);
  }

  private Optional<Duration> retryAfter(GatewayError why) {
    return switch (why.retry()) {
      case Retry.Never() -> Optional.empty();
      case Retry.After(Duration delay) -> {
        Duration backoff = backoff(failures);
        yield Optional.of(delay.compareTo(backoff) > 0 ? delay : backoff);
      }
    };
  }

  static Duration backoff(int failures) {
    Duration doubled = BACKOFF_MIN.multipliedBy(1L << Math.min(20, Math.max(0, failures - 1)));
    return doubled.compareTo(BACKOFF_MAX) < 0 ? doubled : BACKOFF_MAX;
  }

  private Instant retry(Duration delay) {
    Instant at = now().plus(delay);
    home.owner().setTimer(Math.max(1, delay.toMillis()), _ -> turns.take(() -> retryNow(at)));
    return at;
  }

  /** Only the retry that was announced last: others were overtaken by a start or a stop. */
  private Future<Void> retryNow(Instant announced) {
    boolean due = standing.retryAt().filter(announced::equals).isPresent();
    return due && wanted ? startNow() : Future.succeededFuture();
  }

  private Future<Void> endNow() {
    failures = 0;
    switch (standing.life()) {
      case STOPPED -> {
        return Future.succeededFuture();
      }
      case FAILED -> {
        move(ModuleLife.STOPPED, Optional.empty());
        return Future.succeededFuture();
      }
      case STARTING, RUNNING, STOPPING -> {}
    }
    move(ModuleLife.STOPPING, Optional.empty());
    ModuleRun ending = run.orElseThrow();
    return atHome(ending::end)
        .onSuccess(_ -> {
          run = Optional.empty();
          move(ModuleLife.STOPPED, Optional.empty());
          host.events().publish(new GatewayEvent.ModuleStopped(now(), config.name()));
        })
        .recover(failure -> notStopped(PluginFault.copy(failure)));
  }

  private Future<Void> notStopped(GatewayError why) {
    run = Optional.empty();
    move(ModuleLife.FAILED, Optional.of("it did not stop cleanly: " + why.what()));
    host.events()
        .publish(
            new GatewayEvent.ModuleFailed(
                now(), config.name(), why.scope(), "it did not stop cleanly: " + why.what()));
    return Future.failedFuture(why);
  }

  private void move(ModuleLife next, Optional<String> reason) {
    standing = new Standing(standing.life().become(next), reason, now(), Optional.empty());
  }

  private Instant now() {
    return host.clock().instant();
  }
}
