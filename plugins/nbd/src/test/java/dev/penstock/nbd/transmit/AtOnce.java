package dev.penstock.nbd.transmit;

import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.Volume;
import io.vertx.core.Future;
import java.util.concurrent.Callable;

/** A volume whose calls are done before they return. */
public record AtOnce(Volume volume) implements OpenVolume {
  @Override
  public Access access() {
    return Access.WRITE;
  }

  @Override
  public <T> Future<T> run(Callable<T> calls) {
    return Future.future(done -> {
      try {
        done.complete(calls.call());
      } catch (Exception e) {
        done.fail(e);
      }
    });
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
