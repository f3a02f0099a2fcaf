package dev.penstock.pruner.run;

import static dev.penstock.spi.testing.Settled.done;
import static dev.penstock.spi.testing.Settled.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.pruner.OwnRules;
import dev.penstock.pruner.config.PrunerConfig;
import dev.penstock.pruner.config.Rules;
import dev.penstock.pruner.run.Wanted.Trigger;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeTasks;
import dev.penstock.spi.testing.TestSettings;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Timeout;

/** A pruner, the stores that it runs against, and what a test asks of both. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
abstract class PrunerRuns {
  final GatewayError forGood = new GatewayError.Failed(Scope.RESOURCE, "it is bad");
  final GatewayError passes =
      new GatewayError.Unavailable(Scope.RESOURCE, Duration.ZERO, "it is busy");
  static final Wanted ALL = new Wanted(Trigger.HAND, Set.of(), Set.of());
  static final Wanted BY_ITSELF = new Wanted(Trigger.TIME, Set.of(), Set.of());

  final FakeSnapshots snapshots = new FakeSnapshots();
  final FakeTasks tasks = new FakeTasks();
  final Remembering observer = new Remembering();
  final Standings standings = new Standings();
  Extensions extensions = new OwnRules();
  Duration backoff = Duration.ofMillis(1);
  final AtomicReference<PrunerConfig> config = new AtomicReference<>();
  final AtomicLong passedNanos = new AtomicLong();

  Pruner keeping(Object... keep) {
    return pruner(Map.of("local", Map.of("volumes", "*", "keep", List.of(keep))), Map.of());
  }

  Pruner pruner(Map<String, ?> policies, Map<String, ?> limits) {
    configure(policies, limits);
    return new Pruner(
        tasks,
        new RunHost(
            snapshots,
            config::get,
            () -> new Rules(extensions),
            new FakeClock(),
            () -> System.nanoTime() + passedNanos.get(),
            new Backoff(backoff, () -> 0),
            standings,
            observer));
  }

  /** As a reload does. */
  void configure(Map<String, ?> policies, Map<String, ?> limits) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("policies", policies);
    settings.put("limits", limits);
    var problems = new Problems();
    config.set(
        PrunerConfig.read(
            TestSettings.block("modules.pruner", settings), new Rules(extensions), problems));
    assertThat(problems.inOrder()).isEmpty();
  }

  static Map<String, ?> all(Object... keep) {
    return Map.of("local", Map.of("volumes", "*", "keep", List.of(keep)));
  }

  static Map<String, ?> last(int count) {
    return Map.of("last", Map.of("count", count));
  }

  static RunReport ran(Pruner pruner) {
    return done(pruner.ask(ALL, _ -> {}));
  }

  static RunReport failed(Pruner pruner) {
    assertThat(failure(pruner.ask(ALL, _ -> {}))).isInstanceOf(GatewayError.class);
    return pruner.reports().getFirst();
  }

  static VolumeReport of(RunReport report, String volume) {
    return report.volumes().stream()
        .filter(one -> one.volume().equals(volume))
        .findFirst()
        .orElseThrow(() -> new AssertionError(volume + " is not in " + report));
  }
}
