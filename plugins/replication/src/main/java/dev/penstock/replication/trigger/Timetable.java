package dev.penstock.replication.trigger;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Collection;
import java.util.Optional;

/**
 * When a job runs next, by the wall clock. It is asked now and then ({@link #LOOK_EVERY}) and not
 * told by a timer: a timer stands still while the machine sleeps, and knows nothing of a clock that
 * was set. However far the clock jumps, the job neither runs twice for what it missed nor waits
 * longer than it would have from now on.
 *
 * @param due empty if no time ever starts it
 * @param asked when it was asked last, by the same clock
 * @param skipped how often it was due while it was still running
 */
public record Timetable(
    Trigger trigger, ZoneId zone, Optional<Instant> due, Instant asked, long skipped) {
  /** How often to ask: late by so much at most. */
  public static final Duration LOOK_EVERY = Duration.ofSeconds(1);

  /** A clock that is brought back by less is only being corrected: what was due stays so. */
  static final Duration CORRECTION_MAX = Duration.ofMinutes(1);

  /** What follows from a question, and the timetable to ask next time. */
  public record Answer(Timetable next, boolean run) {}

  /**
   * As the gateway starts.
   *
   * @param zone where the times of day are
   */
  public static Timetable starting(
      Trigger trigger, ZoneId zone, Collection<Optional<Instant>> newestSnapshots, Instant now) {
    Optional<Instant> due =
        switch (trigger) {
          case Trigger.Every(var interval) -> Optional.of(first(newestSnapshots, interval, now));
          case Trigger.At(var cron) -> cron.after(now, zone);
          case Trigger.OnSnapshot() -> Optional.empty();
          case Trigger.Manual() -> Optional.empty();
        };
    return new Timetable(trigger, zone, due, now, 0);
  }

  /**
   * An interval after the newest snapshot of the volume whose newest is the oldest; at once if a
   * volume has none. A snapshot from the future is one of now.
   */
  private static Instant first(
      Collection<Optional<Instant>> newestSnapshots, Duration interval, Instant now) {
    Instant first = now.plus(interval);
    for (Optional<Instant> newest : newestSnapshots)
      first = earlier(first, newest.map(at -> at.plus(interval)).orElse(now));
    return newestSnapshots.isEmpty() ? now : later(first, now);
  }

  /**
   * Whether to run now.
   *
   * @param running whether the job still runs: then it is not run twice, and that is counted
   */
  public Answer ask(Instant now, boolean running) {
    Optional<Instant> expected = expected(now);
    if (expected.isEmpty() || expected.get().isAfter(now))
      return new Answer(new Timetable(trigger, zone, expected, now, skipped), false);
    return new Answer(
        new Timetable(trigger, zone, after(expected.get(), now), now, skipped + (running ? 1 : 0)),
        !running);
  }

  /** What was due, unless the clock was set back so far that it would be long in coming. */
  private Optional<Instant> expected(Instant now) {
    boolean setBack = now.isBefore(asked.minus(CORRECTION_MAX));
    return switch (trigger) {
      case Trigger.Every(var interval) -> due.map(at -> earlier(at, now.plus(interval)));
      case Trigger.At(var cron) when setBack -> cron.after(now, zone);
      default -> due;
    };
  }

  /** In step with before, but never twice for what was missed. */
  private Optional<Instant> after(Instant at, Instant now) {
    return switch (trigger) {
      case Trigger.Every(var interval) ->
          Optional.of(at.plus(interval).isAfter(now) ? at.plus(interval) : now.plus(interval));
      case Trigger.At(var cron) -> cron.after(now, zone);
      case Trigger.OnSnapshot() -> Optional.empty();
      case Trigger.Manual() -> Optional.empty();
    };
  }

  private static Instant earlier(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private static Instant later(Instant a, Instant b) {
    return a.isBefore(b) ? b : a;
  }
}
