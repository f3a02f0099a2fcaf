package dev.penstock.gateway.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import dev.penstock.spi.volume.VolumeName;
import java.time.Duration;
import java.util.List;

/**
 * A command that is run before and after a snapshot, so that a file system or a database is quiet
 * while it is taken.
 *
 * @param command a program and its arguments; no shell is asked
 * @param volumes whose snapshots it is run for; none for all
 * @param limit how long one run may take
 * @param required whether a snapshot is not taken if the command fails before it
 */
public record HookConfig(
    String name, List<String> command, List<String> volumes, Duration limit, boolean required) {
  private static final Duration LIMIT_DEFAULT = Duration.ofSeconds(10);

  /** A caller of the API waits this long for all of it: two runs have to fit in. */
  private static final Duration LIMIT_MAX = Duration.ofSeconds(25);

  public HookConfig {
    command = List.copyOf(command);
    volumes = List.copyOf(volumes);
  }

  static HookConfig read(Block.Named named, Problems problems) {
    Block block = named.block();
    var hook =
        new HookConfig(
            named.name(),
            command(block, problems),
            volumes(block, problems),
            limit(block, problems),
            block.bool("required", true, problems));
    block.refuseOtherKeys(problems);
    return hook;
  }

  public boolean concerns(List<String> taken) {
    return volumes.isEmpty() || taken.stream().anyMatch(volumes::contains);
  }

  private static List<String> command(Block block, Problems problems) {
    int before = problems.count();
    List<String> command = texts(block, "command", problems);
    if (problems.count() > before) return command;
    if (command.isEmpty())
      problems.add(block.at("command"), "%s: command is missing".formatted(block.name()));
    else if (!command.getFirst().startsWith("/"))
      problems.add(
          block.at("command"),
          "%s: command begins with \"%s\"; it takes the whole path of a program"
              .formatted(block.name(), command.getFirst()));
    return command;
  }

  private static List<String> volumes(Block block, Problems problems) {
    List<String> volumes = texts(block, "volumes", problems);
    for (String volume : volumes)
      VolumeName.objection(volume)
          .ifPresent(
              why -> problems.add(block.at("volumes"), "%s: %s".formatted(block.name(), why)));
    return volumes;
  }

  private static List<String> texts(Block block, String key, Problems problems) {
    return block.texts(key, List.of(), problems).stream().map(Setting.Text::text).toList();
  }

  private static Duration limit(Block block, Problems problems) {
    Duration limit = block.duration("limit", LIMIT_DEFAULT, problems);
    if (limit.isPositive() && limit.compareTo(LIMIT_MAX) <= 0) return limit;
    problems.add(
        block.at("limit"),
        "%s: limit is %d ms; it takes more than 0 and at most %d s"
            .formatted(block.name(), limit.toMillis(), LIMIT_MAX.toSeconds()));
    return LIMIT_DEFAULT;
  }
}
