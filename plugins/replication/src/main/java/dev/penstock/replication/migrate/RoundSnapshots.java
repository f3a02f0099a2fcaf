package dev.penstock.replication.migrate;

import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots that a volume on its way to another gateway is sent by.
 *
 * <p><b>Threads.</b> The one that moves it.
 */
final class RoundSnapshots {
  private static final Logger log = LoggerFactory.getLogger(RoundSnapshots.class);

  /** How long one may hold writes. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Snapshots snapshots;
  private final String volume;
  private int round;

  RoundSnapshots(Snapshots snapshots, String volume) {
    this.snapshots = snapshots;
    this.volume = volume;
  }

  SnapshotInfo take(UUID migration) throws InterruptedException {
    var name = new SnapshotName(volume, nextName(migration));
    return Settlement.answer(snapshots.take(List.of(name), LIMIT), LIMIT, volume).getFirst();
  }

  String nextName(UUID migration) {
    return "%s%s-%d"
        .formatted(MigrationSnapshots.PREFIX, migration.toString().substring(0, 8), round++);
  }

  void destroy(SnapshotInfo one) {
    destroy(Meant.seen(new SnapshotName(volume, one.name()), one.guid()));
  }

  /** All that migrations have made before this one. */
  void destroyOlder(VolumeHistory history, UUID than) {
    for (Meant older : MigrationSnapshots.olderThan(history, than)) destroy(older);
  }

  /** In its own time: it is only room. */
  private void destroy(Meant one) {
    snapshots
        .destroy(List.of(one))
        .onSuccess(fates -> {
          for (Fate fate : fates)
            if (!(fate instanceof Fate.Destroyed))
              log.atInfo()
                  .addKeyValue("snapshot", one.name())
                  .addKeyValue("fate", fate)
                  .log("a snapshot of a migration stays");
        });
  }
}
