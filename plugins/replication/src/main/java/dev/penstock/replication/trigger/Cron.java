package dev.penstock.replication.trigger;

import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** Times of day as crontab(5) has them, in five fields, or in six with seconds in front. */
public final class Cron {
  /** What one looks like, for messages. */
  public static final String EXAMPLES = "\"0 3 * * *\" or, with seconds, \"30 0 3 * * *\"";

  private final String expression;
  private final ExecutionTime times;

  private Cron(String expression, ExecutionTime times) {
    this.expression = expression;
    this.times = times;
  }

  /** Empty if it is none, or never comes. */
  public static Optional<Cron> parse(String expression) {
    String trimmed = expression.strip();
    CronType type =
        switch (trimmed.split("\\s+").length) {
          case 5 -> CronType.UNIX;
          case 6 -> CronType.SPRING;
          default -> CronType.QUARTZ;
        };
    if (type == CronType.QUARTZ) return Optional.empty();
    try {
      var parser = new CronParser(CronDefinitionBuilder.instanceDefinitionFor(type));
      var cron = new Cron(trimmed, ExecutionTime.forCron(parser.parse(trimmed).validate()));
      return cron.after(Instant.EPOCH, ZoneId.of("UTC")).map(_ -> cron);
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /**
   * The next time; empty if there is none. A time that summer takes away comes as much later as the
   * clock was put forward, and not a day later.
   */
  public Optional<Instant> after(Instant now, ZoneId zone) {
    Optional<Instant> onTheClock = next(now.atZone(zone)).map(ZonedDateTime::toInstant);
    Optional<Instant> put =
        next(now.atZone(zone).toLocalDateTime().atZone(ZoneOffset.UTC))
            .map(local -> local.toLocalDateTime().atZone(zone).toInstant())
            .filter(at -> at.isAfter(now));
    return Stream.concat(onTheClock.stream(), put.stream()).min(Comparator.naturalOrder());
  }

  private Optional<ZonedDateTime> next(ZonedDateTime now) {
    return times.nextExecution(now);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Cron cron && cron.expression.equals(expression);
  }

  @Override
  public int hashCode() {
    return expression.hashCode();
  }

  @Override
  public String toString() {
    return expression;
  }
}
