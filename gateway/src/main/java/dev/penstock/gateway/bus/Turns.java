package dev.penstock.gateway.bus;

import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Supplier;

/**
 * Lets asynchronous work of one subject happen one after the other, in the order in which it was
 * asked for.
 *
 * <p><b>Threads.</b> Any; nothing blocks. Work begins on the thread that asked for it, or on the
 * one that completed what was before it. Work has to complete: give it a limit of its own.
 */
public final class Turns {
  /** More than a person asks for: a script that does not wait for answers is told to. */
  public static final int WAITING_MAX = 32;

  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final String subject;
  private final Deque<Runnable> waiting = new ArrayDeque<>();
  private boolean busy;

  /**
   * @param subject for the message if too much waits: "module nbd"
   */
  public Turns(String subject) {
    this.subject = subject;
  }

  /** Fails with {@link GatewayError.Unavailable} if {@link #WAITING_MAX} wait already. */
  public <T> Future<T> take(Supplier<Future<T>> work) {
    return take(WAITING_MAX, work);
  }

  /** As {@link #take}, for work that gives something back, and so cannot be refused. */
  public <T> Future<T> takeRegardless(Supplier<Future<T>> work) {
    return take(Integer.MAX_VALUE, work);
  }

  private <T> Future<T> take(int waitingMax, Supplier<Future<T>> work) {
    Promise<T> outcome = Promise.promise();
    Runnable turn = () -> begin(work, outcome);
    synchronized (this) {
      if (waiting.size() >= waitingMax) return Future.failedFuture(tooMany());
      if (busy) {
        waiting.addLast(turn);
        return outcome.future();
      }
      busy = true;
    }
    turn.run();
    return outcome.future();
  }

  private <T> void begin(Supplier<Future<T>> work, Promise<T> outcome) {
    Future<T> begun;
    try {
      begun = work.get();
    } catch (Throwable thrown) { // also an Error: whoever waits has to get his turn
      begun = Future.failedFuture(thrown);
    }
    begun.onComplete(result -> {
      try {
        if (result.succeeded()) outcome.complete(result.result());
        else outcome.fail(result.cause());
      } finally {
        next(); // also if a listener threw
      }
    });
  }

  private void next() {
    Runnable turn;
    synchronized (this) {
      turn = waiting.pollFirst();
      if (turn == null) {
        busy = false;
        return;
      }
    }
    turn.run();
  }

  private GatewayError tooMany() {
    return new GatewayError.Unavailable(
        GatewayError.Scope.REQUEST,
        ASK_AGAIN,
        "%s: %d requests wait already; wait for their answers".formatted(subject, WAITING_MAX));
  }
}
