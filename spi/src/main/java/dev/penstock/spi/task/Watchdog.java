package dev.penstock.spi.task;

import java.time.Duration;
import java.util.Optional;

/**
 * Tells work that moves from work that hangs. Progress is a high-water mark: doing the same again
 * after a retry is no progress, and time alone is no evidence.
 *
 * <p><b>Threads.</b> {@link #reached}, {@link #busy} and {@link #idle} are for the one thread that
 * works; {@link #check} is for a timer that the work cannot block. <b>Units.</b> Those of the work:
 * bytes, requests, snapshots.
 *
 * @since SPI 1.0
 */
public final class Watchdog {
  /** Nothing moved for {@code quiet}. */
  public record Stall(long units, Duration quiet) {}

  private final long limitNanos;
  private volatile long highWaterUnits;
  private volatile long movedAtNanos;
  private volatile boolean idle;
  private volatile boolean reported;

  /**
   * @param limit how long nothing may move
   * @param nowNanos of the clock that {@link #check} will be called with
   */
  public Watchdog(Duration limit, long nowNanos) {
    this.limitNanos = limit.toNanos();
    this.movedAtNanos = nowNanos;
  }

  public void reached(long units, long nowNanos) {
    if (units <= highWaterUnits) return;
    highWaterUnits = units;
    busy(nowNanos);
  }

  /**
   * The work goes on, or begins again after a wait that was nobody's fault: the clock starts now.
   */
  public void busy(long nowNanos) {
    movedAtNanos = nowNanos;
    reported = false;
    idle = false;
  }

  /** The work waits for somebody who may take as long as he likes. */
  public void idle() {
    idle = true;
  }

  public long units() {
    return highWaterUnits;
  }

  /** Present once for each stall. */
  public Optional<Stall> check(long nowNanos) {
    long quietNanos = nowNanos - movedAtNanos;
    if (idle || reported || quietNanos < limitNanos) return Optional.empty();
    reported = true;
    return Optional.of(new Stall(highWaterUnits, Duration.ofNanos(quietNanos)));
  }
}
