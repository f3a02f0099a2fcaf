package dev.penstock.replication.migrate;

import java.time.Duration;
import java.util.Optional;

/**
 * Whether what is left is little enough to be sent while clients wait. Each round brings what was
 * written during the one before: as long as writers are slower than the line, each is shorter than
 * the last, down to what a round costs that brings nothing. Pure.
 */
final class Convergence {
  /** A round that takes so long is felt by nobody. */
  static final Duration UNFELT = Duration.ofMillis(60);

  /** What takes next to nothing of the time of a round: another one would be no shorter. */
  static final long LITTLE_BYTES = 256 << 10;

  /** Shorter than this part of the one before: it goes on to become less. */
  private static final double SHRINKS = 0.7;

  /** How many rounds in a row may become no shorter before something is done about it. */
  static final int STUCK_ROUNDS = 3;

  /** Clients that may write less would take it for a hang. */
  static final long PACE_BYTES_PER_SECOND_MIN = 64 << 10;

  private final Duration freeze;
  private final boolean mayThrottle;
  private long paceBytesPerSecond = Long.MAX_VALUE;
  private Optional<Round> before = Optional.empty();
  private int stuck;

  /**
   * A round that is over.
   *
   * @param took from its snapshot until the destination has it
   */
  record Round(long bytes, Duration took) {
    /** How much the clients write, and how much goes over the line, while this is sent. */
    long bytesPerSecond() {
      return Math.round(bytes / Math.max(0.001, took.toNanos() / 1e9));
    }
  }

  /** What to do next. */
  sealed interface Next {
    record AnotherRound() implements Next {}

    /** What is left takes no longer than clients may wait. */
    record Freeze() implements Next {}

    /** Clients may write so much a second, and no more. */
    record Throttle(long bytesPerSecond) implements Next {}

    /** It would never end. */
    record Hopeless(String why) implements Next {}
  }

  /**
   * @param freeze how long clients may wait
   */
  Convergence(Duration freeze, boolean mayThrottle) {
    this.freeze = freeze;
    this.mayThrottle = mayThrottle;
  }

  Next after(Round round) {
    Optional<Round> last = before;
    before = Optional.of(round);
    if (round.took().compareTo(UNFELT) <= 0 || round.bytes() <= LITTLE_BYTES)
      return new Next.Freeze();
    boolean shrinks =
        last.isEmpty() || round.took().toNanos() < last.get().took().toNanos() * SHRINKS;
    stuck = shrinks ? 0 : stuck + 1;
    if (stuck < STUCK_ROUNDS) return new Next.AnotherRound();
    stuck = 0;
    // The last difference takes as long as a round; half of the limit is left for all the rest.
    if (round.took().compareTo(freeze.dividedBy(2)) <= 0) return new Next.Freeze();
    if (!mayThrottle)
      return hopeless(
          round, "raise the bandwidth or the limit of the freeze, or let them be slowed down");
    if (paceBytesPerSecond == PACE_BYTES_PER_SECOND_MIN)
      return hopeless(
          round,
          "they are slowed down as far as it goes; raise the bandwidth or the limit of the freeze");
    paceBytesPerSecond =
        Math.max(
            PACE_BYTES_PER_SECOND_MIN, Math.min(round.bytesPerSecond(), paceBytesPerSecond) / 2);
    return new Next.Throttle(paceBytesPerSecond);
  }

  private Next hopeless(Round round, String advice) {
    return new Next.Hopeless(
        "its clients write faster than it can be sent: a round of %d bytes takes %d ms, no less than the one before, and clients may wait %d ms; %s"
            .formatted(round.bytes(), round.took().toMillis(), freeze.toMillis(), advice));
  }
}
