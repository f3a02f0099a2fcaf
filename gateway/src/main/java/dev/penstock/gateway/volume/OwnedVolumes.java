package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeUser;
import dev.penstock.spi.volume.Volumes;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The volumes as one module sees them.
 *
 * <p><b>Lifecycle.</b> {@link #closeAll} once the module has stopped: it gives back what the module
 * left open, and nothing is opened through this view any more. <b>Threads.</b> Any.
 */
public final class OwnedVolumes implements Volumes {
  private final VolumeRegistry registry;
  private final String owner;
  private final Set<LentVolume> lent = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  OwnedVolumes(VolumeRegistry registry, String owner) {
    this.registry = registry;
    this.owner = owner;
  }

  String owner() {
    return owner;
  }

  @Override
  public Future<List<VolumeInfo>> list() {
    return Caller.here().answer(registry.listed());
  }

  @Override
  public Future<VolumeInfo> find(String name) {
    return Caller.here().answer(registry.found(name));
  }

  @Override
  public Future<List<SnapshotInfo>> snapshots(String volume) {
    return Caller.here().answer(registry.snapshotsOf(volume));
  }

  @Override
  public Future<OpenVolume> open(String name, Access access, VolumeUser user) {
    if (closed) return Future.failedFuture(stopped());
    return Caller.here().answer(registry.open(this, name, access, user).compose(this::keep));
  }

  /** Gives back what is open; completes once no call is under way on any of it. */
  public Future<Void> closeAll() {
    closed = true;
    return Future.join(lent.stream().map(LentVolume::close).toList()).mapEmpty();
  }

  void add(LentVolume one) {
    lent.add(one);
  }

  void forget(LentVolume one) {
    lent.remove(one);
  }

  /** The module may have stopped while its volume was being opened. */
  Future<OpenVolume> keep(LentVolume one) {
    if (!closed) return Future.succeededFuture(one);
    return one.close().transform(_ -> Future.failedFuture(stopped()));
  }

  private GatewayError stopped() {
    return new GatewayError.Conflict("%s has stopped".formatted(owner));
  }
}
