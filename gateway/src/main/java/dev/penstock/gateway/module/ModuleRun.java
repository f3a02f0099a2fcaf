package dev.penstock.gateway.module;

import dev.penstock.gateway.plugin.Kinds;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.module.GatewayModule;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;

/**
 * One life of a module, from its start to when nothing of it is left. Calls come one at a time:
 * {@code start}, then {@code end} once, whether or not the start succeeded.
 */
final class ModuleRun {
  private final String name;
  private final ModuleHost host;
  private final String plugin;
  private final ModuleVerticle shell;
  private final HostModuleContext context;
  private final ClassLoader loader;
  private Optional<String> deployment = Optional.empty();
  private Optional<LoopProbe.Watch> watch = Optional.empty();

  ModuleRun(String module, Block settings, Kinds.Made<GatewayModule> made, ModuleHost host) {
    this.name = module;
    this.host = host;
    this.plugin = made.plugin();
    this.loader = made.loader();
    this.shell = new ModuleVerticle(made.object());
    this.context = new HostModuleContext(module, settings, made.loader(), host);
  }

  String plugin() {
    return plugin;
  }

  Future<Void> start() {
    return host.vertx()
        .deployVerticle(shell, host.options(loader))
        .compose(id -> {
          deployment = Optional.of(id);
          watch = Optional.of(host.probe().watch(name, shell.loop()));
          return within(host.limits().start(), shell.begin(context), "start");
        });
  }

  Future<Boolean> reconfigure(Block settings) {
    return within(host.limits().start(), shell.reconfigure(settings), "take its new settings")
        .onSuccess(taken -> {
          if (taken) context.changed(settings);
        });
  }

  /** Takes everything back in any case, and fails with the first thing that did not go well. */
  Future<Void> end() {
    if (deployment.isEmpty()) return context.takeBack();
    return within(host.limits().stop(), shell.end(), "stop")
        .transform(stopped ->
            context
                .takeBack()
                .compose(_ -> host.undeploy(deployment.orElseThrow()))
                .onComplete(_ -> watch.ifPresent(LoopProbe.Watch::close))
                .compose(_ -> outcome(stopped)));
  }

  private static Future<Void> outcome(AsyncResult<Void> stopped) {
    return stopped.failed() ? Future.failedFuture(stopped.cause()) : Future.succeededFuture();
  }

  private <T> Future<T> within(Duration limit, Future<T> work, String doing) {
    return host.deadline()
        .within(
            limit,
            work,
            () ->
                new GatewayError.Failed(
                    Scope.MODULE, "it did not %s within %d ms".formatted(doing, limit.toMillis())));
  }
}
