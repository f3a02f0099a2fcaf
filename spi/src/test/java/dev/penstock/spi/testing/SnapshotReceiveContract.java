package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What is received stays, shows when it is complete, and follows what is there. */
abstract class SnapshotReceiveContract extends SnapshotSendContract {
  @Test
  void whatIsLeftOffGoesOnAfterTheStoreWasOpenedAgain() {
    if (!receives()) return;
    StreamHeader header = header(SIZE);
    long left;
    try (Receiving receiving = snapshots().receive("copy", header)) {
      receiving.data(0, ByteBuffer.wrap(bytes(1, 500_000)));
      receiving.zero(500_000, 20_000);
      left = receiving.offset();
    }
    reopen();
    assertThat(store.list()).extracting(VolumeInfo::name).doesNotContain("copy");

    try (Receiving receiving = snapshots().receive("copy", header)) {
      long here = receiving.offset();
      assertThat(here).isBetween(left, 520_000L);
      byte[] all = new byte[SIZE];
      System.arraycopy(bytes(1, 500_000), 0, all, 0, 500_000);
      receiving.data(here, ByteBuffer.wrap(all, (int) here, SIZE - (int) here));
      receiving.complete();
    }
    reopen();
    SnapshotInfo arrived = snapshots().list("copy").getFirst();
    assertThat(arrived.guid()).isEqualTo(header.to());
    byte[] seen = shown(store, "copy", arrived);
    assertSame(Arrays.copyOf(seen, 500_000), bytes(1, 500_000), "the first sitting");
  }

  @Test
  void nothingShowsBeforeItIsComplete() {
    if (!receives()) return;
    SnapshotInfo base = take("base");
    StreamHeader next =
        new StreamHeader(
            NOBODY,
            Optional.of(base.guid()),
            UUID.randomUUID(),
            "next",
            base.createdAt(),
            SIZE + 5_120L,
            0);
    try (Receiving full = snapshots().receive("copy", header(SIZE))) {
      full.data(0, ByteBuffer.wrap(bytes(1, 100_000)));
      assertNotFound(() -> store.openVolume("copy"));
      assertNotFound(() -> snapshots().list("copy"));
      full.discard();
    }
    try (Receiving upon = snapshots().receive(VOLUME, next)) {
      upon.data(0, ByteBuffer.wrap(bytes(1, 100_000)));
      assertThat(snapshots().list(VOLUME)).containsExactly(base);
      assertThat(content(VOLUME)).hasSize(SIZE).containsOnly(0);
      upon.complete();
    }
    assertThat(content(VOLUME)).hasSize(SIZE + 5_120);
    assertThat(snapshots().list(VOLUME))
        .extracting(SnapshotInfo::name)
        .containsExactly("base", "next");
  }

  @Test
  void whatIsDiscardedBeginsAgain() {
    if (!receives()) return;
    StreamHeader header = header(SIZE);
    try (Receiving receiving = snapshots().receive("copy", header)) {
      receiving.data(0, ByteBuffer.wrap(bytes(1, SIZE)));
      receiving.discard();
    }
    try (Receiving receiving = snapshots().receive("copy", header)) {
      assertThat(receiving.offset()).isZero();
      receiving.complete();
    }
    assertThat(content("copy")).containsOnly(0);
  }

  @Test
  void partsOutOfOrderOrOutsideAreInvalidBeforeAnyByteMoves() {
    if (!receives()) return;
    try (Receiving receiving = snapshots().receive("copy", header(SIZE))) {
      receiving.data(8_192, ByteBuffer.wrap(bytes(1, 4_096)));
      assertInvalid(() -> receiving.data(8_192, ByteBuffer.allocate(1)));
      assertInvalid(() -> receiving.zero(12_287, 1));
      assertInvalid(() -> receiving.data(SIZE - 1, ByteBuffer.allocate(2)));
      assertInvalid(() -> receiving.zero(SIZE, 1));
      assertInvalid(() -> receiving.zero(20_000, -1));
      assertInvalid(() -> receiving.zero(20_000, Long.MAX_VALUE));
      assertInvalid(() -> receiving.zero(-1, 1));
      receiving.zero(SIZE - 1, 1);
      receiving.complete();
    }
    byte[] expected = new byte[SIZE];
    System.arraycopy(bytes(1, 4_096), 0, expected, 8_192, 4_096);
    assertSame(content("copy"), expected, "nothing but what was in order");
  }

