package dev.penstock.replication.job;

import dev.penstock.replication.plan.ErrorClass;
import dev.penstock.replication.report.RunLog;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/** Waits for a peer that is away, for a limit at most. On the thread of a run. */
final class Patience {
  private static final Duration ASK_EVERY = Duration.ofSeconds(4);

  private final Duration limit;
  private final RunLog log;
  private final InstantSource clock;

  Patience(Duration limit, RunLog log, InstantSource clock) {
    this.limit = limit;
    this.log = log;
    this.clock = clock;
  }

  /** A question that a peer may not be there to answer. */
  @FunctionalInterface
  interface Question<T> {
    T ask() throws InterruptedException;
  }

  /**
   * Asks until there is an answer. Throws what the question fails with, unless that is that the
   * peer is away; and that, if it is so for longer than the limit.
   */
  <T> T of(Question<T> question) throws InterruptedException {
    long beganNanos = System.nanoTime();
    boolean said = false;
    try {
      while (true)
        try {
          return question.ask();
        } catch (GatewayError why) {
          if (ErrorClass.of(why) != ErrorClass.WAIT_FOR_PEER) throw why;
          long leftNanos = limit.toNanos() - (System.nanoTime() - beganNanos);
          if (leftNanos <= 0) throw gone(why);
          if (!said) log.waitsForPeer(why, clock.instant().plusNanos(leftNanos));
          said = true;
          TimeUnit.NANOSECONDS.sleep(Math.min(ASK_EVERY.toNanos(), leftNanos));
        }
    } finally {
      log.waitsNoMore();
    }
  }

  private GatewayError gone(GatewayError why) {
    return new GatewayError.Unavailable(
        Scope.CONNECTION,
        ASK_EVERY,
        "the peer was away for %d s: %s".formatted(limit.toSeconds(), why.what()),
        why);
  }
}
