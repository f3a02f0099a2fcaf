package dev.penstock.nbd;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Lets what changes exports and limits happen one after the other, in the order in which it was
 * asked for: each change decides by what the one before it made, and nothing comes between its
 * decision, what the state keeps of it, and what becomes of it.
 *
 * <p>A turn waits for the module's state, and for nothing else: a volume that is slow to open must
 * not keep an operator from barring a client. Hence volumes are opened before or after it.
 *
 * <p><b>Threads.</b> The module's context.
 */
final class Turns {
  /** More than people and scripts ask for at once; only a state that hangs lets so many wait. */
  static final int WAITING_MAX = 64;

  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private Future<?> last = Future.succeededFuture();
  private int waiting;

  /** Changes something when its turn has come; fails with what {@code change} throws. */
  <T> Future<T> take(Supplier<Future<T>> change) {
    if (waiting == WAITING_MAX) {
      return Future.failedFuture(
          new GatewayError.Unavailable(
              Scope.REQUEST,
              ASK_AGAIN,
              "%d changes wait already; wait for their answers".formatted(WAITING_MAX)));
    }
    waiting++;
    Future<T> turn = last.transform(_ -> change.get());
    last = turn.onComplete(_ -> waiting--);
    return turn;
  }
}
