package dev.penstock.gateway;

import dev.penstock.gateway.admin.Subjects;
import dev.penstock.gateway.admin.Subjects.Volume;
import dev.penstock.gateway.volume.StoreRegistry;
import dev.penstock.gateway.volume.StoreStatus;
import dev.penstock.gateway.volume.VolumeRegistry;
import dev.penstock.gateway.volume.VolumeStatus;
import dev.penstock.spi.volume.Finding;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The volumes of all stores, as the admin API shows them. */
record ShownVolumes(StoreRegistry registry, VolumeRegistry volumes) implements Subjects.Volumes {
  @Override
  public List<String> stores() {
    return registry.statuses().stream().map(StoreStatus::name).toList();
  }

  @Override
  public Future<List<Volume>> all() {
    return volumes.statuses().map(all -> all.stream().map(ShownVolumes::shown).toList());
  }

  @Override
  public Future<Volume> find(String name) {
    return volumes.status(name).map(ShownVolumes::shown);
  }

  private static Volume shown(VolumeStatus status) {
    return new Volume(
        status.info(),
        status.store(),
        status.condition().name().toLowerCase(Locale.ROOT),
        status.users().stream().map(VolumeStatus.User::name).toList(),
        status.dirtyBytes(),
        status.trouble());
  }

  @Override
  public Future<Void> create(String name, String store, long sizeBytes) {
    return volumes.create(name, store, sizeBytes).mapEmpty();
  }

  @Override
  public Future<Void> resize(String name, long sizeBytes) {
    return volumes.resize(name, sizeBytes).mapEmpty();
  }

  @Override
  public Future<Void> setReplica(String name, boolean replica) {
    return volumes.setReplica(name, replica).mapEmpty();
  }

  @Override
  public Future<Void> remove(String name) {
    return volumes.remove(name);
  }

  @Override
  public Future<Duration> freeze(String name, Duration limit) {
    return volumes.freeze(name, limit);
  }

  @Override
  public Future<Void> thaw(String name) {
    return volumes.thaw(name);
  }

  @Override
  public Future<List<Finding>> leftovers(String store, Optional<String> aside, boolean apply) {
    return registry.leftovers(store, aside, apply);
  }
}
