package dev.penstock.nbd.export;

import dev.penstock.nbd.config.Rates;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.VolumeGate;
import dev.penstock.spi.volume.VolumeUser;
import dev.penstock.spi.volume.Volumes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * A volume as all its exports of one access share it: opened once, behind one gate.
 *
 * <p><b>Threads.</b> Any.
 */
final class SharedVolume implements VolumeUser {
  private final String name;
  private final LongSupplier nanoClock;
  private final Throttle throttle;
  private final Future<VolumeGate> gate;

  /** Begins to open it. */
  SharedVolume(
      String name,
      Vertx vertx,
      LongSupplier nanoClock,
      Volumes volumes,
      String volume,
      Access access) {
    this.name = name;
    this.nanoClock = nanoClock;
    this.throttle = new Throttle(Rates.NONE, nanoClock.getAsLong());
    this.gate = volumes.open(volume, access, this).map(open -> new VolumeGate(name, vertx, open));
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
    return gate.compose(passage -> {
      OpenVolume before = passage.volume();
      return passage.retire(successor, limit).compose(_ -> before.close());
    });
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
