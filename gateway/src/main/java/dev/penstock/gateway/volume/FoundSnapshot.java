package dev.penstock.gateway.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotStore;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/** A snapshot that is there now, beside the others of its volume. */
record FoundSnapshot(VolumeNames.Named named, List<SnapshotInfo> all, SnapshotInfo info) {
  /** Fails with what {@link #meant} throws. */
  static Future<FoundSnapshot> in(VolumeNames volumes, Meant wanted) {
    String volume = wanted.name().volume();
    return volumes
        .find(volume)
        .compose(named ->
            named
                .store()
                .onSnapshots(volume, its -> its.list(volume))
                .map(all -> new FoundSnapshot(named, all, meant(wanted, all))));
  }

  /**
   * The one that is meant, among those that there are. {@link GatewayError.NotFound} if there is
   * none of its name, {@link GatewayError.Conflict} if it is not the one that was seen.
   */
  static SnapshotInfo meant(Meant wanted, Collection<SnapshotInfo> all) {
    SnapshotInfo found =
        all.stream()
            .filter(info -> info.name().equals(wanted.name().snapshot()))
            .findFirst()
            .orElseThrow(() -> new GatewayError.NotFound("there is no snapshot " + wanted.name()));
    wanted
        .guid()
        .filter(guid -> !guid.equals(found.guid()))
        .ifPresent(guid -> {
          throw new GatewayError.Conflict(
              "%s is another snapshot now: %s, not %s; look again"
                  .formatted(wanted.name(), found.guid(), guid));
        });
    return found;
  }

  String volume() {
    return named.info().name();
  }

  SnapshotInfo other(Meant wanted) {
    return meant(wanted, all);
  }

  <T> Future<T> call(Function<SnapshotStore, T> call) {
    return named.store().onSnapshots(volume(), call);
  }
}
