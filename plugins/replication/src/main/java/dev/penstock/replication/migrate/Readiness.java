package dev.penstock.replication.migrate;

import dev.penstock.replication.migrate.Convergence.Next;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.task.Task;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Whether a volume may be handed over now: what is left of it is little, and the operator has said
 * so, if that was wished.
 *
 * <p><b>Threads.</b> The one that moves it; {@link #confirm}: any.
 */
final class Readiness {
  /** Between rounds, while the operator has not said that it may be handed over. */
  private static final Duration ROUND_PAUSE = Duration.ofSeconds(2);

  private final Wishes wishes;
  private final Pacing pacing;
  private final Runnable waits;
  private final Semaphore confirmed = new Semaphore(0);
  private Convergence convergence;

  /**
   * @param waits told when the operator's word is all that is missing
   */
  Readiness(Wishes wishes, Pacing pacing, Runnable waits) {
    this.wishes = wishes;
    this.pacing = pacing;
    this.waits = waits;
    this.convergence = new Convergence(wishes.freeze(), wishes.throttle());
    if (!wishes.confirm()) confirmed.release();
  }

  /** The operator's word; it stays said. */
  void confirm() {
    if (confirmed.availablePermits() == 0) confirmed.release();
  }

  /** All of it is sent anew. */
  void begin() {
    convergence = new Convergence(wishes.freeze(), wishes.throttle());
  }

  /**
   * Slows clients down if nothing else helps.
   *
   * @throws GatewayError.Conflict if it would never end
   */
  boolean after(Convergence.Round round, Task task) throws InterruptedException {
    return switch (convergence.after(round)) {
      case Next.Freeze() -> isConfirmed(task);
      case Next.AnotherRound() -> false;
      case Next.Throttle(long bytesPerSecond) -> {
        pacing.slowDown(bytesPerSecond);
        yield false;
      }
      case Next.Hopeless(String why) -> throw new GatewayError.Conflict(why);
    };
  }

  /** Waits a little for the operator's word; rounds go on meanwhile. */
  private boolean isConfirmed(Task task) throws InterruptedException {
    if (confirmed.availablePermits() > 0) return true;
    waits.run();
    task.idle();
    boolean said = confirmed.tryAcquire(ROUND_PAUSE.toMillis(), TimeUnit.MILLISECONDS);
    if (said) confirmed.release();
    task.busy();
    return said;
  }
}
