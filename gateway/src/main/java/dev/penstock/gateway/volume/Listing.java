package dev.penstock.gateway.volume;

import dev.penstock.gateway.lease.Leases;
import dev.penstock.gateway.volume.Snapshots.Shown;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/** Snapshots as an operator sees them: what the stores say, and who uses and needs them. */
final class Listing {
  /**
   * How many volumes a list of all asks for at a time: half of the threads that a gateway has for
   * files if nothing is set, and none of their queue, so that whoever reads and writes goes on.
   */
  static final int ASKED_AT_ONCE = 2;

  private final VolumeSlots slots;
  private final VolumeNames volumes;
  private final Leases leases;

  Listing(VolumeSlots slots, VolumeNames volumes, Leases leases) {
    this.slots = slots;
    this.volumes = volumes;
    this.leases = leases;
  }

  Future<Shown> find(SnapshotName name) {
    return volumes
        .find(name.volume())
        .compose(there -> there.store().findSnapshot(name))
        .map(info -> shown(name.volume(), info, leases.holders()));
  }

  /** The oldest first. */
  Future<List<Shown>> of(String volume) {
    return volumes
        .find(volume)
        .compose(there -> there.store().listSnapshots(volume))
        .map(its -> shown(volume, its, leases.holders()));
  }

  /** By the names of their volumes, the oldest first of each. */
  Future<List<Shown>> all() {
    return volumes
        .all()
        .map(all ->
            all.stream()
                .filter(volume -> volume.shadowedBy().isEmpty())
                .sorted(Comparator.comparing(volume -> volume.info().name()))
                .toList())
        .compose(served ->
            new Walk(served)
                .run()
                .map(lists -> {
                  Map<UUID, String> holders = leases.holders(); // after the lists: none is missed
                  List<Shown> shown = new ArrayList<>();
                  for (int i = 0; i < served.size(); i++)
                    shown.addAll(shown(served.get(i).info().name(), lists.get(i), holders));
                  return shown;
                }));
  }

  private List<Shown> shown(String volume, List<SnapshotInfo> its, Map<UUID, String> holders) {
    return its.stream().map(info -> shown(volume, info, holders)).toList();
  }

  private Shown shown(String volume, SnapshotInfo info, Map<UUID, String> holders) {
    var name = new SnapshotName(volume, info.name());
    List<String> users =
        slots
            .find(name.toString())
            .map(slot -> slot.userNames().stream().map(VolumeStatus.User::name).toList())
            .orElse(List.of());
    return new Shown(name, info, users, Optional.ofNullable(holders.get(info.guid())));
  }

  /** Asks for the snapshots of volumes, {@link #ASKED_AT_ONCE}; none of one that fails. */
  private static final class Walk {
    private final List<VolumeNames.Named> volumes;
    private final AtomicReferenceArray<List<SnapshotInfo>> answers;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger unanswered;
    private final Promise<Void> done = Promise.promise();

    Walk(List<VolumeNames.Named> volumes) {
      this.volumes = volumes;
      this.answers = new AtomicReferenceArray<>(volumes.size());
      this.unanswered = new AtomicInteger(volumes.size());
    }

    Future<AtomicReferenceArray<List<SnapshotInfo>>> run() {
      if (volumes.isEmpty()) done.complete();
      for (int i = 0; i < ASKED_AT_ONCE; i++) go();
      return done.future().map(answers);
    }

    /** A loop over what is refused at once, since that may be every one that is left. */
    private void go() {
      for (int i = next.getAndIncrement(); i < volumes.size(); i = next.getAndIncrement()) {
        int volume = i;
        Future<List<SnapshotInfo>> asked =
            volumes.get(i).store().listSnapshots(volumes.get(i).info().name());
        if (!asked.isComplete()) {
          asked.otherwise(List.of()).onSuccess(its -> answered(volume, its)).onComplete(_ -> go());
          return;
        }
        answered(volume, asked.otherwise(List.of()).result());
      }
    }

    private void answered(int volume, List<SnapshotInfo> its) {
      answers.set(volume, its);
      if (unanswered.decrementAndGet() == 0) done.complete();
    }
  }
}
