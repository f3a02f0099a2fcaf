package dev.penstock.gateway.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/**
 * Brings a replica back to a snapshot that both sides have: those that came later go.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
final class BringingBack {
  private final VolumeRegistry registry;
  private final Destroying destroying;
  private final VolumeSnapshots all;

  BringingBack(VolumeRegistry registry, Destroying destroying, VolumeSnapshots all) {
    this.registry = registry;
    this.destroying = destroying;
    this.all = all;
  }

  /**
   * @param later what goes before; if one of them stays, the volume stays as it is
   * @param tag of the anchor that moves to the snapshot
   */
  Future<Void> bringBack(Meant snapshot, List<Meant> later, String tag) {
    return registry
        .slots()
        .unusedStep(
            snapshot.name().volume(),
            "brought back",
            () ->
                FoundSnapshot.in(registry.names(), snapshot)
                    .compose(there -> broughtBack(snapshot.name(), there, later, tag)));
  }

  private Future<Void> broughtBack(
      SnapshotName name, FoundSnapshot there, List<Meant> later, String tag) {
    return registry
        .ownerships()
        .require(name.volume())
        .compose(known -> {
          known.requireReceivable();
          return broughtBackNow(name, there, later, tag);
        });
  }

  private Future<Void> broughtBackNow(
      SnapshotName name, FoundSnapshot there, List<Meant> later, String tag) {
    return there
        .call(its -> {
          its.moveHold(name.volume(), there.info().guid(), tag); // it may be on one that goes
          return Optional.empty();
        })
        .compose(_ -> destroying.inTurn(there.named(), later, Destroying.Need.SPARED))
        .map(fates -> {
          fates.forEach(BringingBack::requireGone);
          return fates;
        })
        .compose(_ -> all.rolledBack(name, there));
  }

  private static void requireGone(Fate fate) {
    switch (fate) {
      case Fate.Destroyed _ -> {}
      case Fate.Deferred(SnapshotName name, String holders) ->
          throw new GatewayError.Unavailable(
              Scope.RESOURCE,
              GatewayError.NoSpace.LOOK_AGAIN,
              "%s would have to go, and is in use by %s".formatted(name, holders));
      case Fate.Failed failed -> throw failed.why();
    }
  }
}
