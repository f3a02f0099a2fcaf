package dev.penstock.p2p.annex;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.KeyStoreContext;
import io.vertx.core.Future;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/**
 * Calls that have to be made however busy the workers are: those that give files and locks back.
 */
final class GivingBack {
  private static final long PAUSE_MILLIS = 100;

  /** A minute: workers that take nothing for so long take nothing any more. */
  private static final int TRIES = 600;

  private GivingBack() {}

  /** As {@link KeyStoreContext#run}, again and again while the workers' queue is full. */
  static <T> Future<T> run(KeyStoreContext host, Callable<T> calls) {
    return run(host, calls, TRIES);
  }

  private static <T> Future<T> run(KeyStoreContext host, Callable<T> calls, int left) {
    return host.run(calls)
        .recover(why ->
            why instanceof GatewayError.Unavailable && left > 1
                ? host.vertx()
                    .timer(PAUSE_MILLIS, TimeUnit.MILLISECONDS)
                    .compose(_ -> run(host, calls, left - 1))
                : Future.failedFuture(why));
  }
}
