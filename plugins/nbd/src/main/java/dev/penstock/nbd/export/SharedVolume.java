package dev.penstock.nbd.export;

import dev.penstock.nbd.config.Rates;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.VolumeGate;
import dev.penstock.spi.volume.VolumeUser;
import dev.penstock.spi.volume.Volumes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * A volume as all its exports of one access share it: opened once, behind one gate.
 *
 * <p><b>Threads.</b> Any.
 */
final class SharedVolume implements VolumeUser {
  private final String name;
  private final LongSupplier nanoClock;
  private final Throttle throttle;
  private final Clients clients;
  private final Future<VolumeGate> gate;

  /** Who comes to a volume through a gate. */
  @FunctionalInterface
  interface Clients {
    /**
     * Ends them: there is nothing behind the gate any more.
     *
     * @param then comes when all have left, before anybody else can come
     */
    Future<Void> dismiss(VolumeGate gate, String why, Supplier<Future<Void>> then);
  }

  /** Begins to open it. */
  SharedVolume(
      String name,
      Vertx vertx,
      LongSupplier nanoClock,
      Volumes volumes,
      String volume,
      Access access,
      Clients clients) {
    this.name = name;
    this.nanoClock = nanoClock;
    this.throttle = new Throttle(Rates.NONE, nanoClock.getAsLong());
    this.clients = clients;
    this.gate =
        volumes
            .open(volume, access, this)
            .compose(SharedVolume::unlessEnded)
            .map(open -> new VolumeGate(name, vertx, open));
  }

  private static Future<OpenVolume> unlessEnded(OpenVolume open) {
    return open.volume()
        .ended()
        .map(why -> open.close().<OpenVolume>transform(_ -> failed(new GatewayError.Conflict(why))))
        .orElseGet(() -> Future.succeededFuture(open));
  }

  private static <T> Future<T> failed(GatewayError why) {
    return Future.failedFuture(why);
  }

  /** Fails with what opening failed with; there is then nothing to close. */
  Future<Served> served() {
    return gate.map(open -> new Served(open, throttle));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Future<Void> freeze(Duration limit) {
    return gate.compose(passage -> passage.freeze(limit));
  }

  @Override
  public Future<Void> halt(Duration limit) {
    return gate.compose(passage -> passage.halt(limit));
  }

  @Override
  public Future<Void> thaw() {
    return gate.compose(VolumeGate::thaw);
  }

  @Override
  public Future<Void> pace(long writtenBytesPerSecond) {
    throttle.change(Rates.ofWrites(writtenBytesPerSecond), nanoClock.getAsLong());
    return Future.succeededFuture();
  }

  @Override
  public Future<Void> retire(OpenVolume successor, Duration limit) {
    return gate.compose(passage ->
        successor
            .volume()
            .ended()
            .map(why -> clients.dismiss(passage, why, () -> retired(passage, successor, limit)))
            .orElseGet(() -> retired(passage, successor, limit)));
  }

  private static Future<Void> retired(VolumeGate passage, OpenVolume successor, Duration limit) {
    OpenVolume before = passage.volume();
    return passage.retire(successor, limit).compose(_ -> before.close());
  }

  /**
   * Once no request is inside, gives it back. Clients that wait at the gate have to be gone by
   * then.
   */
  Future<Void> close() {
    return gate.compose(passage -> passage.whenIdle().compose(_ -> passage.volume().close()))
        .otherwiseEmpty();
  }
}
