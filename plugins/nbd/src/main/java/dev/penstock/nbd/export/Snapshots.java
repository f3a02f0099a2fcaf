package dev.penstock.nbd.export;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.handshake.ChangedSince;
import dev.penstock.nbd.handshake.ContextQuery;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeGate;
import dev.penstock.spi.volume.VolumeGate.Passage;
import dev.penstock.spi.volume.Volumes;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;
import java.util.function.Predicate;

/** The snapshots of the volumes that exports serve, as far as clients ask for them. Any thread. */
final class Snapshots {
  private final Volumes volumes;

  Snapshots(Volumes volumes) {
    this.volumes = volumes;
  }

  /** The newest first, of those that are asked for; none if that cannot be said now. */
  Future<List<SnapshotInfo>> newest(String volume, Predicate<SnapshotInfo> wanted, int most) {
    return volumes
        .snapshots(volume)
        .map(all -> all.reversed().stream().filter(wanted).limit(most).toList())
        .otherwise(List.of());
  }

  /**
   * The snapshots that a client asks for by {@link ChangedSince}, and that what the export serves
   * comes from; none if that cannot be said now.
   */
  Future<List<ChangedSince>> changesSince(
      ContextQuery asked, ExportSettings settings, VolumeGate gate) {
    Volume volume = gate.volume().volume();
    if (!asked.asksForAnyOf(ChangedSince.PREFIX)
        || !volume.capabilities().contains(VolumeCapability.CHANGES)) {
      return Future.succeededFuture(List.of());
    }
    return newest(
            volumeOf(settings),
            info -> asked.asksFor(ChangedSince.PREFIX + info.name()),
            Limits.SNAPSHOTS_LISTED_MAX)
        .map(infos -> infos.stream().map(one -> new ChangedSince(one.name(), one.guid())).toList())
        .compose(contexts ->
            contexts.isEmpty() ? Future.succeededFuture(contexts) : known(gate, contexts))
        .otherwise(List.of());
  }

  private static String volumeOf(ExportSettings settings) {
    return SnapshotName.parse(settings.volume())
        .map(SnapshotName::volume)
        .orElse(settings.volume());
  }

  /** Those of which the volume can tell; on a worker, since it may have to look. */
  private static Future<List<ChangedSince>> known(VolumeGate gate, List<ChangedSince> contexts) {
    return inside(gate)
        .compose(open ->
            open.run(() -> contexts.stream().filter(one -> comesFrom(open.volume(), one)).toList())
                .onComplete(_ -> gate.leave(Passage.READ)));
  }

  private static Future<OpenVolume> inside(VolumeGate gate) {
    Promise<Void> passed = Promise.promise();
    if (gate.enter(Passage.READ, passed::complete)) passed.complete();
    return passed.future().map(_ -> gate.volume());
  }

  private static boolean comesFrom(Volume volume, ChangedSince context) {
    try {
      volume.changes(context.guid(), 0, 0, _ -> false);
      return true;
    } catch (GatewayError.NotFound _) {
      return false;
    }
  }
}
