package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Snapshots are held, opened, and destroyed when neither is the case. */
abstract class SnapshotKeepingContract extends SnapshotTakingContract {
  @Test
  void anySnapshotCanGoAndTheOthersStay() {
    List<SnapshotInfo> taken = new ArrayList<>();
    List<byte[]> contents = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      write(i * 100_000L, bytes(i, 250_000));
      contents.add(content(VOLUME));
      taken.add(take("day-" + i));
    }
    byte[] now = content(VOLUME);

    for (int gone : new int[] {2, 0, 4}) {
      assertThat(destroy(taken.get(gone))).isEmpty();
      assertNotFound(() -> snapshots().openSnapshot(VOLUME, taken.get(gone).guid()));
      for (int left : new int[] {1, 3})
        assertSame(shown(taken.get(left)), contents.get(left), "day " + left + " without " + gone);
      assertSame(content(VOLUME), now, "the volume without " + gone);
    }
    reopen();
    assertThat(snapshots().list(VOLUME)).containsExactly(taken.get(1), taken.get(3));
    assertSame(shown(taken.get(1)), contents.get(1), "day 1");
  }

  @Test
  void destroyingManyAnswersForEach() {
    SnapshotInfo free = take("free");
    SnapshotInfo held = take("held");
    SnapshotInfo opened = take("opened");
    SnapshotInfo last = take("last");
    snapshots().hold(VOLUME, held.guid(), "audit of 2026");

    try (Volume _ = snapshots().openSnapshot(VOLUME, opened.guid())) {
      Map<UUID, Optional<GatewayError>> results =
          snapshots()
              .destroy(
                  VOLUME, List.of(free.guid(), held.guid(), opened.guid(), NOBODY, last.guid()));

      assertThat(results).hasSize(5);
      assertThat(result(results, free.guid())).isEmpty();
      assertThat(result(results, last.guid())).isEmpty();
      assertThat(result(results, NOBODY)).containsInstanceOf(GatewayError.NotFound.class);
      assertThat(result(results, opened.guid())).containsInstanceOf(GatewayError.Conflict.class);
      assertThat(result(results, held.guid()))
          .containsInstanceOf(GatewayError.Conflict.class)
          .hasValueSatisfying(why -> assertThat(why.what()).contains("audit of 2026"));
    }
    assertThat(snapshots().list(VOLUME))
        .extracting(SnapshotInfo::guid)
        .containsExactly(held.guid(), opened.guid());
    assertThat(destroy(opened)).as("once it is closed").isEmpty();
  }

  @Test
  void heldSnapshotsStayUntilTheLastTagIsReleased() {
    SnapshotInfo taken = take("monday");
    snapshots().hold(VOLUME, taken.guid(), "one");
    snapshots().hold(VOLUME, taken.guid(), "one");
    snapshots().hold(VOLUME, taken.guid(), "two");

    reopen();
    assertThat(snapshots().list(VOLUME).getFirst().holds()).containsExactlyInAnyOrder("one", "two");
    assertThat(destroy(taken)).isPresent();
    snapshots().release(VOLUME, taken.guid(), "one");
    snapshots().release(VOLUME, taken.guid(), "never held");
    assertThat(destroy(taken)).isPresent();
    snapshots().release(VOLUME, taken.guid(), "two");
    snapshots().release(VOLUME, taken.guid(), "two");

    assertThat(snapshots().list(VOLUME)).containsExactly(taken);
    assertThat(destroy(taken)).isEmpty();
  }

  @Test
  void movedHoldsAreOnOneSnapshotAlone() {
    SnapshotInfo first = take("first");
    SnapshotInfo second = take("second");
    SnapshotInfo third = take("third");
    snapshots().hold(VOLUME, first.guid(), "mine");
    snapshots().hold(VOLUME, first.guid(), "another");
    snapshots().hold(VOLUME, third.guid(), "mine");

    for (int twice = 0; twice < 2; twice++) {
      snapshots().moveHold(VOLUME, second.guid(), "mine");
      reopen();
      assertThat(snapshots().list(VOLUME))
          .extracting(SnapshotInfo::holds)
          .containsExactly(Set.of("another"), Set.of("mine"), Set.of());
    }
    assertNotFound(() -> snapshots().moveHold(VOLUME, NOBODY, "mine"));
    assertThat(snapshots().list(VOLUME).get(1).holds()).containsExactly("mine");
  }

  @Test
  void openedSnapshotsKnowWhatTheyAreAndAreNeverWritten() {
    byte[] before = bytes(1, SIZE);
    write(0, before);
    SnapshotInfo taken = take("monday");
    UUID volume = store.list().getFirst().guid();

    try (Volume opened = snapshots().openSnapshot(VOLUME, taken.guid())) {
      assertThat(opened.info().guid()).isEqualTo(volume);
      assertThat(opened.info().name()).isEqualTo(new SnapshotName(VOLUME, "monday").toString());
      assertThat(opened.info().createdAt()).isEqualTo(taken.createdAt());
      assertThat(opened.sizeBytes()).isEqualTo(SIZE);
      assertDenied(() -> opened.write(0, ByteBuffer.allocate(1)));
      assertDenied(() -> opened.writeDurably(0, ByteBuffer.allocate(1)));
      assertDenied(() -> opened.zero(0, 4096, ZeroMode.MAY_PUNCH));
      assertDenied(() -> opened.zero(0, 4096, ZeroMode.KEEP_SPACE));
      assertDenied(() -> opened.trim(0, 4096));
      assertThatThrownBy(() -> opened.resize(SIZE * 2L)).isInstanceOf(GatewayError.class);
      assertThatThrownBy(() -> opened.read(SIZE, ByteBuffer.allocate(1)))
          .isInstanceOf(GatewayError.Invalid.class);
      assertThatCode(opened::flush).doesNotThrowAnyException();
      assertSame(content(opened), before, "after all that was refused");
    }
  }

  @Test
  void snapshotsOpenManyTimesAndEachClosesAlone() {
    SnapshotInfo taken = take("monday");
    Volume first = snapshots().openSnapshot(VOLUME, taken.guid());
    try (Volume second = snapshots().openSnapshot(VOLUME, taken.guid())) {
      first.close();
      first.close();

      assertThatThrownBy(() -> first.read(0, ByteBuffer.allocate(1)))
          .isInstanceOf(IllegalStateException.class);
      assertThat(content(second)).containsOnly(0);
      assertThat(destroy(taken)).as("the second is open").isPresent();
    }
    assertThat(destroy(taken)).isEmpty();
  }

  private static void assertDenied(Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(GatewayError.Denied.class);
  }
}
