package dev.penstock.gateway.module;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.GatewayEvent;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Modules start and stop, and one that misbehaves is nobody else's trouble. */
class ModuleRegistryTest extends ScriptedModules {
  @Test
  void startsAndStopsAModule() throws Exception {
    assertThat(done(modules.start("one")).state()).isEqualTo(ModuleLife.RUNNING);
    assertThat(one().plugin()).contains("toys");

    assertThat(done(modules.stop("one")).state()).isEqualTo(ModuleLife.STOPPED);
    assertThat(takenBack).hasValue(1);
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  @Test
  void keepsTheReasonOfAStartThatThrows() {
    scripted().start =
        _ -> {
          throw new IllegalStateException("no luck today");
        };

    assertThatThrownBy(() -> done(modules.start("one"))).hasMessageContaining("no luck today");

    assertThat(one().state()).isEqualTo(ModuleLife.FAILED);
    assertThat(one().reason().orElseThrow()).contains("no luck today");
    assertThat(takenBack).hasValue(1);
    assertThat(vertx.deploymentIDs()).isEmpty();
    assertThat(events.all(GatewayEvent.ModuleFailed.class)).hasSize(1);
  }

  @Test
  void survivesAModuleThatThrowsAnError() {
    scripted().start =
        _ -> {
          throw new StackOverflowError();
        };

    assertThatThrownBy(() -> done(modules.start("one"))).isInstanceOf(GatewayError.Failed.class);
  }

  @Test
  void givesUpAStartThatNeverCompletes() {
    scripted().start = _ -> Promise.<Void>promise().future();

    assertThatThrownBy(() -> done(modules.start("one")))
        .hasMessageContaining("did not start within");

    assertThat(one().state()).isEqualTo(ModuleLife.FAILED);
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  @Test
  void goesOnWithoutAModuleWhoseStopNeverCompletes() throws Exception {
    scripted().stop = () -> Promise.<Void>promise().future();
    done(modules.start("one"));

    assertThatThrownBy(() -> done(modules.stop("one"))).hasMessageContaining("did not stop within");

    assertThat(one().state()).isEqualTo(ModuleLife.FAILED);
    assertThat(takenBack).hasValue(1);
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  @Test
  void goesOnWithoutAModuleThatBlocksItsEventLoop() {
    scripted().start =
        _ -> {
          try {
            unblock.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          return Future.succeededFuture();
        };

    assertThatThrownBy(() -> done(modules.start("one")))
        .hasMessageContaining("did not start within");

    assertThat(one().state()).isEqualTo(ModuleLife.FAILED);
  }

  @Test
  void triesAgainOnlyWhatSaysThatItCanWorkLater() throws Exception {
    var attempts = new AtomicInteger();
    scripted().start =
        _ ->
            attempts.incrementAndGet() > 1
                ? Future.succeededFuture()
                : Future.failedFuture(
                    new GatewayError.Unavailable(Scope.MODULE, Duration.ofMillis(1), "not yet"));

    assertThatThrownBy(() -> done(modules.start("one"))).hasMessageContaining("not yet");

    assertThat(one().retryAt()).isPresent();
    Awaitility.await().untilAsserted(() -> assertThat(one().state()).isEqualTo(ModuleLife.RUNNING));
    assertThat(attempts).hasValue(2);
  }

  @Test
  void namesTheKindThatNoPluginProvides() {
    assertThatThrownBy(() -> done(modules.reconfigure(config("tow")))).hasMessageContaining("tow");

    assertThat(one().state()).isEqualTo(ModuleLife.FAILED);
  }
}
