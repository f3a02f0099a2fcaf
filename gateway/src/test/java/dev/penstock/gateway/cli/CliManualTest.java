package dev.penstock.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The manual's commands and exit codes are the ones that there are. */
class CliManualTest {
  private static final Pattern WORD = Pattern.compile("`([a-z]+)`");

  private static List<String> section(String heading) throws IOException {
    List<String> lines = new ArrayList<>();
    boolean inside = false;
    for (String line : Files.readAllLines(Path.of("README.md"))) {
      if (line.startsWith("#")) inside = line.endsWith("# " + heading);
      else if (inside) lines.add(line);
    }
    return lines;
  }

  private static CommandLine commands() {
    var nowhere = new PrintWriter(Writer.nullWriter());
    var terminal = new Terminal(nowhere, nowhere, false, Optional::empty);
    return Cli.commandLine(
        terminal,
        Map.of(),
        new Daemon() {
          @Override
          public ExitCode run(Path config) {
            return ExitCode.DONE;
          }

          @Override
          public ExitCode receive(Path config, String volume) {
            return ExitCode.DONE;
          }

          @Override
          public ExitCode check(Path config) {
            return ExitCode.DONE;
          }
        },
        Penstock.COMMANDS);
  }

  @Test
  void describesEveryCommandAndNoOther() throws IOException {
    Map<String, TreeSet<String>> written = new TreeMap<>();
    for (String line : section("Command line")) {
      if (!line.startsWith("| `")) continue;
      var words = WORD.matcher(line).results().map(word -> word.group(1)).toList();
      written.put(words.getFirst(), new TreeSet<>(words.subList(1, words.size())));
    }
    Map<String, TreeSet<String>> there = new TreeMap<>();
    commands()
        .getSubcommands()
        .forEach((name, line) -> there.put(name, new TreeSet<>(line.getSubcommands().keySet())));

    assertThat(written).isEqualTo(there);
  }

  @Test
  void describesEveryExitCode() throws IOException {
    List<String> rows = section("Exit codes").stream().filter(l -> l.matches("\\| \\d.*")).toList();

    assertThat(rows).hasSize(ExitCode.values().length);
    for (ExitCode exit : ExitCode.values())
      assertThat(rows).contains("| %d | %s |".formatted(exit.code(), exit.meaning()));
  }

  @Test
  void everyCommandAndOptionSaysWhatItIsFor() {
    for (CommandLine group : commands().getSubcommands().values()) {
      assertDescribed(group);
      group.getSubcommands().values().forEach(CliManualTest::assertDescribed);
    }
  }

  private static void assertDescribed(CommandLine line) {
    var spec = line.getCommandSpec();
    assertThat(spec.usageMessage().description()).as(spec.qualifiedName()).isNotEmpty();
    spec.options()
        .forEach(option ->
            assertThat(option.description())
                .as(spec.qualifiedName() + " " + option.longestName())
                .isNotEmpty());
  }
}
