package dev.penstock.replication.migrate;

import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.Need;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The snapshots of one mirror. Nobody else has any of them, so none is worth keeping once it is
 * over, or begins anew. The thread of a task; it waits.
 */
final class MirrorSnapshots {
  /** How long a snapshot may hold writes, and the host may take for small things. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** Nothing goes on with them after a restart. */
  private static final Duration EXPIRY = Duration.ofHours(1);

  private final Snapshots snapshots;
  private final String volume;
  private final String prefix;
  private final List<SnapshotInfo> taken = new ArrayList<>();
  private int number;

  MirrorSnapshots(Snapshots snapshots, String volume, UUID mirror) {
    this.snapshots = snapshots;
    this.volume = volume;
    this.prefix = MigrationSnapshots.PREFIX + mirror.toString().substring(0, 8);
  }

  String nextName() {
    return "%s-%d".formatted(prefix, number++);
  }

  SnapshotInfo take() throws InterruptedException {
    var name = new SnapshotName(volume, nextName());
    return add(Settlement.answer(snapshots.take(List.of(name), LIMIT), LIMIT, volume).getFirst());
  }

  /** One that was taken of a volume that is held still. */
  SnapshotInfo add(SnapshotInfo one) {
    taken.add(one);
    return one;
  }

  /** These are not destroyed, whoever wants to, until this is said again. */
  void need(List<SnapshotInfo> these) throws InterruptedException {
    var need = new Need(volume, "migration of " + volume, true, EXPIRY);
    Set<UUID> guids = these.stream().map(SnapshotInfo::guid).collect(Collectors.toSet());
    Settlement.answer(snapshots.need(need, guids), LIMIT, volume);
  }

  /** All but these go; in their own time, for they are only room. */
  void keepOnly(List<SnapshotInfo> these) throws InterruptedException {
    need(these);
    List<SnapshotInfo> others = taken.stream().filter(one -> !these.contains(one)).toList();
    taken.retainAll(these);
    if (!others.isEmpty()) destroy(others);
  }

  /** The same of none, without waiting: they are given up in any case. */
  void letGo() {
    var need = new Need(volume, "migration of " + volume, false, EXPIRY);
    List<SnapshotInfo> all = List.copyOf(taken);
    taken.clear();
    snapshots
        .need(need, Set.of())
        .eventually(() -> all.isEmpty() ? Future.succeededFuture() : destroy(all));
  }

  private Future<Void> destroy(List<SnapshotInfo> some) {
    return snapshots
        .destroy(
            some.stream()
                .map(one -> Meant.seen(new SnapshotName(volume, one.name()), one.guid()))
                .toList())
        .mapEmpty();
  }
}
