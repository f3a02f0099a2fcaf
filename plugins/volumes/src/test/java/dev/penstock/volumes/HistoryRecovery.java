package dev.penstock.volumes;

import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.volumes.HistoryState.Violation;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.Manifest;
import dev.penstock.volumes.manifest.ManifestFormat;
import dev.penstock.volumes.manifest.StoreFiles;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;

/** What a crash has left, judged, and taken over as what is there from now on. */
final class HistoryRecovery {
  private final HistoryState state;
  private final boolean onDisk;

  /**
   * @param onDisk whether the power was cut: what is there was on the disk
   */
  HistoryRecovery(HistoryState state, boolean onDisk) {
    this.state = state;
    this.onDisk = onDisk;
  }

  /** Every volume of the store was opened. */
  void judge() {
    settle(state.inFlight);
    state.inFlight = new InFlight.Nothing();
    state.volumes.forEach(this::judge);
  }

  private void judge(String name, VolumeModel model) {
    Volume volume = state.opened(name);
    if (volume.sizeBytes() != model.sectors * Stamps.SECTOR_BYTES)
      throw new Violation("%s has %d bytes".formatted(name, volume.sizeBytes()));
    Stamps found = HistoryCheck.read(volume, model.sectors);
    VolumeModel.used(
        model.sectors,
        0,
        model.sectors,
        sector -> {
          if (!model.allows(sector, found.at(sector)))
            throw new Violation(
                "sector %d of %s is %s, and only %s may be there"
                    .formatted(sector, name, Stamps.text(found.at(sector)), model.allowed(sector)));
        });
    model.found(found, onDisk);
  }

  private Set<String> volumes() {
    return state.store().list().stream().map(VolumeInfo::name).collect(Collectors.toSet());
  }

  private Map<String, SnapshotInfo> snapshots(String volume) {
    return state.store().snapshots().list(volume).stream()
        .collect(Collectors.toMap(SnapshotInfo::name, info -> info));
  }

  /** Either it came to pass, all of it, or nothing of it did. */
  private void settle(InFlight was) {
    switch (was) {
      case InFlight.Nothing _ -> {}
      case InFlight.Creating(String name, long sectors) -> {
        if (volumes().contains(name))
          state.volumes.put(name, new VolumeModel(sectors, new Stamps()));
      }
      case InFlight.Cloning(VolumeModel.Taken of, String name) -> {
        if (volumes().contains(name))
          state.volumes.put(name, new VolumeModel(of.sectors(), of.content()));
      }
      case InFlight.Removing(String name) -> {
        if (!volumes().contains(name)) state.removed(name);
      }
      case InFlight.Growing(String name, long sectors) -> {
        VolumeModel model = state.model(name);
        if (state.opened(name).sizeBytes() == sectors * Stamps.SECTOR_BYTES)
          model.sectors = sectors;
      }
      case InFlight.Snapshotting(String name, String snapshot) -> settleSnapshot(name, snapshot);
      case InFlight.Destroying(String name, List<UUID> guids) -> settleDestroyed(name, guids);
      case InFlight.RollingBack(String name, VolumeModel.Taken to) -> settleRollback(name, to);
      case InFlight.Holding(VolumeModel.Taken of, String tag, boolean _) -> settleHold(of, tag);
      case InFlight.MovingHold(String name, VolumeModel.Taken to, String tag) ->
          settleMovedHold(state.model(name), name, to, tag);
      case InFlight.SettingReplica(String name, boolean replica) -> {
        if (state.store().find(name).orElseThrow().replica() == replica)
          state.model(name).replica = replica;
      }
      case InFlight.Recording(String name, Optional<Ownership> next) -> {
        if (state.store().ownerships().find(name).equals(next))
          HistoryOwnerships.recorded(state, name, next);
      }
      case InFlight.Arriving(Arrival arrival) -> settleArrival(arrival);
    }
  }

  /** A snapshot that is there holds everything that was written before it. */
  private void settleSnapshot(String name, String snapshot) {
    SnapshotInfo info = snapshots(name).get(snapshot);
    if (info == null) return;
    VolumeModel model = state.model(name);
    model.flushed();
    model.take(info.guid(), snapshot);
  }

