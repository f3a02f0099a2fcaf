package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Snapshots are taken and listed, and show one moment of their volume for ever. */
abstract class SnapshotTakingContract extends SnapshotFixture {
  @Test
  void newVolumesHaveNoSnapshots() {
    assertThat(snapshots().list(VOLUME)).isEmpty();
    assertThat(snapshots().space(VOLUME)).isEmpty();
  }

  @Test
  void snapshotsAreListedTheOldestFirstAsTheyWereAnswered() {
    SnapshotInfo first = take("z");
    context.clock().advance(Duration.ofMinutes(1));
    SnapshotInfo second = take("a");

    assertThat(first.name()).isEqualTo("z");
    assertThat(first.sizeBytes()).isEqualTo(SIZE);
    assertThat(first.holds()).isEmpty();
    assertThat(second.createdAt()).isEqualTo(context.clock().instant());
    assertThat(second.guid()).isNotEqualTo(first.guid());
    assertThat(snapshots().list(VOLUME)).containsExactly(first, second);
    reopen();
    assertThat(snapshots().list(VOLUME)).containsExactly(first, second);
  }

  @Test
  void whatSnapshotsShowNeverChanges() {
    byte[] before = bytes(1, SIZE);
    write(0, before);
    SnapshotInfo taken = take("monday");

    try (Volume volume = store.openVolume(VOLUME)) {
      volume.write(0, ByteBuffer.wrap(bytes(2, 300_000)));
      volume.trim(300_000, 300_000);
      volume.zero(600_000, 100_001, ZeroMode.MAY_PUNCH);
      volume.zero(800_000, 5_001, ZeroMode.KEEP_SPACE);
      if (volume.capabilities().contains(VolumeCapability.RESIZE)) volume.resize(SIZE + 9_999L);
      volume.flush();
    }

    assertSame(shown(taken), before, "after everything that changes a volume");
    assertThat(snapshots().list(VOLUME)).containsExactly(taken);
    reopen();
    assertSame(shown(taken), before, "after the store was opened again");
  }

  @Test
  void snapshotsOfOpenVolumesHoldWhatNobodyFlushed() {
    byte[] written = bytes(3, SIZE);
    SnapshotInfo taken;
    try (Volume volume = store.openVolume(VOLUME)) {
      volume.write(0, ByteBuffer.wrap(written));
      taken = take("monday");
      volume.write(0, ByteBuffer.wrap(bytes(4, 100_000)));

      assertSame(shown(taken), written, "what was read at that moment");
    }
    assertSame(shown(taken), written, "once the volume is closed");
  }

  /**
   * Each write begins after the one before it has returned: a moment shows all of them up to one.
   */
  @Test
  void snapshotsShowOneMomentOfAVolumeThatIsWritten() throws Exception {
    int slots = 64;
    var enough = new AtomicBoolean();
    var begun = new AtomicInteger();
    try (Volume volume = store.openVolume(VOLUME);
        ExecutorService writer = Executors.newSingleThreadExecutor()) {
      Future<Integer> writing =
          writer.submit(() -> {
            int count = 0;
            while (!enough.get()) {
              count++;
              volume.write(count % slots * 16_384L, ByteBuffer.allocate(4).putInt(0, count));
              begun.set(count);
            }
            return count;
          });
      for (int round = 0; round < 10; round++) {
        int seen = begun.get();
        while (begun.get() < seen + slots && !writing.isDone()) Thread.onSpinWait();
        int least = begun.get();
        byte[] shown = shown(take("moment-" + round));
        assertOneMoment(shown, slots, least);
      }
      enough.set(true);
      assertThat(writing.get()).isPositive();
    }
  }

  private static void assertOneMoment(byte[] shown, int slots, int least) {
    int newest = 0;
    for (int slot = 0; slot < slots; slot++) newest = Math.max(newest, count(shown, slot));
    assertThat(newest).as("what had returned before is there").isGreaterThanOrEqualTo(least);
    for (int slot = 0; slot < slots; slot++) {
      int last = newest - Math.floorMod(newest - slot, slots);
      assertThat(count(shown, slot))
          .as("slot %d, where the newest write is %d", slot, newest)
          .isEqualTo(Math.max(0, last));
    }
  }

  private static int count(byte[] shown, int slot) {
    return ByteBuffer.wrap(shown).getInt(slot * 16_384);
  }

  @Test
  void takenNamesAreConflictsAndCanBeUsedAgainOnceTheyAreFree() {
    SnapshotInfo first = take("monday");
    store.create("other", 4096);

    assertThatThrownBy(() -> take("monday"))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("monday");
    assertThat(snapshots().create("other", "monday").guid()).isNotEqualTo(first.guid());
    assertThat(snapshots().list(VOLUME)).containsExactly(first);

    assertThat(destroy(first)).isEmpty();
    assertThat(take("monday").guid()).isNotEqualTo(first.guid());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "..", "a/b", "-x", "a b", "a@b", "ä"})
  void namesThatCannotBeAreInvalidAndMakeNothing(String name) {
    assertThatThrownBy(() -> take(name)).isInstanceOf(GatewayError.Invalid.class);

    assertThat(snapshots().list(VOLUME)).isEmpty();
  }

  @Test
  void volumesAndSnapshotsThatNobodyHasAreNotFound() {
    assertNotFound(() -> snapshots().list("nobody"));
    assertNotFound(() -> snapshots().create("nobody", "monday"));
    assertNotFound(() -> snapshots().destroy("nobody", List.of(NOBODY)));
    assertNotFound(() -> snapshots().space("nobody"));
    for (String volume : List.of("nobody", VOLUME)) {
      assertNotFound(() -> snapshots().hold(volume, NOBODY, "tag"));
      assertNotFound(() -> snapshots().release(volume, NOBODY, "tag"));
      assertNotFound(() -> snapshots().clone(volume, NOBODY, "clone"));
      assertNotFound(() -> snapshots().rollback(volume, NOBODY));
      assertNotFound(() -> snapshots().openSnapshot(volume, NOBODY));
      assertNotFound(() -> snapshots().diff(volume, Optional.empty(), NOBODY, 0, _ -> true));
      assertNotFound(() -> snapshots().send(volume, Optional.empty(), NOBODY, 0));
    }
    SnapshotInfo monday = take("monday");
    Optional<UUID> nobody = Optional.of(NOBODY);
    assertNotFound(() -> snapshots().diff(VOLUME, nobody, monday.guid(), 0, _ -> true));
    assertNotFound(() -> snapshots().send(VOLUME, nobody, monday.guid(), 0));
    assertThat(destroy(monday)).as("what failed has left nothing open").isEmpty();
  }

  static void assertNotFound(Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(GatewayError.NotFound.class);
  }
}
