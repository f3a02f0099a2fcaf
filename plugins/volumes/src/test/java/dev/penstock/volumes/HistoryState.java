package dev.penstock.volumes;

import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.Volume;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;

/** Where a history has come to: the store as it is, and as it should be. */
final class HistoryState {
  /** Something that must not be. */
  static final class Violation extends AssertionError {
    private static final long serialVersionUID = 1;

    Violation(String what) {
      super(what);
    }

    Violation(String what, Throwable cause) {
      super(what, cause);
    }
  }

  final Map<String, VolumeModel> volumes = new TreeMap<>();
  final Map<String, Ownership> ownerships = new TreeMap<>();
  final Map<String, Volume> open = new TreeMap<>();
  final Map<UUID, Volume> openSnapshots = new TreeMap<>();
  final List<String> trace = new ArrayList<>();
  private final Supplier<Store> opener;
  private final Map<String, Integer> counters = new HashMap<>();
  private Store store;
  Optional<Arrival> arrival = Optional.empty();
  InFlight inFlight = new InFlight.Nothing();

  /**
   * @param opener opens the store on what the disk holds now
   */
  HistoryState(Supplier<Store> opener) {
    this.opener = opener;
    this.store = opener.get();
  }

  Store store() {
    return store;
  }

  /** The process is another one: what was open in the last one is not. */
  void reopenStore() {
    open.clear();
    openSnapshots.clear();
    arrival.ifPresent(Arrival::cutOff);
    store = opener.get();
  }

  Volume opened(String volume) {
    Volume known = open.get(volume);
    if (known != null) return known;
    Volume opened = store.openVolume(volume);
    open.put(volume, opened);
    return opened;
  }

  Volume openedSnapshot(String volume, VolumeModel.Taken snapshot) {
    Volume known = openSnapshots.get(snapshot.guid());
    if (known != null) return known;
    Volume opened = store.snapshots().openSnapshot(volume, snapshot.guid());
    openSnapshots.put(snapshot.guid(), opened);
    return opened;
  }

  void close(String volume) {
    Volume was = open.remove(volume);
    if (was != null) was.close();
  }

  /** What was coming for it is gone as well. */
  void removed(String volume) {
    volumes.remove(volume);
    if (arrival.filter(its -> its.base().isPresent() && its.volume().equals(volume)).isPresent())
      arrival = Optional.empty();
  }

  /** The snapshot is there. */
  void arrived(Arrival its) {
    VolumeModel model =
        volumes.computeIfAbsent(its.volume(), _ -> new VolumeModel(its.sectors(), new Stamps()));
    if (its.base().isEmpty()) model.replica = true;
    model.replaced(its.sectors(), its.content());
    VolumeModel.Taken taken = model.take(its.header().to(), its.header().name());
    its.tag()
        .ifPresent(tag -> {
          taken.holds().add(tag);
          UUID base = its.base().map(VolumeModel.Taken::guid).orElse(taken.guid());
          model.onlyThese(new HashSet<>(List.of(base, taken.guid())), tag);
        });
    arrival = Optional.empty();
  }

  /** 1, 2, 3 and so on, for each kind of thing. */
  int next(String kind) {
    return counters.merge(kind, 1, Integer::sum);
  }

  @SuppressWarnings("AnnotateFormatMethod") // the annotation is in a library that is not here
  void note(String step, Object... values) {
    trace.add(step.formatted(values));
  }

  VolumeModel model(String volume) {
    VolumeModel model = volumes.get(volume);
    if (model == null) throw new Violation("nobody made volume " + volume);
    return model;
  }
}
