package dev.penstock.p2p.line;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.LimitReader;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The settings of a repository of kind {@code shell}.
 *
 * @param command the program and what stands before {@code p2pstdio}
 * @param quoted whether what is behind goes through a shell, as it does with ssh
 * @param directory as the other side calls it
 * @param uuid of the repository
 * @param connections how many may be in use at once, but for those that hold locks
 * @param idle how many may be kept open that are not in use
 * @param locks how many may hold content locked at once; each is a connection
 */
record ShellSettings(
    List<String> command,
    boolean quoted,
    String directory,
    String uuid,
    int connections,
    int idle,
    int locks,
    LineLimits limits) {
  /** Each is a program, and a module may have 64 of them. */
  static final int CONNECTIONS = 16;

  static final int LOCKS = 32;
  static final int IDLE = 8;
  static final int MOST = 1000;
  private static final Duration TIME_MIN = Duration.ofMillis(1);
  static final Duration CONNECT_LIMIT = Duration.ofSeconds(30);
  static final Duration STALL_LIMIT = Duration.ofMinutes(2);

  /** What it takes to read back a terabyte that was resumed, at a slow disk's rate. */
  static final Duration FINISH_LIMIT = Duration.ofHours(2);

  ShellSettings {
    command = List.copyOf(command);
  }

  /** Reads the block. Every problem goes to {@code problems}, with file and line. */
  static ShellSettings read(Block block, Problems problems) {
    List<String> command =
        block
            .texts("command", List.of(new Setting.Text("git-annex-shell", block.at())), problems)
            .stream()
            .map(Setting.Text::text)
            .toList();
    if (command.isEmpty() || command.getFirst().isEmpty())
      problems.add(block.at("command"), block.name() + ": command is empty");
    boolean quoted = block.bool("quoted", isSsh(command), problems);
    String directory = block.requiredText("directory", problems);
    String uuid = block.requiredText("uuid", problems);
    var reader = new LimitReader(block, problems);
    int connections = reader.count("connections", CONNECTIONS, MOST);
    int idle = reader.countOrNone("idle_connections", IDLE, MOST);
    int locks = reader.countOrNone("locks", LOCKS, MOST);
    var limits =
        new LineLimits(
            reader.time("connect_limit", CONNECT_LIMIT, TIME_MIN),
            reader.time("stall_limit", STALL_LIMIT, TIME_MIN),
            reader.time("finish_limit", FINISH_LIMIT, TIME_MIN));
    block.refuseOtherKeys(problems);
    return new ShellSettings(command, quoted, directory, uuid, connections, idle, locks, limits);
  }

  private static boolean isSsh(List<String> command) {
    return !command.isEmpty() && Path.of(command.getFirst()).endsWith("ssh");
  }

  /** What is started for one client. */
  List<String> command(String client) {
    List<String> all = new ArrayList<>(command);
    for (String word : List.of("p2pstdio", directory, client, "--uuid", uuid))
      all.add(quoted ? quoted(word) : word);
    return all;
  }

  /** A shell takes everything between these quotes as it is. */
  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