  @Test
  void whatDoesNotFollowIsAConflictAndChangesNothing() {
    if (!receives()) return;
    SnapshotInfo old = take("old");
    write(0, bytes(1, 4_096));
    SnapshotInfo newest = take("newest");

    assertConflict(VOLUME, upon(old, UUID.randomUUID(), "next"));
    assertConflict(VOLUME, upon(newest, old.guid(), "next"));
    assertConflict(VOLUME, upon(newest, UUID.randomUUID(), "old"));
    assertConflict(VOLUME, header(SIZE));
    assertNotFound(
        () -> snapshots().receive("nobody", upon(newest, UUID.randomUUID(), "next")).close());
    try (Volume _ = store.openVolume(VOLUME)) {
      assertConflict(VOLUME, upon(newest, UUID.randomUUID(), "next"));
    }
    write(0, bytes(2, 4_096));
    assertConflict(VOLUME, upon(newest, UUID.randomUUID(), "next"));
    snapshots().rollback(VOLUME, newest.guid());

    snapshots().receive(VOLUME, upon(newest, UUID.randomUUID(), "next")).close();
    assertThat(snapshots().list(VOLUME)).containsExactly(old, newest);
  }

  @Test
  void volumesThatAreWrittenMeanwhileKeepWhatWasWritten() {
    if (!receives()) return;
    StreamHeader next = upon(take("base"), UUID.randomUUID(), "next");
    try (Receiving receiving = snapshots().receive(VOLUME, next)) {
      receiving.data(0, ByteBuffer.wrap(bytes(1, SIZE)));
      write(0, bytes(2, SIZE));

      assertThatThrownBy(receiving::complete).isInstanceOf(GatewayError.Conflict.class);
    }
    assertSame(content(VOLUME), bytes(2, SIZE), "what was written meanwhile");
    assertThat(snapshots().list(VOLUME)).hasSize(1);
  }

  @Test
  void volumesThatWereReceivedAreReplicasAndTheirClonesAreNone() {
    if (!receives()) return;
    StreamHeader whole = header(SIZE);
    complete("copy", whole, Optional.empty());
    reopen();

    assertThat(store.find("copy").orElseThrow().replica()).isTrue();
    assertThat(snapshots().clone("copy", whole.to(), "mine").replica()).isFalse();
    assertThat(store.find("mine").orElseThrow().replica()).isFalse();
    assertThat(store.find(VOLUME).orElseThrow().replica()).isFalse();
    snapshots().rollback("copy", whole.to());
    complete("copy", upon(snapshots().list("copy").getFirst(), NOBODY, "next"), Optional.empty());
    assertThat(store.find("copy").orElseThrow().replica()).isTrue();
  }

