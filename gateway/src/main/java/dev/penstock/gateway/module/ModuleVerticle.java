package dev.penstock.gateway.module;

import dev.penstock.gateway.plugin.Kinds;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.module.ModuleContext;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.Optional;

/**
 * The host's shell around one {@link GatewayModule}, on whose event loop all of the module's calls
 * come. It always deploys: Vert.x keeps a verticle whose deployment failed for ever, and with it
 * the plugin's classes.
 */
final class ModuleVerticle extends VerticleBase {
  private Optional<GatewayModule> module;

  ModuleVerticle(GatewayModule module) {
    this.module = Optional.of(module);
  }

  /** A shell for an object that a plugin made. */
  static ModuleVerticle around(Kinds.Made<GatewayModule> made) {
    return new ModuleVerticle(made.object());
  }

  Context loop() {
    return context;
  }

  /** Fails with an error of the host's own. */
  Future<Void> begin(ModuleContext settings) {
    return OnLoop.call(
        context, () -> module.map(m -> m.start(settings)).orElse(Future.succeededFuture()));
  }

  Future<Boolean> reconfigure(Block settings) {
    return OnLoop.call(
        context,
        () -> module.map(m -> m.reconfigure(settings)).orElse(Future.succeededFuture(false)));
  }

  /** Once; harmless after that. */
  Future<Void> end() {
    return OnLoop.call(
        context,
        () -> {
          Optional<GatewayModule> ending = module;
          module = Optional.empty(); // Vert.x may keep this shell
          return ending.map(GatewayModule::stop).orElse(Future.succeededFuture());
        });
  }
}
