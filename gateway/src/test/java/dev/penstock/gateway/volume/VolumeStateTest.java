package dev.penstock.gateway.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VolumeStateTest {
  @ParameterizedTest(name = "{0} may become {1}")
  @CsvSource({
    "SERVING, FREEZING RETIRING",
    "FREEZING, SERVING FROZEN",
    "FROZEN, SERVING RETIRING",
    "RETIRING, SERVING FROZEN"
  })
  void onlyTheDrawnMovesAreLegal(VolumeState from, String may) {
    String legal =
        Arrays.stream(VolumeState.values())
            .filter(to -> from.next().contains(to))
            .map(VolumeState::name)
            .collect(Collectors.joining(" "));
    assertThat(legal).isEqualTo(may);
    assertThatThrownBy(() -> from.moveTo(from))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(from.name());
  }
}
