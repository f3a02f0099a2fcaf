package dev.penstock.replication.trigger;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TimetableTest {
  private static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  private static final Trigger QUARTERLY = new Trigger.Every(Duration.ofMinutes(15));
  private static final Trigger AT_THREE = new Trigger.At(Cron.parse("0 3 * * *").orElseThrow());

  @ParameterizedTest(name = "newest snapshots [{0}] minutes ago: first run in {1} minutes")
  @CsvSource({"'', 0", "10, 5", "10 12, 3", "10 none, 0", "200, 0", "-600, 15", "-600 14, 1"})
  void theFirstRunIsAnIntervalAfterTheNewestSnapshot(String ago, long minutes) {
    List<Optional<Instant>> newest = new ArrayList<>();
    for (String one : ago.split(" ", -1))
      if (!one.isEmpty())
        newest.add(
            one.equals("none")
                ? Optional.empty()
                : Optional.of(NOON.minus(Duration.ofMinutes(Long.parseLong(one)))));

    assertThat(Timetable.starting(QUARTERLY, ZoneOffset.UTC, newest, NOON).due())
        .contains(NOON.plus(Duration.ofMinutes(minutes)));
  }

  @Test
  void itRunsOnceAnIntervalAndStaysInStep() {
    assertThat(runs(begin(QUARTERLY), NOON, NOON.plus(Duration.ofHours(2))))
        .hasSize(9)
        .first()
        .isEqualTo(NOON);
  }

  @Test
  void timesOfDayAreThoseOfTheZone() {
    var berlin = Timetable.starting(AT_THREE, ZoneId.of("Europe/Berlin"), List.of(), NOON);

    assertThat(berlin.due()).contains(Instant.parse("2026-03-02T02:00:00Z"));
  }

  @Test
  void anHourThatSummerTakesAwayIsNotSkippedForADay() {
    var night = Instant.parse("2026-03-28T12:00:00Z");
    var cron = new Trigger.At(Cron.parse("30 2 * * *").orElseThrow());
    var berlin = Timetable.starting(cron, ZoneId.of("Europe/Berlin"), List.of(), night);

    assertThat(runs(berlin, night, night.plus(Duration.ofDays(2)))).hasSize(2);
  }

  @Test
  void anHourThatComesTwiceIsNoStandstill() {
    var noon = Instant.parse("2026-10-24T12:00:00Z");
    var cron = new Trigger.At(Cron.parse("*/5 * * * *").orElseThrow());
    var berlin = Timetable.starting(cron, ZoneId.of("Europe/Berlin"), List.of(), noon);

    assertThat(runs(berlin, noon, noon.plus(Duration.ofDays(1)))).hasSize(24 * 12);
  }

  @ParameterizedTest
  @ValueSource(longs = {-24, 24, -24 * 400, 24 * 400})
  void aClockThatJumpsNeitherFloodsNorStalls(long hours) {
    for (Trigger trigger : List.of(QUARTERLY, AT_THREE)) {
      Duration usual = trigger.equals(AT_THREE) ? Duration.ofDays(1) : Duration.ofMinutes(15);
      Timetable before = ran(begin(trigger), NOON, NOON.plus(Duration.ofHours(1)));
      Instant jumped = NOON.plus(Duration.ofHours(1 + hours));

      List<Instant> runs = runs(before, jumped, jumped.plus(usual.multipliedBy(4)));

      assertThat(runs).hasSizeBetween(4, 5);
      assertThat(Duration.between(jumped, runs.getFirst())).isLessThanOrEqualTo(usual);
    }
  }

  @Test
  void aClockThatIsCorrectedDoesNotRunTheSameTimeTwice() {
    Instant three = Instant.parse("2026-03-02T03:00:00Z");
    Timetable timetable = ran(begin(AT_THREE), NOON, three);

    assertThat(runs(timetable, three.minusSeconds(2), three.plusSeconds(60))).isEmpty();
  }

  @Test
  void aTimeThatComesDuringARunIsCountedAndNotMadeUpFor() {
    Timetable.Answer during = begin(QUARTERLY).ask(NOON, true);
    assertThat(during.run()).isFalse();
    assertThat(during.next().skipped()).isEqualTo(1);
    assertThat(during.next().ask(NOON.plusSeconds(1), false).run()).isFalse();
  }

  @Test
  void noTimeStartsWhatOnlySnapshotsOrOperatorsStart() {
    for (Trigger trigger : List.of(new Trigger.Manual(), new Trigger.OnSnapshot()))
      assertThat(runs(begin(trigger), NOON, NOON.plus(Duration.ofDays(3)))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "0 3 * *", "61 3 * * *", "0 3 31 2 *", "a b c d e", "0 0 0 1 1 ? 2020"})
  void whatIsNoTimeOfDayIsNone(String expression) {
    assertThat(Cron.parse(expression)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "*/5 * * * *, 2026-03-01T12:05:00Z",
    "30 0 3 * * *, 2026-03-02T03:00:30Z",
    "0 3 * * mon, 2026-03-02T03:00:00Z",
    "0 0 1 1 *, 2027-01-01T00:00:00Z",
  })
  void timesOfDayHaveFiveOrSixFields(String expression, Instant next) {
    assertThat(Cron.parse(expression).orElseThrow().after(NOON, ZoneOffset.UTC)).contains(next);
  }

  private static Timetable begin(Trigger trigger) {
    return Timetable.starting(trigger, ZoneOffset.UTC, List.of(), NOON);
  }

  /** When it runs, if it is asked every ten seconds. */
  private static List<Instant> runs(Timetable timetable, Instant from, Instant until) {
    List<Instant> runs = new ArrayList<>();
    for (Instant now = from; !now.isAfter(until); now = now.plusSeconds(10)) {
      Timetable.Answer answer = timetable.ask(now, false);
      if (answer.run()) runs.add(now);
      timetable = answer.next();
    }
    return runs;
  }

  private static Timetable ran(Timetable timetable, Instant from, Instant until) {
    for (Instant now = from; !now.isAfter(until); now = now.plusSeconds(10))
      timetable = timetable.ask(now, false).next();
    return timetable;
  }
}
