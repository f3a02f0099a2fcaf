package dev.penstock.replication.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MigrationSnapshotsTest {
  @ParameterizedTest(name = "of [{0}], older than {1}: [{2}]")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          migration-1-0                                     | migration-1-0 | ''
          migration-1-0 migration-1-1                       | migration-1-1 | migration-1-0
          migration-1-0 migration-1-1                       | migration-1-0 | ''
          monday migration-1-0 tuesday migration-2-0        | migration-2-0 | migration-1-0
          migration-1-0 migration-2-0 migration-2-1 monday  | migration-2-0 | migration-1-0
          my-migration-1-0 migration-2-0                    | migration-2-0 | ''
          orphan-0 migration-2-0                            | migration-2-0 | ''
          """)
  void onlyWhatMigrationsHaveTakenBeforeIsRoom(String names, String newest, String older) {
    List<SnapshotInfo> all =
        Arrays.stream(names.split(" ", -1)).map(MigrationSnapshotsTest::info).toList();
    var history = new VolumeHistory("vm", Optional.empty(), "disk", all, Optional.empty());

    assertThat(MigrationSnapshots.olderThan(history, guid(newest)))
        .extracting(meant -> meant.name().snapshot())
        .containsExactlyElementsOf(older.isEmpty() ? List.of() : List.of(older.split(" ", -1)));
    for (Meant one : MigrationSnapshots.olderThan(history, guid(newest)))
      assertThat(one)
          .as("by its guid, too: its name may be another's by then")
          .isEqualTo(
              Meant.seen(
                  new SnapshotName("vm", one.name().snapshot()), guid(one.name().snapshot())));
  }

  private static SnapshotInfo info(String name) {
    return new SnapshotInfo(guid(name), name, 4096, Instant.EPOCH, Set.of());
  }

  private static UUID guid(String name) {
    return new UUID(0, name.hashCode());
  }
}
