package dev.penstock.volumes;

import dev.penstock.spi.volume.Change;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeStore.Verifying;
import dev.penstock.volumes.HistoryState.Violation;
import dev.penstock.volumes.VolumeModel.Taken;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.LongPredicate;

/** Compares what a store shows with what it should. */
final class HistoryCheck {
  private final HistoryState state;

  HistoryCheck(HistoryState state) {
    this.state = state;
  }

  /** Everything is there, nothing else is, and it is what its users last saw. */
  void everything() {
    volumesAndSnapshots();
    state.volumes.forEach((name, model) -> {
      model.snapshots.values().forEach(taken -> snapshot(name, taken));
      verify(name);
    });
  }

  /** The same, but for what snapshots hold: what is wrong there stays wrong, and is found later. */
  void volumesAndSnapshots() {
    List<String> names = state.store().list().stream().map(VolumeInfo::name).sorted().toList();
    if (!names.equals(List.copyOf(state.volumes.keySet())))
      throw new Violation("volumes are %s, not %s".formatted(names, state.volumes.keySet()));
    ownerships();
    state.arrival.ifPresent(its -> its.requireTold(state.store().snapshots()));
    state.volumes.forEach((name, model) -> {
      if (state.store().find(name).orElseThrow().replica() != model.replica)
        throw new Violation("volume %s is %s replica".formatted(name, model.replica ? "no" : "a"));
      snapshots(name, model);
      live(name, model);
    });
  }

  private void ownerships() {
    Ownerships kept = state.store().ownerships();
    if (!kept.names().equals(state.ownerships.keySet()))
      throw new Violation(
          "it is recorded who owns %s, not %s".formatted(kept.names(), state.ownerships.keySet()));
    state.ownerships.forEach((name, ownership) -> {
      if (!kept.find(name).equals(Optional.of(ownership)))
        throw new Violation(
            "%s is owned as %s, not as %s".formatted(name, kept.find(name), ownership));
    });
  }

  private void verify(String volume) {
    state
        .store()
        .verify(
            volume,
            new Verifying() {
              @Override
              public void reached(long doneBytes, long totalBytes) {}

              @Override
              public void found(Finding finding) {
                if (finding.weight() == Finding.Weight.DAMAGE) throw new Violation(finding.what());
              }
            });
  }

  private void snapshots(String volume, VolumeModel model) {
    List<SnapshotInfo> infos = state.store().snapshots().list(volume);
    List<String> names = infos.stream().map(SnapshotInfo::name).toList();
    if (!names.equals(List.copyOf(model.snapshots.keySet())))
      throw new Violation(
          "snapshots of %s are %s, not %s".formatted(volume, names, model.snapshots.keySet()));
    for (SnapshotInfo info : infos) {
      Taken taken = model.snapshots.get(info.name());
      if (taken == null || !info.guid().equals(taken.guid()))
        throw new Violation("snapshot %s of %s is another".formatted(info.name(), volume));
      if (!info.holds().equals(taken.holds()))
        throw new Violation(
            "holds of %s are %s, not %s".formatted(info.name(), info.holds(), taken.holds()));
    }
  }

  void snapshot(String volume, Taken taken) {
    Volume snapshot = state.openSnapshots.get(taken.guid());
    if (snapshot != null) exact(snapshot, taken.sectors(), taken.content());
    else
      try (Volume opened = state.store().snapshots().openSnapshot(volume, taken.guid())) {
        exact(opened, taken.sectors(), taken.content());
        extents(opened, taken.sectors(), taken.content());
      }
  }

  /** What the user of a volume sees now. */
  void live(String name, VolumeModel model) {
    boolean wasOpen = state.open.containsKey(name);
    Volume volume = state.opened(name);
    exact(volume, model.sectors, model.current);
    extents(volume, model.sectors, model.current);
    if (!wasOpen) state.close(name);
  }

