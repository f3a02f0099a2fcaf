package dev.penstock.gateway.module;

import static java.util.Objects.requireNonNull;

import dev.penstock.gateway.plugin.PluginFault;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a plugin's code on its event loop, and lets nothing out that is the plugin's. */
final class OnLoop {
  private static final Logger LOG = LoggerFactory.getLogger(OnLoop.class);

  private OnLoop() {}

  /** Fails with errors of the host's own: see {@link PluginFault}. */
  static <T> Future<T> call(Context loop, Supplier<Future<T>> body) {
    Promise<T> outcome = Promise.promise();
    loop.runOnContext(
        _ -> attempt(body).onComplete(outcome::complete, e -> outcome.fail(PluginFault.copy(e))));
    return outcome.future();
  }

  private static <T> Future<T> attempt(Supplier<Future<T>> body) {
    try {
      return requireNonNull(body.get(), "the plugin answered null for a future");
    } catch (Throwable thrown) { // an Error of a plugin is the plugin's, not the gateway's
      LOG.atWarn().setCause(thrown).log("a plugin threw");
      return Future.failedFuture(thrown);
    }
  }
}
