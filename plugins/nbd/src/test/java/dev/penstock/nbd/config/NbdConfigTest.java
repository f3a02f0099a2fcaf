package dev.penstock.nbd.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.testing.TestSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class NbdConfigTest {
  private final Problems problems = new Problems();

  @Test
  void withoutSettingsItListensOnLoopbackAndServesNothing() {
    var config = read(Map.of());
    assertThat(problems.isEmpty()).isTrue();
    assertThat(config.listen())
        .extracting(ListenSettings::address)
        .containsExactly(new ListenAddress.Tcp("127.0.0.1", 10809));
    assertThat(config.tls()).isEmpty();
    assertThat(config.exports()).isEmpty();
    assertThat(config.defaultExport()).isEmpty();
    assertThat(config.limits()).isEqualTo(Limits.DEFAULTS);
  }

  @Test
  void everySettingIsRead() {
    var config =
        read(
            Map.of(
                "listen",
                List.of("tcp://[::1]:1", "unix:nbd.sock"),
                "default_export",
                "a",
                "exports",
                Map.of("a", Map.of("volume", "v", "read_only", "yes", "description", "d")),
                "limits",
                Map.of("request", "5s", "connections", "7", "total_bytes", "64MiB")));

    assertThat(problems.inOrder()).isEmpty();
    assertThat(config.listen())
        .extracting(ListenSettings::address)
        .containsExactly(
            new ListenAddress.Tcp("::1", 1), new ListenAddress.Unix(Path.of("/test/nbd.sock")));
    assertThat(config.defaultExport()).contains("a");
    assertThat(config.limits().request()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.limits().connections()).isEqualTo(7);
    assertThat(config.limits().totalBytes()).isEqualTo(64L << 20);
    assertThat(config.exports())
        .allSatisfy(export -> {
          assertThat(export.volume()).isEqualTo("v");
          assertThat(export.readOnly()).isTrue();
          assertThat(export.description()).isEqualTo("d");
          assertThat(export.configuredAt()).isNotEqualTo(Optional.empty());
        });
  }

  @Test
  void everyMistakeIsAProblemOfItsOwn() {
    read(
        Map.of(
            "listen", List.of("localhost:10809", "tcp://127.0.0.1:1", "tcp://127.0.0.1:1"),
            "exprots", Map.of(),
            "exports", Map.of("a", Map.of("volum", "v"), "b", Map.of("volume", "../etc")),
            "limits", Map.of("request", "1ms", "connections", "0", "total_bytes", "1MiB")));

    assertThat(problems.inOrder())
        .extracting(Problems.Problem::what)
        .anyMatch(what -> what.contains("localhost:10809"))
        .anyMatch(what -> what.contains("twice"))
        .anyMatch(what -> what.contains("exprots") && what.contains("exports?"))
        .anyMatch(what -> what.contains("volum ") && what.contains("volume?"))
        .anyMatch(what -> what.contains("volume is missing"))
        .anyMatch(what -> what.contains("../etc"))
        .anyMatch(what -> what.contains("request is 1 ms"))
        .anyMatch(what -> what.contains("connections is 0"))
        .anyMatch(what -> what.contains("total_bytes"))
        .hasSize(9);
  }

  @Test
  void limitsThatDoNotFitIntoMemoryAreAProblem() {
    read(Map.of("limits", Map.of("connections", "100000")));
    assertThat(problems.inOrder())
        .extracting(Problems.Problem::what)
        .singleElement()
        .asString()
        .contains("448 MiB");
  }

  private NbdConfig read(Map<String, ?> settings) {
    return NbdConfig.read(TestSettings.block("modules.nbd", settings), problems);
  }
}
