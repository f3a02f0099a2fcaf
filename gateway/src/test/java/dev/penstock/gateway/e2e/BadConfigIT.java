package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An operator mends a configuration in one pass, and a wrong one touches nothing. */
@Timeout(60)
class BadConfigIT {
  @TempDir Path folder = Path.of("");

  @Test
  void checkNamesAllFiveMistakesAndRunRefusesInTheSameWords() throws Exception {
    String wrong = Files.readString(Path.of("src/test/resources/wrong/five-mistakes.yaml"));
    PackagedGateway gateway = PackagedGateway.configured(folder, wrong);
    List<Path> before = everything();
    Path config = gateway.file("penstock.yaml");

    Peer.Result check = gateway.cli("check", config.toString());
    Peer.Result run = gateway.refusal();

    assertThat(check.exit()).isEqualTo(3);
    assertThat(run.exit()).isEqualTo(3);
    List<String> problems = problems(check, config);
    assertThat(problems).hasSize(5);
    assertThat(problems.get(0)).contains(":1:", "shutdwon_limit", "shutdown_limit");
    assertThat(problems.get(1)).contains(":4:", "volumes_max", "many");
    assertThat(problems.get(2)).contains(":6:", "dsik", "disk");
    assertThat(problems.get(3)).contains(":9:", "127.0.0.1:10809", "tcp://");
    assertThat(problems.get(4)).contains(":10:", "readonly", "read_only");
    assertThat(problems(run, config)).isEqualTo(problems);
    assertThat(everything()).as("nothing was made").isEqualTo(before);
  }

  @Test
  void filesThatAreNotThereOrNoYamlAreOneMistake() throws Exception {
    PackagedGateway gateway = PackagedGateway.configured(folder, "gateway: [\n");

    assertThat(gateway.cli("check", gateway.file("penstock.yaml").toString()))
        .satisfies(result -> assertThat(result.exit()).isEqualTo(3))
        .satisfies(result -> assertThat(result.text()).contains("penstock.yaml:"));
    assertThat(gateway.cli("check", gateway.file("nobody.yaml").toString()))
        .satisfies(result -> assertThat(result.exit()).isEqualTo(3))
        .satisfies(result -> assertThat(result.text()).contains("nobody.yaml"));
  }

  private static List<String> problems(Peer.Result result, Path config) {
    return result.text().lines().filter(line -> line.contains(config + ":")).toList();
  }

  private List<Path> everything() throws Exception {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.sorted().toList();
    }
  }
}
