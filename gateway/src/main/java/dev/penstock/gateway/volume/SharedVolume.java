package dev.penstock.gateway.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent.VolumeUnhealthy;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import dev.penstock.spi.volume.Volume;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A volume that a store opened once, and that several hold. The last one to let go closes it.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
final class SharedVolume {
  private static final Logger log = LoggerFactory.getLogger(SharedVolume.class);

  private final Volume volume;
  private final WaitsOn waitsOn;
  private final Workers workers;
  private final Events events;
  private final InstantSource clock;
  private final Promise<Void> closed = Promise.promise();
  private volatile Optional<String> trouble = Optional.empty();
  private int holders = 1;

  /** Held once, by whoever made it. */
  SharedVolume(
      Volume volume, WaitsOn waitsOn, Workers workers, Events events, InstantSource clock) {
    this.volume = volume;
    this.waitsOn = waitsOn;
    this.workers = workers;
    this.events = events;
    this.clock = clock;
  }

  Volume volume() {
    return volume;
  }

  Workers workers() {
    return workers;
  }

  WaitsOn waitsOn() {
    return waitsOn;
  }

  /** Why it is unhealthy; text only, since an exception would hold its plugin's classes. */
  Optional<String> trouble() {
    return trouble;
  }

  Future<Void> closed() {
    return closed.future();
  }

  /** False if the last one has let go already. */
  synchronized boolean hold() {
    if (holders == 0) return false;
    holders++;
    return true;
  }

  /** Completes once the volume is closed, if this was the last one; at once otherwise. */
  Future<Void> release() {
    synchronized (this) {
      if (--holders > 0) return Future.succeededFuture();
    }
    workers.executeRegardless(waitsOn, this::close);
    return closed.future();
  }

  /** Runs a call of the host's own, which counts for the volume's health like a user's. */
  <T> Future<T> run(Callable<T> call) {
    return workers.run(waitsOn, call).onFailure(this::note);
  }

  /** Notes a failure that concerns the whole volume; says so once. */
  void note(Throwable failure) {
    if (!concernsAll(failure) || trouble.isPresent()) return;
    String reason = ((GatewayError) failure).what();
    synchronized (this) {
      if (trouble.isPresent()) return;
      trouble = Optional.of(reason);
    }
    log.atError()
        .addKeyValue("volume", volume.info().name())
        .addKeyValue("reason", reason)
        .log("volume unhealthy");
    events.publish(
        new VolumeUnhealthy(clock.instant(), volume.info().name(), volume.info().guid(), reason));
  }

  static boolean concernsAll(Throwable failure) {
    return switch (failure) {
      case GatewayError.Damaged _ -> true;
      case GatewayError.Failed failed -> failed.scope().compareTo(Scope.RESOURCE) >= 0;
      default -> false;
    };
  }

  private void close() {
    try {
      volume.close();
    } catch (Throwable thrown) { // it is given up, whatever it says
      log.atError().setCause(thrown).log("a volume failed to close");
    } finally {
      closed.complete();
    }
  }
}