  private static void exact(Volume volume, long sectors, Stamps content) {
    if (volume.sizeBytes() != sectors * Stamps.SECTOR_BYTES)
      throw new Violation(
          "%s has %d bytes, not %d sectors"
              .formatted(volume.info().name(), volume.sizeBytes(), sectors));
    Stamps found = read(volume, sectors);
    VolumeModel.used(
        sectors,
        0,
        sectors,
        sector -> {
          if (found.at(sector) != content.at(sector))
            throw new Violation(
                "sector %d of %s is %s, not %s"
                    .formatted(
                        sector,
                        volume.info().name(),
                        Stamps.text(found.at(sector)),
                        Stamps.text(content.at(sector))));
        });
  }

  /** What the used parts of a volume hold. */
  static Stamps read(Volume volume, long sectors) {
    Stamps found = new Stamps();
    for (long[] part : VolumeModel.parts(sectors)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) (part[1] - part[0]) * Stamps.SECTOR_BYTES);
      volume.read(part[0] * Stamps.SECTOR_BYTES, bytes);
      bytes.flip();
      for (long sector = part[0]; sector < part[1]; sector++) found.set(sector, Stamps.next(bytes));
    }
    return found;
  }

  /** Only data is data: what is called a hole or zero reads as zero. */
  private static void extents(Volume volume, long sectors, Stamps content) {
    List<Extent> extents = new ArrayList<>();
    volume.extents(0, sectors * Stamps.SECTOR_BYTES, extents::add);
    long at = 0;
    for (Extent extent : extents) {
      if (extent.offset() != at) throw new Violation("extents leave out " + at);
      at = extent.endOffset();
      if (extent.kind() != Extent.Kind.DATA)
        none(sectors, extent, sector -> content.at(sector) != 0, "is no hole");
    }
    if (at != sectors * Stamps.SECTOR_BYTES) throw new Violation("extents end at " + at);
  }

  private static void none(long sectors, Extent extent, LongPredicate wrong, String what) {
    VolumeModel.used(
        sectors,
        extent.offset() / Stamps.SECTOR_BYTES,
        extent.endOffset() / Stamps.SECTOR_BYTES,
        sector -> {
          if (wrong.test(sector)) throw new Violation("sector %d %s".formatted(sector, what));
        });
  }

  /** Outside of what is said to differ, nothing does. */
  void diff(String volume, Optional<Taken> from, Taken to) {
    BitSet changed = new BitSet();
    state
        .store()
        .snapshots()
        .diff(
            volume,
            from.map(Taken::guid),
            to.guid(),
            0,
            extent -> {
              changed.set(sectorOf(extent.offset()), sectorOf(extent.endOffset()));
              if (extent.kind() != Extent.Kind.DATA)
                none(
                    to.sectors(),
                    extent,
                    sector -> to.content().at(sector) != 0,
                    "is said to be zero in " + to.name());
              return true;
            });
    Stamps before = from.map(Taken::content).orElseGet(Stamps::new);
    same("diff of %s".formatted(to.name()), changed, to.sectors(), before, to.content());
  }

  private static int sectorOf(long offset) {
    return (int) (offset / Stamps.SECTOR_BYTES);
  }

  /** The same for a volume that is written. */
  void changes(String volume, Taken since) {
    VolumeModel model = state.model(volume);
    BitSet changed = new BitSet();
    long[] at = {0};
    state
        .opened(volume)
        .changes(
            since.guid(),
            0,
            model.sectors * Stamps.SECTOR_BYTES,
            (Change change) -> {
              if (change.offset() != at[0]) throw new Violation("changes leave out " + at[0]);
              at[0] = change.endOffset();
              if (change.changed())
                changed.set(sectorOf(change.offset()), sectorOf(change.endOffset()));
              return true;
            });
    same("changes of " + volume, changed, model.sectors, since.content(), model.current);
  }

  private static void same(String what, BitSet changed, long sectors, Stamps before, Stamps after) {
    VolumeModel.used(
        sectors,
        0,
        sectors,
        sector -> {
          if (!changed.get((int) sector) && before.at(sector) != after.at(sector))
            throw new Violation("%s leaves out sector %d".formatted(what, sector));
        });
  }
}
