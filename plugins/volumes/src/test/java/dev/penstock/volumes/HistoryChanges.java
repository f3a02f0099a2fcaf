package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.volumes.HistoryState.Violation;
import dev.penstock.volumes.VolumeModel.Taken;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/** What an operator does to volumes and snapshots, and what the store does by itself. */
final class HistoryChanges {
  private static final int VOLUMES_MAX = 3;
  private static final int SNAPSHOTS_MAX = 6;
  private static final int SMALL_SECTORS = 24 * Stamps.SECTORS_PER_GRAIN;
  private static final int GROWTH_SECTORS = 20;

  private final HistoryState state;
  private final Random random;

  HistoryChanges(HistoryState state, Random random) {
    this.state = state;
    this.random = random;
  }

  /** Somebody stops the merging at some point. */
  private static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1;

    Stopped() {
      super("stopped", null, false, false);
    }
  }

  private SnapshotStore snapshots() {
    return state.store().snapshots();
  }

  /** A name that no volume has. */
  private Optional<String> freeName() {
    if (state.volumes.size() >= VOLUMES_MAX) return Optional.empty();
    List<String> free = new ArrayList<>(List.of("a", "b", "c", "d"));
    free.removeAll(state.volumes.keySet());
    return Optional.of(free.get(random.nextInt(free.size())));
  }

  void create(boolean isWide) {
    freeName().ifPresent(name -> create(name, isWide));
  }

  private void create(String name, boolean isWide) {
    create(
        name,
        isWide
            ? VolumeModel.WIDE_SECTORS + random.nextInt(40)
            : 1 + random.nextInt(SMALL_SECTORS) * (random.nextInt(8) == 0 ? 3L : 1L));
  }

  void create(String name, long sectors) {
    state.note("create %s with %d sectors", name, sectors);
    state.inFlight = new InFlight.Creating(name, sectors);
    state.store().create(name, sectors * Stamps.SECTOR_BYTES);
    state.volumes.put(name, new VolumeModel(sectors, new Stamps()));
    state.inFlight = new InFlight.Nothing();
  }

  void remove(String name) {
    VolumeModel model = state.model(name);
    for (Taken taken : model.snapshots.values())
      if (!taken.holds().isEmpty() || state.openSnapshots.containsKey(taken.guid())) return;
    if (state.arrival.filter(its -> its.isUnderWay(name)).isPresent()) return;
    state.note("remove %s", name);
    state.close(name);
    state.inFlight = new InFlight.Removing(name);
    state.store().remove(name);
    state.removed(name);
    state.inFlight = new InFlight.Nothing();
  }

  void grow(String name) {
    grow(name, state.model(name).sectors + 1 + random.nextInt(GROWTH_SECTORS));
  }

  void grow(String name, long sectors) {
    VolumeModel model = state.model(name);
    state.note("grow %s from %d to %d sectors", name, model.sectors, sectors);
    var volume = state.opened(name);
    state.inFlight = new InFlight.Growing(name, sectors);
    model.changes++;
    volume.resize(sectors * Stamps.SECTOR_BYTES);
    model.sectors = sectors;
    state.inFlight = new InFlight.Nothing();
  }

  void snapshot(String name) {
    VolumeModel model = state.model(name);
    if (model.snapshots.size() < SNAPSHOTS_MAX)
      snapshot(name, "s%d".formatted(state.next("snapshot")));
  }

  void snapshot(String name, String snapshot) {
    VolumeModel model = state.model(name);
    state.note("snapshot %s@%s", name, snapshot);
    state.inFlight = new InFlight.Snapshotting(name, snapshot);
    SnapshotInfo info = snapshots().create(name, snapshot);
    model.flushed();
    model.take(info.guid(), snapshot);
    state.inFlight = new InFlight.Nothing();
  }

  /** Any but those that are held or open; now and then all of them. */
  void destroy(String name) {
    VolumeModel model = state.model(name);
    List<Taken> free =
        new ArrayList<>(
            model.snapshots.values().stream()
                .filter(s -> s.holds().isEmpty() && !state.openSnapshots.containsKey(s.guid()))
                .toList());
    if (free.isEmpty()) return;
    Collections.shuffle(free, random);
    destroy(name, free.subList(0, 1 + random.nextInt(free.size())));
  }

  void destroy(String name, List<Taken> some) {
    VolumeModel model = state.model(name);
    List<UUID> guids = some.stream().map(Taken::guid).toList();
    state.note("destroy %s of %s", some.stream().map(Taken::name).toList(), name);
    state.inFlight = new InFlight.Destroying(name, guids);
    Map<UUID, Optional<GatewayError>> outcomes = snapshots().destroy(name, guids);
    outcomes
        .values()
        .forEach(outcome ->
            outcome.ifPresent(error -> {
              throw new Violation("not destroyed", error);
            }));
    some.forEach(taken -> model.snapshots.remove(taken.name()));
    state.inFlight = new InFlight.Nothing();
  }

  private Optional<Taken> anySnapshot(String name) {
    List<Taken> all = List.copyOf(state.model(name).snapshots.values());
    return all.isEmpty() ? Optional.empty() : Optional.of(all.get(random.nextInt(all.size())));
  }

  void cloneOf(String name) {
    Optional<Taken> taken = anySnapshot(name);
    Optional<String> free = freeName();
    if (taken.isPresent() && free.isPresent()) cloneOf(name, taken.get(), free.get());
  }

  void cloneOf(String name, Taken taken, String clone) {
    state.note("clone %s@%s as %s", name, taken.name(), clone);
    state.inFlight = new InFlight.Cloning(taken, clone);
    snapshots().clone(name, taken.guid(), clone);
    state.volumes.put(clone, new VolumeModel(taken.sectors(), taken.content()));
    state.inFlight = new InFlight.Nothing();
  }

  void rollback(String name) {
    anySnapshot(name).ifPresent(taken -> rollback(name, taken));
  }

  void rollback(String name, Taken taken) {
    state.note("roll %s back to %s", name, taken.name());
    state.close(name);
    state.inFlight = new InFlight.RollingBack(name, taken);
    snapshots().rollback(name, taken.guid());
    state.model(name).replaced(taken.sectors(), taken.content());
    state.inFlight = new InFlight.Nothing();
  }

  void hold(String name) {
    anySnapshot(name).ifPresent(taken -> hold(name, taken));
  }

  private void hold(String name, Taken taken) {
    hold(name, taken, "tag%d".formatted(random.nextInt(2)));
  }

  void hold(String name, String tag) {
    anySnapshot(name).ifPresent(taken -> hold(name, taken, tag));
  }

  private void hold(String name, Taken taken, String tag) {
    boolean held = !taken.holds().contains(tag);
    state.note("%s %s@%s as %s", held ? "hold" : "release", name, taken.name(), tag);
    state.inFlight = new InFlight.Holding(taken, tag, held);
    if (held) snapshots().hold(name, taken.guid(), tag);
    else snapshots().release(name, taken.guid(), tag);
    if (held) taken.holds().add(tag);
    else taken.holds().remove(tag);
    state.inFlight = new InFlight.Nothing();
  }

  void moveHold(String name, String tag) {
    anySnapshot(name).ifPresent(taken -> moveHold(name, taken, tag));
  }

  private void moveHold(String name, Taken to, String tag) {
    state.note("move %s to %s@%s", tag, name, to.name());
    state.inFlight = new InFlight.MovingHold(name, to, tag);
    snapshots().moveHold(name, to.guid(), tag);
    to.holds().add(tag);
    state.model(name).onlyThese(Set.of(to.guid()), tag);
    state.inFlight = new InFlight.Nothing();
  }

  void setReplica(String name) {
    VolumeModel model = state.model(name);
    boolean replica = !model.replica;
    state.note("%s is %s replica", name, replica ? "a" : "no");
    state.inFlight = new InFlight.SettingReplica(name, replica);
    state.store().setReplica(name, replica);
    model.replica = replica;
    state.inFlight = new InFlight.Nothing();
  }

  void openOrCloseSnapshot(String name) {
    Optional<Taken> any = anySnapshot(name);
    if (any.isEmpty()) return;
    UUID guid = any.get().guid();
    state.note("open or close %s@%s", name, any.get().name());
    var open = state.openSnapshots.remove(guid);
    if (open == null) state.openedSnapshot(name, any.get());
    else open.close();
  }

  /** One piece of work, or a part of one. */
  void merge() {
    int copies = random.nextInt(3) == 0 ? 1 + random.nextInt(4) : Integer.MAX_VALUE;
    int[] left = {copies};
    state.note("merge%s", copies < Integer.MAX_VALUE ? ", stopped after " + copies : "");
    try {
      state
          .store()
          .merging()
          .step(_ -> {
            if (--left[0] == 0) throw new Stopped();
          });
    } catch (Stopped _) { // goes on another time
    }
  }

  void reopenVolume(String name) {
    state.note("close and open %s", name);
    state.close(name);
    if (random.nextBoolean()) state.opened(name);
  }

  void reopenStore() {
    state.note("close and open the store");
    state.arrival.ifPresent(Arrival::leave);
    state.store().close();
    state.reopenStore();
  }
}