  @Test
  void whatIsReceivedIsHeldFromItsFirstMomentAndWhatItFollowsStaysSo() {
    if (!receives()) return;
    complete("copy", header(SIZE), Optional.of("anchor.received"));
    SnapshotInfo first = snapshots().list("copy").getFirst();
    assertThat(first.holds()).containsExactly("anchor.received");
    snapshots().hold("copy", first.guid(), "audit");
    complete("copy", upon(first, UUID.randomUUID(), "second"), Optional.of("anchor.received"));
    SnapshotInfo second = snapshots().list("copy").getLast();
    complete("copy", upon(second, UUID.randomUUID(), "third"), Optional.of("anchor.received"));
    reopen();

    assertThat(snapshots().list("copy"))
        .extracting(SnapshotInfo::holds)
        .containsExactly(Set.of("audit"), Set.of("anchor.received"), Set.of("anchor.received"));
    SnapshotInfo third = snapshots().list("copy").getLast();
    complete("copy", upon(third, UUID.randomUUID(), "fourth"), Optional.empty());
    assertThat(snapshots().list("copy"))
        .extracting(SnapshotInfo::holds)
        .as("without a tag none moves")
        .containsExactly(
            Set.of("audit"), Set.of("anchor.received"), Set.of("anchor.received"), Set.of());
  }

  private void complete(String volume, StreamHeader header, Optional<String> tag) {
    try (Receiving receiving = snapshots().receive(volume, header)) {
      receiving.data(0, ByteBuffer.wrap(bytes(header.name().hashCode(), 70_000)));
      tag.ifPresentOrElse(receiving::complete, receiving::complete);
    }
  }

  @Test
  void whatHasComeIsToldAndCanBeGivenUpWhenNobodySendsIt() {
    if (!receives()) return;
    SnapshotInfo base = take("base");
    StreamHeader whole = header(SIZE);
    StreamHeader next = upon(base, UUID.randomUUID(), "next");
    snapshots().discardPartial(VOLUME);
    snapshots().discardPartial("nobody");
    for (var coming : Map.of("copy", whole, VOLUME, next).entrySet()) {
      String volume = coming.getKey();
      try (Receiving receiving = snapshots().receive(volume, coming.getValue())) {
        receiving.data(0, ByteBuffer.wrap(bytes(1, 100_000)));
        assertThatThrownBy(() -> snapshots().discardPartial(volume))
            .isInstanceOf(GatewayError.Conflict.class);
      }
    }
    reopen();
    assertThat(snapshots().partials())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of("copy", partial(whole, 100_000), VOLUME, partial(next, 100_000)));

    snapshots().discardPartial("copy");
    assertThat(snapshots().partials()).containsOnlyKeys(VOLUME);
    snapshots().discardPartial(VOLUME);
    reopen();

    assertThat(snapshots().partials()).isEmpty();
    assertThat(snapshots().list(VOLUME)).containsExactly(base);
    assertThat(content(VOLUME)).containsOnly(0);
    try (Receiving receiving = snapshots().receive("copy", whole)) {
      assertThat(receiving.offset()).isZero();
    }
  }

  private static Partial partial(StreamHeader of, long offset) {
    return new Partial(of.from(), of.to(), of.name(), of.sizeBytes(), offset);
  }

  @Test
  void streamsThatBeginAfterWhatIsHereAreConflicts() {
    if (!receives()) return;
    StreamHeader whole = header(SIZE);

    assertConflict(
        "copy",
        new StreamHeader(
            whole.volume(),
            whole.from(),
            whole.to(),
            whole.name(),
            whole.createdAt(),
            SIZE,
            4_096));
  }

  private void assertConflict(String volume, StreamHeader header) {
    assertThatThrownBy(() -> snapshots().receive(volume, header).close())
        .isInstanceOf(GatewayError.Conflict.class);
  }

  private StreamHeader header(long sizeBytes) {
    return new StreamHeader(
        NOBODY,
        Optional.empty(),
        UUID.randomUUID(),
        "sent",
        context.clock().instant(),
        sizeBytes,
        0);
  }

  private StreamHeader upon(SnapshotInfo base, UUID to, String name) {
    return new StreamHeader(NOBODY, Optional.of(base.guid()), to, name, base.createdAt(), SIZE, 0);
  }

  @Test
  void storesThatReceiveNothingSaySo() {
    if (receives()) return;
    assertThatThrownBy(() -> snapshots().receive("copy", header(SIZE)))
        .isInstanceOf(GatewayError.Unsupported.class);
  }
}