  private void settleDestroyed(String name, List<UUID> guids) {
    Map<String, SnapshotInfo> left = snapshots(name);
    List<VolumeModel.Taken> destroyed =
        state.model(name).snapshots.values().stream()
            .filter(taken -> guids.contains(taken.guid()))
            .toList();
    long there = destroyed.stream().filter(taken -> left.containsKey(taken.name())).count();
    if (there != 0 && there != destroyed.size())
      throw new Violation("only some of %d snapshots are gone".formatted(destroyed.size()));
    if (there == 0) destroyed.forEach(taken -> state.model(name).snapshots.remove(taken.name()));
  }

  private void settleRollback(String name, VolumeModel.Taken to) {
    VolumeModel model = state.model(name);
    Volume volume = state.opened(name);
    if (volume.sizeBytes() != to.sectors() * Stamps.SECTOR_BYTES) return;
    Stamps found = HistoryCheck.read(volume, to.sectors());
    boolean[] is = {true};
    VolumeModel.used(
        to.sectors(),
        0,
        to.sectors(),
        sector -> is[0] &= found.at(sector) == to.content().at(sector));
    if (is[0]) model.replaced(to.sectors(), to.content());
  }

  /** It is there with all that was sent, or can go on. */
  private void settleArrival(Arrival arrival) {
    boolean isThere =
        volumes().contains(arrival.volume())
            && snapshots(arrival.volume()).containsKey(arrival.header().name());
    if (isThere) state.arrived(arrival);
  }

  /** On that one and on no other, or nothing has moved. */
  private void settleMovedHold(VolumeModel model, String name, VolumeModel.Taken to, String tag) {
    Set<String> holders = new HashSet<>();
    for (SnapshotInfo info : state.store().snapshots().list(name))
      if (info.holds().contains(tag)) holders.add(info.name());
    if (!holders.equals(Set.of(to.name()))) return;
    to.holds().add(tag);
    model.onlyThese(Set.of(to.guid()), tag);
  }

  private void settleHold(VolumeModel.Taken of, String tag) {
    for (String name : state.volumes.keySet())
      for (SnapshotInfo info : state.store().snapshots().list(name))
        if (info.guid().equals(of.guid())) {
          if (info.holds().contains(tag)) of.holds().add(tag);
          else of.holds().remove(tag);
        }
  }

  /** No file is left over that belongs to nobody, and none is of a kind that its layer has not. */
  static void requireNothingLeftOver(Disk disk) {
    StoreFiles files = new StoreFiles(disk);
    Set<String> expected = new HashSet<>();
    Set<String> optional = new HashSet<>();
    for (String name : disk.list(Layout.VOLUMES)) {
      if (Layout.isUnfinished(name)) throw new Violation("left over: " + name);
      if (!disk.list(Layout.volume(name)).equals(List.of(Layout.MANIFEST)))
        throw new Violation("left over: " + disk.list(Layout.volume(name)));
      Manifest manifest =
          ManifestFormat.decode(name, files.read(Layout.manifestIn(Layout.volume(name))));
      manifest
          .layers()
          .forEach((id, layer) -> {
            expected.add(Layout.dataOf(id));
            requireSize(disk, id, layer);
            if (layer.parent().isPresent())
              optional.addAll(List.of(Layout.mapOf(id), Layout.logOf(id)));
          });
    }
    if (disk.exists(Layout.OWNERS))
      for (String file : disk.list(Layout.OWNERS))
        if (Layout.isNewOwnership(file)) throw new Violation("left over: " + file);
    Set<String> found = new TreeSet<>();
    for (String file : disk.list(Layout.LAYERS)) found.add(Layout.layers(file));
    if (!found.containsAll(expected))
      throw new Violation("of %s only %s".formatted(expected, found));
    found.removeAll(expected);
    found.removeAll(optional);
    if (!found.isEmpty()) throw new Violation("left over: " + found);
  }

  private static void requireSize(Disk disk, String id, Manifest.Layer layer) {
    try (DiskFile file = disk.open(Layout.dataOf(id), Disk.Opening.EXISTING)) {
      if (file.sizeBytes() < layer.sizeBytes())
        throw new Violation("layer %s has %d bytes".formatted(id, file.sizeBytes()));
    }
  }
}
