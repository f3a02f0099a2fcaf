package dev.penstock.nbd.export;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.Volumes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/** The volumes that exports serve, each open once for all who use it alike. Any thread. */
final class SharedVolumes {
  private record Key(String volume, Access access) {
    static Key of(ExportSettings settings) {
      return new Key(settings.volume(), settings.readOnly() ? Access.READ : Access.WRITE);
    }
  }

  /** A volume that is open or opening, and how many use it. */
  private static final class Use {
    private final SharedVolume volume;
    private int users;

    private Use(SharedVolume volume) {
      this.volume = volume;
    }
  }

  private final String user;
  private final Vertx vertx;
  private final LongSupplier nanoClock;
  private final Volumes volumes;
  private final SharedVolume.Clients clients;
  private final Map<Key, Use> uses = new HashMap<>();
  private final Map<Key, Future<Void>> closing = new HashMap<>();

  SharedVolumes(
      String user,
      Vertx vertx,
      LongSupplier nanoClock,
      Volumes volumes,
      SharedVolume.Clients clients) {
    this.user = user;
    this.vertx = vertx;
    this.nanoClock = nanoClock;
    this.volumes = volumes;
    this.clients = clients;
  }

  /** Opens what an export serves; fails with what opening fails with, and nothing is taken then. */
  Future<Served> take(ExportSettings settings) {
    return take(Key.of(settings)).onFailure(_ -> giveBack(settings));
  }

  private synchronized Future<Served> take(Key key) {
    Use use = uses.get(key);
    if (use == null) {
      Future<Void> before = closing.getOrDefault(key, Future.succeededFuture());
      if (!before.isComplete()) return before.compose(_ -> take(key));
      use =
          new Use(
              new SharedVolume(user, vertx, nanoClock, volumes, key.volume, key.access, clients));
      uses.put(key, use);
    }
    use.users++;
    return use.volume.served();
  }

  /** Whoever took it needs it no more. Completes when it is closed, if nobody else does. */
  Future<Void> giveBack(ExportSettings settings) {
    return giveBack(Key.of(settings));
  }

  private synchronized Future<Void> giveBack(Key key) {
    Use use = uses.get(key);
    if (use == null || --use.users > 0) return Future.succeededFuture();
    uses.remove(key);
    Future<Void> closed = use.volume.close();
    closing.put(key, closed);
    return closed.onComplete(_ -> closed(key, closed));
  }

  /** Completes when what was given back so far is closed. */
  synchronized Future<Void> closed() {
    return Future.join(List.copyOf(closing.values())).mapEmpty();
  }

  private synchronized void closed(Key key, Future<Void> closed) {
    closing.remove(key, closed);
  }
}
