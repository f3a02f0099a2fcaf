package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeStore;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Snapshots travel: to the store in memory, from it, and within one store. */
abstract class SnapshotSendContract extends SnapshotDiffContract {
  private static final int BUFFER_BYTES = 40_000;

  private final MemoryVolumeStore elsewhere = new MemoryVolumeStore();

  /** Whether {@code receive} works. */
  protected boolean receives() {
    return true;
  }

  @BeforeEach
  void openElsewhere() {
    elsewhere.open(FakeStoreContext.of("elsewhere", TestSettings.block("x", Map.of())));
  }

  @Test
  void sourcesSayWhatTheyBring() {
    write(0, bytes(1, SIZE));
    SnapshotInfo first = take("first");
    SnapshotInfo second = take("second");
    UUID volume = store.list().getFirst().guid();

    try (BlockSource source =
        snapshots().send(VOLUME, Optional.of(first.guid()), second.guid(), 70_000)) {
      assertThat(source.header())
          .isEqualTo(
              new StreamHeader(
                  volume,
                  Optional.of(first.guid()),
                  second.guid(),
                  "second",
                  second.createdAt(),
                  SIZE,
                  70_000));
    }
  }

  @Test
  void bothEndsOfADifferenceStayWhileItIsSent() {
    SnapshotInfo first = take("first");
    write(0, bytes(1, SIZE));
    SnapshotInfo second = take("second");

    try (BlockSource _ = snapshots().send(VOLUME, Optional.of(first.guid()), second.guid(), 0)) {
      assertThat(destroy(first)).isPresent();
      assertThat(destroy(second)).isPresent();
    }
    assertThat(destroy(first)).isEmpty();
    assertThat(destroy(second)).isEmpty();
  }

  @Test
  void snapshotsArriveElsewhereWithTheirGuidAndEveryByte() {
    sendsAllOfAHistory(store, VOLUME, elsewhere, "copy");
  }

  @Test
  void snapshotsArriveHereWithTheirGuidAndEveryByte() {
    if (!receives()) return;
    elsewhere.create(VOLUME, SIZE);
    sendsAllOfAHistory(elsewhere, VOLUME, store, "copy");
  }

  @Test
  void snapshotsArriveUnderAnotherNameInTheSameStore() {
    if (!receives()) return;
    sendsAllOfAHistory(store, VOLUME, store, "copy");
  }

  /** A full snapshot, and what follows: sent piece by piece, and left off after every piece. */
  private void sendsAllOfAHistory(VolumeStore sender, String name, VolumeStore to, String copy) {
    Optional<UUID> from = Optional.empty();
    for (int day = 0; day < 3; day++) {
      write(sender, name, day * 111_111L, bytes(day, 130_000));
      try (Volume volume = sender.openVolume(name)) {
        if (day == 1) volume.zero(50_000, 150_000, ZeroMode.MAY_PUNCH);
        if (day == 2) volume.write(SIZE - 3, ByteBuffer.wrap(bytes(9, 3)));
      }
      SnapshotInfo sent = sender.snapshots().orElseThrow().create(name, "day-" + day);

      int sittings = sendInSittings(sender, name, from, sent.guid(), to, copy);

      assertThat(sittings).isGreaterThan(1);
      SnapshotInfo arrived = to.snapshots().orElseThrow().list(copy).getLast();
      assertThat(arrived).isEqualTo(sent);
      assertSame(shown(to, copy, arrived), shown(sender, name, sent), "the snapshot of day " + day);
      try (Volume volume = to.openVolume(copy)) {
        assertSame(content(volume), shown(sender, name, sent), "the volume on day " + day);
      }
      from = Optional.of(sent.guid());
    }
    assertThat(to.snapshots().orElseThrow().list(copy)).hasSize(3);
  }

  private static int sendInSittings(
      VolumeStore from, String name, Optional<UUID> base, UUID sent, VolumeStore to, String copy) {
    long here = 0;
    for (int sittings = 1; ; sittings++) {
      StreamHeader asked;
      try (BlockSource source = from.snapshots().orElseThrow().send(name, base, sent, 0)) {
        asked = source.header();
      }
      try (Receiving receiving = to.snapshots().orElseThrow().receive(copy, asked)) {
        assertThat(receiving.offset()).as("what was here stays").isGreaterThanOrEqualTo(here);
        here = receiving.offset();
        try (BlockSource source = from.snapshots().orElseThrow().send(name, base, sent, here)) {
          // One more piece each time, so that it gets on even where nothing is kept.
          if (carry(source, receiving, sittings)) {
            receiving.complete();
            return sittings;
          }
        }
      }
    }
  }

  /** Hands over so many pieces; true if there are no more. */
  static boolean carry(BlockSource source, Receiving target, int piecesMax) {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    long end = source.header().offset();
    for (int pieces = 0; pieces < piecesMax; pieces++) {
      Optional<BlockSource.Piece> piece = source.next(buffer);
      if (piece.isEmpty()) return true;
      assertThat(piece.get().offset()).as("in order").isGreaterThanOrEqualTo(end);
      assertThat(piece.get().lengthBytes()).isPositive();
      end = piece.get().offset() + piece.get().lengthBytes();
      assertThat(end).isLessThanOrEqualTo(source.header().sizeBytes());
      switch (piece.get()) {
        case BlockSource.Data(long offset, long lengthBytes) -> {
          assertThat(lengthBytes).isEqualTo(buffer.remaining());
          target.data(offset, buffer);
          assertThat(buffer.hasRemaining()).as("all is taken").isFalse();
        }
        case BlockSource.Zero(long offset, long lengthBytes) -> target.zero(offset, lengthBytes);
      }
    }
    return false;
  }
}
