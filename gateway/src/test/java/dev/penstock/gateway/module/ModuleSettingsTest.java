package dev.penstock.gateway.module;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.gateway.config.ModuleConfig;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Settings that change are taken on the fly, or by a restart. */
class ModuleSettingsTest extends ScriptedModules {
  @Test
  void takesSettingsOnTheFlyFromAModuleThatCan() throws Exception {
    var starts = new AtomicInteger();
    var module = scripted();
    module.reconfigure = () -> Future.succeededFuture(true);
    module.start = _ -> counted(starts);
    done(modules.start("one"));

    done(modules.reconfigure(config("toy")));

    assertThat(starts).hasValue(1);
  }

  /** What Vert.x deploys from a verticle's context is undeployed with that verticle. */
  @Test
  void aModuleThatIsStartedAfterAnotherOneAnsweredDoesNotEndWithIt() throws Exception {
    modules.add(new ModuleConfig("two", "toy", settings(), settings().at()));
    scripted().reconfigure = () -> Future.succeededFuture(true);
    done(modules.start("one"));

    done(modules.reconfigure(config("toy")).compose(_ -> modules.start("two")));
    done(modules.stop("one"));

    assertThat(vertx.deploymentIDs()).hasSize(1);
  }

  private static Block settings() {
    return TestSettings.block("modules.two", Map.of());
  }

  @Test
  void restartsAModuleThatCannotTakeSettingsOnTheFly() throws Exception {
    var starts = new AtomicInteger();
    scripted().start = _ -> counted(starts);
    done(modules.start("one"));

    done(modules.reconfigure(config("toy")));

    assertThat(starts).hasValue(2);
    assertThat(one().state()).isEqualTo(ModuleLife.RUNNING);
  }

  @Test
  void leavesAModuleAloneThatFailsToTakeSettingsOnTheFlyAndOffersThemAgain() throws Exception {
    var starts = new AtomicInteger();
    var module = scripted();
    module.start = _ -> counted(starts);
    module.reconfigure =
        () ->
            Future.failedFuture(
                new GatewayError.Failed(Scope.MODULE, "the disk of its state is full"));
    done(modules.start("one"));
    ModuleConfig changed = config("toy");

    assertThatThrownBy(() -> done(modules.reconfigure(changed)))
        .hasMessageContaining("the disk of its state is full; it goes on as it was");

    assertThat(starts).hasValue(1);
    assertThat(one().state()).isEqualTo(ModuleLife.RUNNING);
    assertThat(modules.hasTaken(changed)).isFalse();
    module.reconfigure = () -> Future.succeededFuture(true);
    done(modules.reconfigure(changed));
    assertThat(modules.hasTaken(changed)).isTrue();
  }

  private static Future<Void> counted(AtomicInteger counter) {
    counter.incrementAndGet();
    return Future.succeededFuture();
  }
}
