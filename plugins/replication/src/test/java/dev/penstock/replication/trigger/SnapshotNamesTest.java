package dev.penstock.replication.trigger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.trigger.SnapshotNames.Format;
import dev.penstock.replication.trigger.SnapshotNames.Format.Known;
import dev.penstock.spi.volume.VolumeName;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.time.api.constraints.InstantRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SnapshotNamesTest {
  private static final Instant EVENING = Instant.parse("2026-01-31T23:59:59.123Z");

  @ParameterizedTest
  @CsvSource({
    "DENSE, UTC, auto-20260131_235959_123",
    "HUMAN, UTC, auto-2026-01-31_23-59-59",
    "ISO_8601, UTC, auto-2026-01-31T23-59-59.123Z",
    "ISO_8601, Europe/Berlin, auto-2026-02-01T00-59-59.123_01-00",
    "ISO_8601, America/New_York, auto-2026-01-31T18-59-59.123-05-00",
    "UNIX_SECONDS, Europe/Berlin, auto-1769903999",
  })
  void aNameIsAPrefixAndTheTime(Known format, String zone, String name) {
    var names = new SnapshotNames("auto-", format, ZoneId.of(zone));

    assertThat(names.objection()).isEmpty();
    assertThat(names.at(EVENING, _ -> false)).isEqualTo(name);
    assertThat(names.isOwn(name)).isTrue();
  }

  @Test
  void aNameThatIsTakenGetsANumber() {
    var names = new SnapshotNames("", Known.UNIX_SECONDS, ZoneId.of("UTC"));
    var taken = Set.of("1769903999", "1769903999-2");

    assertThat(names.at(EVENING, taken::contains)).isEqualTo("1769903999-3");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          yyyyMMdd_HHmm       | UTC           |
          yyyyMMdd_HHmmX      | Europe/Berlin |
          yyyyMMdd_HHmm       | Europe/Berlin | in autumn an hour's names come twice
          yyyyMMdd            | UTC           | the same name a minute later
          HHmmss              | UTC           | a year later
          dens                | UTC           | the same name a minute later
          yyyyMMdd'/'HHmm     | UTC           | is no name for a snapshot
          yyyy{               | UTC           | is no pattern for a time
          """)
  void aPatternHasToGiveNamesThatAreNamesAndDiffer(String pattern, String zone, String why) {
    var names = new SnapshotNames("a-", new Format.Custom(pattern), ZoneId.of(zone));

    if (why == null) assertThat(names.objection()).isEmpty();
    else assertThat(names.objection().orElseThrow()).contains(why);
  }

  @ParameterizedTest
  @CsvSource({"DENSE", "HUMAN"})
  void aFormatWithoutAZoneNeedsUtc(Known format) {
    assertThat(new SnapshotNames("", format, ZoneId.of("Europe/Berlin")).objection()).isPresent();
    assertThat(new SnapshotNames("", format, ZoneId.of("Etc/UTC")).objection()).isEmpty();
  }

  @Property(tries = 300)
  void everyNameIsOne(
      @ForAll @InstantRange(min = "1990-01-01T00:00:00Z", max = "2199-12-31T00:00:00Z") Instant at,
      @ForAll Known format) {
    for (String zone : Set.of("UTC", "Asia/Kathmandu", "America/St_Johns"))
      assertThat(
              VolumeName.objection(
                  new SnapshotNames("p", format, ZoneId.of(zone)).at(at, _ -> false)))
          .isEmpty();
  }
}
