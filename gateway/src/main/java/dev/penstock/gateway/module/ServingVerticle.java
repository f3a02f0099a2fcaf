package dev.penstock.gateway.module;

import dev.penstock.spi.module.Serving;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The host's shell around one {@link Serving}. It always deploys: Vert.x keeps a verticle whose
 * deployment failed for ever, and with it the plugin's classes.
 */
final class ServingVerticle extends VerticleBase {
  private Optional<Serving> serving = Optional.empty();

  Context loop() {
    return context;
  }

  /** On the shell's own event loop. Failures are the host's own errors. */
  Future<Void> begin(Supplier<? extends Serving> factory) {
    return OnLoop.call(
        context,
        () -> {
          Serving made = factory.get();
          serving = Optional.of(made);
          return made.start();
        });
  }

  /** Once for a serving that was made; harmless otherwise. Fails as {@link #begin} does. */
  Future<Void> end() {
    return OnLoop.call(
        context,
        () -> {
          Optional<Serving> ending = serving;
          serving = Optional.empty(); // Vert.x may keep this shell
          return ending.map(Serving::stop).orElse(Future.succeededFuture());
        });
  }
}
