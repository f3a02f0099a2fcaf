package dev.penstock.gateway.volume;

import dev.penstock.gateway.lease.Leases;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Future;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Removes a volume with its snapshots: they are condemned, all of them or none, so that nobody
 * begins to read one that is going.
 */
final class Removal {
  private final VolumeNames volumes;
  private final Leases leases;

  Removal(VolumeNames volumes, Leases leases) {
    this.volumes = volumes;
    this.leases = leases;
  }

  /** What was removed, in the turn of a volume that is not open. */
  Future<VolumeNames.Named> of(String volume) {
    return volumes
        .find(volume)
        .compose(there ->
            condemned(volume, there.store())
                .compose(snapshots ->
                    there
                        .store()
                        .remove(volume)
                        .eventually(() -> leases.forget(snapshots).otherwiseEmpty()))
                .map(there));
  }

  private Future<List<UUID>> condemned(String volume, OpenStore store) {
    return store
        .listSnapshots(volume)
        .compose(its -> {
          requireNoneHeld(volume, its);
          return leases
              .condemn(its.stream().map(SnapshotInfo::guid).toList())
              .compose(wish -> allOrNone(volume, its, wish));
        });
  }

  private static void requireNoneHeld(String volume, List<SnapshotInfo> its) {
    its.stream()
        .filter(info -> !info.holds().isEmpty())
        .findFirst()
        .ifPresent(info -> {
          throw new GatewayError.Conflict(
              "volume %s cannot be removed: its snapshot %s is held (%s)"
                  .formatted(volume, info.name(), String.join(", ", info.holds())));
        });
  }

  private Future<List<UUID>> allOrNone(
      String volume, List<SnapshotInfo> its, Leases.Condemned wish) {
    if (wish.deferred().isEmpty()) return Future.succeededFuture(wish.guids());
    String who =
        its.stream()
            .filter(info -> wish.deferred().containsKey(info.guid()))
            .map(info -> "%s by %s".formatted(info.name(), wish.deferred().get(info.guid())))
            .collect(Collectors.joining("; "));
    return leases
        .forget(wish.guids())
        .transform(_ ->
            Future.failedFuture(
                new GatewayError.Conflict(
                    "volume %s cannot be removed: its snapshots are in use: %s"
                        .formatted(volume, who))));
  }
}
