package dev.penstock.gateway.task;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/**
 * A task as an operator sees it.
 *
 * @param owner the module or store that runs it, or "gateway"
 * @param unitsTotal 0 if nobody knows
 * @param ended empty while it runs
 * @param outcome for people; empty while it runs
 */
public record TaskStatus(
    UUID guid,
    String name,
    String owner,
    long unitsDone,
    long unitsTotal,
    Instant started,
    State state,
    Optional<Instant> ended,
    String outcome) {

  /** How a task fares. */
  public enum State {
    RUNNING,
    /** It was asked to leave, by an operator, the watchdog or the stop of its owner. */
    CANCELLING,
    SUCCEEDED,
    FAILED,
    CANCELLED,
    /** Nothing moved for too long. */
    STALLED;

    public boolean hasEnded() {
      return this != RUNNING && this != CANCELLING;
    }
  }

  /** How long it ran, or has been running. */
  public Duration took(Instant now) {
    return Duration.between(started, ended.orElse(now));
  }
}
