package dev.penstock.gateway.module;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.Serving;
import io.vertx.core.Future;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

/** What a module serves on event loops, and what it leaves open. */
class ModuleServingsTest extends ScriptedModules {
  @Test
  void servesOnAsManyEventLoopsAsAskedAndStopsThemAfterTheModule() throws Exception {
    List<String> calls = new CopyOnWriteArrayList<>();
    var module = scripted();
    module.start = context -> context.serve(2, () -> new Told(calls, false));
    module.stop =
        () -> {
          calls.add("module stops");
          return Future.succeededFuture();
        };

    done(modules.start("one"));
    assertThat(calls).containsExactly("start", "start");
    assertThat(vertx.deploymentIDs()).hasSize(3);

    done(modules.stop("one"));
    assertThat(calls).containsExactly("start", "start", "module stops", "stop", "stop");
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  @Test
  void stopsAllServingsWhenOneDoesNotStart() {
    List<String> calls = new CopyOnWriteArrayList<>();
    scripted().start = context -> context.serve(2, () -> new Told(calls, true));

    assertThatThrownBy(() -> done(modules.start("one"))).hasMessageContaining("port taken");

    assertThat(calls).containsExactly("start", "start", "stop", "stop");
    assertThat(vertx.deploymentIDs()).isEmpty();
  }

  private record Told(List<String> calls, boolean fails) implements Serving {
    @Override
    public Future<Void> start() {
      calls.add("start");
      return fails
          ? Future.failedFuture(new GatewayError.Conflict("port taken"))
          : Future.succeededFuture();
    }

    @Override
    public Future<Void> stop() {
      calls.add("stop");
      return Future.succeededFuture();
    }
  }

  @Test
  void endsSubscriptionsThatAModuleLeftOpen() throws Exception {
    scripted().start =
        context -> {
          var _ = context.events().subscribe(_ -> {});
          return Future.succeededFuture();
        };
    done(modules.start("one"));

    done(modules.stop("one"));

    assertThat(events.subscriptions()).isZero();
  }
}
