package dev.penstock.gateway.config;

import dev.penstock.gateway.bus.Turns;
import dev.penstock.gateway.plugin.PluginRegistry;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The configuration of a running gateway: what is in force, whether the file is right, and how to
 * apply it again.
 *
 * <p><b>Threads.</b> Any; nothing blocks.
 */
public final class ConfigService {
  private final Vertx host;
  private final PluginRegistry plugins;
  private final Application application;
  private final Events events;
  private final InstantSource clock;
  private final Turns turns;
  private final Path file;
  private volatile GatewayConfig running;

  /** Carries out what a reload changes. */
  public interface Application {
    /** Answers what was done and what went wrong, in sentences. Does not fail. */
    Future<List<String>> apply(ConfigDiff diff);

    /** Whether a store of this name is open: one that failed is tried again by every reload. */
    boolean isOpen(String store);

    /** Whether a module has these settings: every reload offers them again to one that has not. */
    boolean hasTaken(ModuleConfig module);
  }

  /** What came of a reload, in sentences. */
  public record Reloaded(List<String> applied, List<String> needsRestart) {
    public Reloaded {
      applied = List.copyOf(applied);
      needsRestart = List.copyOf(needsRestart);
    }
  }

  /**
   * @param file as the operator named it, for messages
   * @param running what the gateway was started with
   * @param turns shared with whoever else changes what runs
   */
  public ConfigService(
      Vertx host,
      Path file,
      GatewayConfig running,
      PluginRegistry plugins,
      Application application,
      Events events,
      InstantSource clock,
      Turns turns) {
    this.host = host;
    this.file = file;
    this.running = running;
    this.plugins = plugins;
    this.application = application;
    this.events = events;
    this.clock = clock;
    this.turns = turns;
  }

  /** For a process in which no gateway runs. Blocks; makes nothing. */
  public static ConfigCheck check(Path file) {
    return ConfigCheck.of(file);
  }

  /** Reads the file as it is now and says what is wrong with it. Changes nothing. */
  public Future<ConfigCheck> check() {
    return host.executeBlocking(() -> ConfigCheck.against(file, plugins, plugins.plugins()), false)
        .map(Objects::requireNonNull);
  }

  /** What is in force, defaults written out and secrets left out. */
  public Map<String, Object> effective() {
    return EffectiveConfig.of(running);
  }

  public GatewayConfig running() {
    return running;
  }

  /** Where the configuration came from. */
  public Path file() {
    return file;
  }

  /**
   * Reads the file again and applies what can be applied. Fails with {@link GatewayError.Invalid},
   * whose text names every problem, having applied nothing.
   */
  public Future<Reloaded> reload() {
    return turns.take(() -> check().compose(this::applied));
  }

  private Future<Reloaded> applied(ConfigCheck check) {
    if (!check.isGood()) return Future.failedFuture(new GatewayError.Invalid(check.text()));
    GatewayConfig wanted = check.config().orElseThrow();
    ConfigDiff diff = ConfigDiff.between(running.asFarAs(application::isOpen), wanted);
    return application
        .apply(diff)
        .map(done -> {
          Stream<String> hooks =
              diff.hooksChanged() ? Stream.of("snapshots.hooks changed") : Stream.empty();
          List<String> applied =
              Stream.of(done.stream(), hooks, check.warned()).flatMap(told -> told).toList();
          running = running.withReloaded(wanted, diff, application::isOpen, application::hasTaken);
          events.publish(
              new GatewayEvent.ConfigReloaded(
                  clock.instant(), running.gateway().name(), applied, diff.needsRestart()));
          return new Reloaded(applied, diff.needsRestart());
        });
  }
}
