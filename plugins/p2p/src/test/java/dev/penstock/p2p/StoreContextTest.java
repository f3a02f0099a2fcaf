package dev.penstock.p2p;

import static dev.penstock.spi.testing.Settled.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.module.FileWorkers;
import dev.penstock.spi.testing.FakeWorkers;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

/** Whose trouble it is that something cannot be done now. */
class StoreContextTest {
  private static GatewayError away() {
    return new GatewayError.Unavailable(Scope.RESOURCE, Duration.ofSeconds(1), "not now");
  }

  private static FileWorkers workers(boolean full) {
    return new FileWorkers() {
      @Override
      public <T> Future<T> run(Callable<T> calls) {
        return full ? Future.failedFuture(away()) : FakeWorkers.run(calls);
      }
    };
  }

  private static Scope scope(boolean full) {
    Throwable why =
        failure(
            StoreContext.run(
                workers(full),
                () -> {
                  throw away();
                }));
    assertThat(why).hasMessage("not now");
    return ((GatewayError) why).scope();
  }

  @Test
  void thatNoWorkerTakesACallIsOurs() {
    assertThat(scope(true)).isEqualTo(Scope.MODULE);
  }

  @Test
  void whatACallSaysOfItsRepositoryStays() {
    assertThat(scope(false)).isEqualTo(Scope.RESOURCE);
  }
}
