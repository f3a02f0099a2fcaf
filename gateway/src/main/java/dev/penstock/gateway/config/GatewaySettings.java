package dev.penstock.gateway.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The {@code gateway} block.
 *
 * @param name what this gateway calls itself, in answers and in metrics
 * @param state the folder of what the gateway remembers; made if it is not there
 * @param plugins the folder of plugin archives
 * @param startLimit how long a module may take to start
 * @param shutdownLimit how long a module, and the whole gateway, may take to stop
 * @param log how lines of the log are written
 */
public record GatewaySettings(
    String name,
    Path state,
    Path plugins,
    Duration startLimit,
    Duration shutdownLimit,
    LogFormat log) {

  /** How lines of the log are written. */
  public enum LogFormat {
    /** For people: time, level, message, key-values. */
    TEXT,
    /** One JSON object a line, for collectors. */
    JSON
  }

  static final Duration LIMIT_DEFAULT = Duration.ofSeconds(30);

  /** A stop that waits for nobody cuts off every request under way. */
  static final Duration LIMIT_MIN = Duration.ofMillis(100);

  static final Duration LIMIT_MAX = Duration.ofMinutes(10);

  static GatewaySettings read(Block block, Problems problems) {
    Path here = block.at().folder();
    var settings =
        new GatewaySettings(
            block.text("name", "penstock", problems),
            block.path("state", problems).orElse(here.resolve("state")),
            block.path("plugins", problems).orElseGet(() -> standardPlugins(here)).normalize(),
            limit(block, "start_limit", problems),
            limit(block, "shutdown_limit", problems),
            log(block, problems));
    block.refuseOtherKeys(problems);
    return settings;
  }

  /** The distribution's own plugins; those beside the file, if there is no distribution. */
  private static Path standardPlugins(Path here) {
    return Optional.ofNullable(System.getProperty("penstock.home"))
        .map(home -> Path.of(home, "plugins"))
        .orElse(here.resolve("plugins"));
  }

  private static Duration limit(Block block, String key, Problems problems) {
    Duration limit = block.duration(key, LIMIT_DEFAULT, problems);
    if (limit.compareTo(LIMIT_MIN) >= 0 && limit.compareTo(LIMIT_MAX) <= 0) return limit;
    problems.add(
        block.at(key),
        "%s: %s is %d ms; it takes 100ms to 10m".formatted(block.name(), key, limit.toMillis()));
    return LIMIT_DEFAULT;
  }

  private static LogFormat log(Block block, Problems problems) {
    String text = block.text("log", "text", problems);
    return switch (text) {
      case "text" -> LogFormat.TEXT;
      case "json" -> LogFormat.JSON;
      default -> {
        problems.add(
            block.at("log"),
            "%s: log is \"%s\"; it takes text or json".formatted(block.name(), text));
        yield LogFormat.TEXT;
      }
    };
  }
}
