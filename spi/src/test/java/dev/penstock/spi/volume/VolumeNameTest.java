package dev.penstock.spi.volume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import java.nio.file.Path;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VolumeNameTest {
  @ParameterizedTest
  @ValueSource(strings = {"a", "7", "demo", "A.b_c-1", "a..b", "vm-1.disk0"})
  void takesWords(String name) {
    assertThat(VolumeName.objection(name)).isEmpty();
    assertThat(VolumeName.require(name)).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", ".", "..", "-a", "_a", ".a", "a/b", "a b", "a\n", "a\0", "ä", "a@b", "٣"})
  void refusesWhatIsNoWordInEveryUrlAndPath(String name) {
    assertThat(VolumeName.objection(name)).isPresent();
    assertThatThrownBy(() -> VolumeName.require(name)).isInstanceOf(GatewayError.Invalid.class);
  }

  @ParameterizedTest
  @ValueSource(ints = {127, 128, 129, 100_000})
  void refusesWhatIsTooLong(int characters) {
    assertThat(VolumeName.objection("a".repeat(characters)).isPresent())
        .isEqualTo(characters > VolumeName.CHARACTERS_MAX);
  }

  @Property
  void whatIsAllowedIsOnePlainElementOfAPath(@ForAll String name) {
    if (VolumeName.objection(name).isEmpty())
      assertThat(Path.of("/a").resolve(name).normalize()).isEqualTo(Path.of("/a/" + name));
  }
}
