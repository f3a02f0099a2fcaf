package dev.penstock.replication.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.plan.ErrorClass;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.testing.FakeMetrics;
import dev.penstock.spi.volume.SnapshotInfo;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an operator's alerts are made of. */
class JobMetersTest {
  private static final Instant START = Instant.parse("2026-01-02T03:00:00Z");

  private final FakeMetrics metrics = new FakeMetrics();
  private final Instant now = START.plusSeconds(3600);
  private final JobMeters meters = new JobMeters(metrics, () -> now, "offsite", Optional.of(START));

  /** Snapshots are taken every minute, and called after it. */
  private static VolumeHistory history(String name, int... minutes) {
    return new VolumeHistory(
        name,
        Optional.empty(),
        "disk",
        Arrays.stream(minutes).mapToObj(JobMetersTest::snapshot).toList(),
        Optional.empty());
  }

  private static SnapshotInfo snapshot(int minute) {
    return new SnapshotInfo(
        new UUID(0, minute), "auto-" + minute, 0, START.plusSeconds(60L * minute), Set.of());
  }

  private void planned(VolumeHistory sender, int... copied) {
    meters.planned(
        sender.name(), new Planning.Both(sender, Optional.of(history(sender.name(), copied))));
  }

  private double lag(String volume) {
    return metrics.gauged(
        "replication_volume_lag_seconds", "job_name", "offsite", "volume", volume);
  }

  private double ofJob(String gauge) {
    return metrics.gauged(gauge, "job_name", "offsite");
  }

  @Test
  void lagIsFromTheNewestCopyToTheSendersNewestAndTheJobsIsTheWorst() {
    planned(history("vm-1", 1, 2, 3), 1);
    planned(history("vm-2", 1, 2, 3), 1, 2);
    planned(history("vm-3", 1, 2, 3), 1, 2, 3);

    assertThat(Stream.of("vm-1", "vm-2", "vm-3").map(this::lag)).containsExactly(120.0, 60.0, 0.0);
    assertThat(ofJob("replication_lag_seconds")).isEqualTo(120);
  }

  @Test
  void aVolumeWithoutACopyLagsSinceItsNewestWasTaken() {
    planned(history("vm-1", 1, 2));

    assertThat(lag("vm-1")).isEqualTo(3600 - 120);
  }

  @Test
  void aRunThatSucceededLeavesNoLagAndIsRemembered() {
    planned(history("vm-1", 1, 2, 3), 1);
    assertThat(ofJob("replication_last_success_timestamp_seconds"))
        .isEqualTo((double) START.getEpochSecond());

    meters.ended(false, 1);
    assertThat(lag("vm-1")).isEqualTo(120);
    meters.ended(true, 1);

    assertThat(lag("vm-1")).isZero();
    assertThat(ofJob("replication_last_success_timestamp_seconds"))
        .isEqualTo((double) now.getEpochSecond());
    assertThat(metrics.timed("replication_run", "job_name", "offsite")).isEqualTo(2);
  }

  @ParameterizedTest
  @EnumSource
  void errorsAreCountedByWhatIsMadeOfThem(ErrorClass what) {
    meters.failed(what);

    for (ErrorClass one : ErrorClass.values())
      assertThat(
              metrics.counted(
                  "replication_errors",
                  "job_name",
                  "offsite",
                  "class",
                  one.name().toLowerCase(Locale.ROOT)))
          .isEqualTo(one == what ? 1 : 0);
  }
}
