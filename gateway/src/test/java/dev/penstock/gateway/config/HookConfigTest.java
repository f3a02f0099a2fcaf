package dev.penstock.gateway.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HookConfigTest {
  @TempDir Path folder;

  private final Problems problems = new Problems();

  private List<HookConfig> read(String hook) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("gateway.yaml"), "snapshots: { hooks: { db: { %s } } }".formatted(hook));
    Block root = ConfigFile.read(file, problems).orElseThrow();
    return SnapshotsConfig.read(root.block("snapshots", problems), problems).hooks();
  }

  @Test
  void takesACommandAndHasDefaultsForTheRest() throws IOException {
    assertThat(read("command: [/bin/quiesce, --fast]"))
        .containsExactly(
            new HookConfig(
                "db", List.of("/bin/quiesce", "--fast"), List.of(), Duration.ofSeconds(10), true));
    assertThat(problems.inOrder()).isEmpty();
  }

  @Test
  void concernsItsVolumesOrAll() throws IOException {
    HookConfig all = read("command: [/bin/quiesce]").getFirst();
    HookConfig some = read("command: [/bin/quiesce], volumes: [a, b]").getFirst();

    assertThat(all.concerns(List.of("x"))).isTrue();
    assertThat(some.concerns(List.of("x", "b"))).isTrue();
    assertThat(some.concerns(List.of("x"))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          limit: 5s                              | command is missing
          command: []                            | command is missing
          command: [quiesce]                     | command begins with "quiesce"; it takes the whole path of a program
          command: [/bin/quiesce], limit: 26s    | limit is 26000 ms; it takes more than 0 and at most 25 s
          command: [/bin/quiesce], limit: 0s     | limit is 0 ms; it takes more than 0 and at most 25 s
          command: [/bin/quiesce], volumes: [/a] | "/a" is no name for a volume
          command: [/bin/quiesce], require: yes  | require is no key of snapshots.hooks.db; did you mean required?
          """)
  void refusesWhatIsWrongWithItsLine(String hook, String problem) throws IOException {
    read(hook);
    assertThat(problems.inOrder()).hasSize(1);
    assertThat(problems.inOrder().getFirst().toString())
        .contains("gateway.yaml:1:")
        .contains(problem);
  }
}
