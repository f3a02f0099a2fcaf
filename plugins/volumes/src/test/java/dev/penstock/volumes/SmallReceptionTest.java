package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** A receiver that is often sent little spends its time in syncs: they are counted. */
class SmallReceptionTest {
  private static final String TAG = "anchor.received";
  private static final int SIZE_BYTES = 1 << 20;

  /** What a layer needs before a manifest names it, that manifest, the bytes, the next manifest. */
  @Test
  void aSmallSnapshotThatFollowsAnotherTakesNineSyncs() {
    var disk = new SimulatedDisk(Survivors.NONE, Names.STRICT);
    try (Store store = CrashRun.open(disk)) {
      Optional<UUID> from = Optional.empty();
      for (int i = 0; i < 3; i++) from = Optional.of(receive(store, from, i));
      int before = disk.log().size();

      receive(store, from, 3);

      List<String> syncs =
          disk.log().stream().skip(before).filter(what -> what.startsWith("sync")).toList();
      assertThat(syncs.stream().map(what -> what.replaceAll("[0-9a-f-]{36}", "LAYER")))
          .containsExactly(
              "sync layers/LAYER.data",
              "sync layers/LAYER.log",
              "sync directory layers",
              "sync volumes/copy/manifest.tmp",
              "sync directory volumes/copy",
              "sync layers/LAYER.data",
              "sync layers/LAYER.log",
              "sync volumes/copy/manifest.tmp",
              "sync directory volumes/copy");
    }
  }

  @Test
  void nothingIsLeftOfTheHeadsThatWereNotMade() {
    var disk = new SimulatedDisk(Survivors.NONE, Names.STRICT);
    try (Store store = CrashRun.open(disk)) {
      Optional<UUID> from = Optional.empty();
      for (int i = 0; i < 5; i++) from = Optional.of(receive(store, from, i));

      assertThat(disk.list("layers")).as("a root, four layers, a head").hasSize(1 + 5 * 2);
      assertThat(store.snapshots().list("copy")).hasSize(5);
    }
  }

  private static UUID receive(Store store, Optional<UUID> from, int number) {
    UUID to = new UUID(7, number);
    var header =
        new StreamHeader(new UUID(0, 1), from, to, "s" + number, Instant.EPOCH, SIZE_BYTES, 0);
    try (Receiving receiving = store.snapshots().receive("copy", header)) {
      receiving.data(8_192, CrashModel.sectors(number + 1L, 8));
      receiving.complete(TAG);
    }
    return to;
  }
}
