package dev.penstock.gateway.module;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModuleLifeTest {
  @ParameterizedTest(name = "{0} may become {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          STOPPED  | STARTING
          STARTING | RUNNING FAILED
          RUNNING  | STOPPING
          STOPPING | STOPPED FAILED
          FAILED   | STOPPED STARTING
          """)
  void makesTheseMovesAndNoOthers(ModuleLife from, String next) {
    String legal =
        Arrays.stream(ModuleLife.values())
            .filter(from::mayBecome)
            .map(Enum::name)
            .collect(Collectors.joining(" "));

    assertThat(legal).isEqualTo(next);
  }

  @Test
  void namesBothStatesOfAMoveThatIsNone() {
    assertThatThrownBy(() -> ModuleLife.STOPPED.become(ModuleLife.RUNNING))
        .hasMessageContaining("STOPPED")
        .hasMessageContaining("RUNNING");
  }

  @ParameterizedTest(name = "after {0} failures in a row: {1} s")
  @CsvSource({"1, 1", "2, 2", "5, 16", "9, 256", "10, 300", "1000, 300"})
  void backsOffLongerWithEveryFailureUpToALimit(int failures, long seconds) {
    assertThat(ModuleSlot.backoff(failures)).isEqualTo(Duration.ofSeconds(seconds));
  }
}
