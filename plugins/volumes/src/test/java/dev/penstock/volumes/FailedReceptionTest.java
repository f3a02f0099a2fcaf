package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What a failed sync may have dropped is sent again. */
class FailedReceptionTest {
  private static final StreamHeader HEADER =
      new StreamHeader(
          UUID.randomUUID(),
          Optional.empty(),
          UUID.randomUUID(),
          "monday",
          Instant.EPOCH,
          64 << 10,
          0);

  @Test
  void aFailedSyncIsNotMadeUpForByTheNext() {
    var disk = new SimulatedDisk(Survivors.NONE, Names.STRICT);
    try (Store store = CrashRun.open(disk)) {
      try (Receiving receiving = store.snapshots().receive("copy", HEADER)) {
        receiving.data(0, CrashModel.sectors(7, 8));
        disk.failNext(what -> what.matches("sync layers/.*\\.data"));
        assertThatThrownBy(receiving::complete).isInstanceOf(GatewayError.class);
        assertThatThrownBy(() -> receiving.data(4096, CrashModel.sectors(8, 8)))
            .isInstanceOf(GatewayError.Damaged.class);
      }
      try (Receiving again = store.snapshots().receive("copy", HEADER)) {
        assertThat(again.offset()).isZero();
      }
    }
  }

  @Test
  void whatFindsNoRoomIsCompletedOnceThereIsSome() {
    var disk = new SimulatedDisk(Survivors.NONE, Names.STRICT);
    try (Store store = CrashRun.open(disk)) {
      try (Receiving first = store.snapshots().receive("copy", HEADER)) {
        first.complete();
      }
      var next =
          new StreamHeader(
              HEADER.volume(),
              Optional.of(HEADER.to()),
              UUID.randomUUID(),
              "tuesday",
              Instant.EPOCH,
              64 << 10,
              0);
      try (Receiving receiving = store.snapshots().receive("copy", next)) {
        receiving.data(0, CrashModel.sectors(7, 8));
        disk.leaveFree(0);
        assertThatThrownBy(() -> receiving.complete("anchor.received"))
            .isInstanceOf(GatewayError.NoSpace.class);
        disk.leaveFree(Long.MAX_VALUE);
        receiving.complete("anchor.received");
      }
      assertThat(store.snapshots().list("copy"))
          .extracting(SnapshotInfo::name)
          .containsExactly("monday", "tuesday");
    }
  }
}
