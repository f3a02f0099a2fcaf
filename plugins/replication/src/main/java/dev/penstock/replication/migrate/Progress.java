package dev.penstock.replication.migrate;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * How far a migration is, for whoever looks.
 *
 * <p><b>Threads.</b> One writes; any reads.
 */
public final class Progress {
  /** Where it stands. */
  public enum Phase {
    /** The destination is asked whether it takes it. */
    OFFERING,
    /** What is here is sent while clients write. */
    ROUNDS,
    /** What is left is little; the operator has to say that it may be handed over. */
    CONFIRM,
    /** Clients wait while the last difference goes. */
    FREEZING,
    /** It is given up here, and the destination has not said that it has it. */
    HANDING_OVER,
    /** The destination owns it. */
    DONE,
    /** It came to nothing: it is owned here as before. */
    ABORTED;

    boolean isOver() {
      return this == DONE || this == ABORTED;
    }
  }

  /**
   * A look at it.
   *
   * @param paceBytesPerSecond what clients may write, if they are slowed down
   */
  public record Seen(
      UUID migration,
      Phase phase,
      Instant since,
      int rounds,
      long sentBytes,
      long leftBytes,
      long bytesPerSecond,
      Optional<Duration> left,
      Optional<Duration> expectedFreeze,
      Optional<Duration> froze,
      Optional<Long> paceBytesPerSecond,
      Optional<String> trouble) {}

  /** Over how long a rate is looked at. */
  private static final double WEIGHT_SECONDS = 5;

  private UUID migration;
  private Phase phase = Phase.OFFERING;
  private Instant since;
  private int rounds;
  private long sentBytes;
  private long endBytes;
  private long leftBytes;
  private double rate;
  private long lastNanos = System.nanoTime();
  private long stretchBytes;
  private Optional<Duration> lastRound = Optional.empty();
  private Optional<Duration> froze = Optional.empty();
  private Optional<Long> paceBytesPerSecond = Optional.empty();
  private Optional<String> trouble = Optional.empty();

  Progress(UUID migration, Instant now) {
    this.migration = migration;
    this.since = now;
  }

  synchronized void moveTo(Phase next, Instant now) {
    if (phase == next) return;
    phase = next;
    since = now;
    if (next.isOver()) leftBytes = 0;
  }

  /** What came before was aborted; this is another one. */
  synchronized void again(UUID next, Instant now) {
    migration = next;
    moveTo(Phase.OFFERING, now);
  }

  synchronized Phase phase() {
    return phase;
  }

  /** A stretch of the volume is sent: from the offset to the size. */
  synchronized void begins(long offset, long sizeBytes) {
    endBytes = sizeBytes;
    leftBytes = sizeBytes - offset;
    lastNanos = System.nanoTime();
    stretchBytes = 0;
  }

  /**
   * @param bytes more of the stream
   * @param position where in the volume it is by now
   */
  synchronized void sent(long bytes, long position) {
    sentBytes += bytes;
    leftBytes = Math.max(0, endBytes - position);
    stretchBytes += bytes;
    double seconds = (System.nanoTime() - lastNanos) / 1e9;
    if (seconds < 0.1) return;
    double weight = Math.min(1, seconds / WEIGHT_SECONDS);
    rate = rate == 0 ? stretchBytes / seconds : rate + weight * (stretchBytes / seconds - rate);
    lastNanos = System.nanoTime();
    stretchBytes = 0;
  }

  synchronized void roundEnded(Duration took) {
    rounds++;
    leftBytes = 0;
    lastRound = Optional.of(took);
  }

  synchronized void froze(Duration held) {
    froze = Optional.of(held);
  }

  synchronized void paced(Optional<Long> bytesPerSecond) {
    paceBytesPerSecond = bytesPerSecond;
  }

  synchronized void trouble(Optional<String> why) {
    trouble = why;
  }

  synchronized long sentBytes() {
    return sentBytes;
  }

  synchronized int rounds() {
    return rounds;
  }

  synchronized Seen seen() {
    return new Seen(
        migration,
        phase,
        since,
        rounds,
        sentBytes,
        leftBytes,
        Math.round(rate),
        rate > 0 && phase == Phase.ROUNDS
            ? Optional.of(Duration.ofMillis(Math.round(leftBytes / rate * 1000)))
            : Optional.empty(),
        lastRound,
        froze,
        paceBytesPerSecond,
        trouble);
  }
}
