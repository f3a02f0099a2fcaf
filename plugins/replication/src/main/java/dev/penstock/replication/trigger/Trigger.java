package dev.penstock.replication.trigger;

import java.time.Duration;

/** What starts a job, but for an operator, who always can. */
public sealed interface Trigger {
  /** Time that has passed since the last time. */
  record Every(Duration interval) implements Trigger {}

  /** The time of day. */
  record At(Cron cron) implements Trigger {}

  /** A snapshot that somebody took of a volume of the job. */
  record OnSnapshot() implements Trigger {}

  /** Nothing else. */
  record Manual() implements Trigger {}
}
