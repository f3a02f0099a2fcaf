package dev.penstock.volumes;

import dev.penstock.volumes.VolumeModel.Taken;
import java.util.List;
import java.util.Optional;
import java.util.Random;

/** What happens next in a history. */
final class HistorySteps {
  private final HistoryState state;
  private final Random random;
  private final boolean isWide;
  private final HistoryWrites writes;
  private final HistoryChanges changes;
  private final HistoryCheck check;

  /**
   * @param isWide whether volumes have more than one page of claims
   */
  HistorySteps(HistoryState state, Random random, boolean isWide) {
    this.state = state;
    this.random = random;
    this.isWide = isWide;
    this.writes = new HistoryWrites(state, random);
    this.changes = new HistoryChanges(state, random);
    this.check = new HistoryCheck(state);
  }

  /** Something that somebody does. */
  void step() {
    if (state.volumes.isEmpty()) {
      changes.create(isWide);
      return;
    }
    List<String> names = List.copyOf(state.volumes.keySet());
    String name = names.get(random.nextInt(names.size()));
    int kind = random.nextInt(100);
    if (kind < 30) writes.write(name);
    else if (kind < 38) writes.flush(name);
    else if (kind < 44) writes.writeDurably(name);
    else if (kind < 49) writes.zero(name);
    else if (kind < 54) writes.trim(name);
    else if (kind < 64) changes.snapshot(name);
    else if (kind < 69) changes.destroy(name);
    else if (kind < 72) changes.cloneOf(name);
    else if (kind < 75) changes.rollback(name);
    else if (kind < 78) changes.grow(name);
    else if (kind < 90) changes.merge();
    else if (kind < 92) changes.reopenVolume(name);
    else if (kind < 94) changes.reopenStore();
    else if (kind < 96) changes.hold(name);
    else if (kind < 98) changes.openOrCloseSnapshot(name);
    else if (kind < 99) changes.create(isWide);
    else changes.remove(name);
  }

  /** Looks at something, as its users do all the time. */
  void glance() {
    if (state.volumes.isEmpty()) return;
    List<String> names = List.copyOf(state.volumes.keySet());
    String name = names.get(random.nextInt(names.size()));
    VolumeModel model = state.model(name);
    List<Taken> all = List.copyOf(model.snapshots.values());
    switch (random.nextInt(6)) {
      case 0, 1 -> check.live(name, model);
      case 2 -> {
        if (!all.isEmpty()) check.snapshot(name, all.get(random.nextInt(all.size())));
      }
      case 3 -> {
        if (!all.isEmpty()) diff(name, all);
      }
      default -> {}
    }
  }

  private void diff(String name, List<Taken> all) {
    Taken to = all.get(random.nextInt(all.size()));
    Optional<Taken> from =
        random.nextInt(4) == 0
            ? Optional.empty()
            : Optional.of(all.get(random.nextInt(all.size())));
    check.diff(name, from, to);
  }
}
