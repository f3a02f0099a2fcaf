package dev.penstock.spi.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.StringLength;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestTest {
  private static final List<String> KNOWN =
      List.of("keep_last", "listen", "exports", "volume", "tls", "id");

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      nullValues = "nothing",
      value = {
        "keep_lsat, keep_last", "listne, listen", "export, exports", "vol, nothing", "tsl, tls",
        "volumes, volume", "bandwidth, nothing", "a, nothing", "is, id", "'', nothing"
      })
  void suggestsOnlyWhatIsNear(String word, @Nullable String suggestion) {
    assertThat(Nearest.to(word, KNOWN).orElse("nothing"))
        .isEqualTo(suggestion == null ? "nothing" : suggestion);
  }

  @Test
  void tiesAreBrokenByTheAlphabet() {
    assertThat(Nearest.to("port", List.of("sort", "fort"))).contains("fort");
  }

  @Property
  void distanceIsSymmetricAndZeroForEquals(
      @ForAll @AlphaChars @StringLength(max = 12) String a,
      @ForAll @AlphaChars @StringLength(max = 12) String b) {
    assertThat(Nearest.distance(a, b)).isEqualTo(Nearest.distance(b, a));
    assertThat(Nearest.distance(a, b) == 0).isEqualTo(a.equals(b));
    assertThat(Nearest.distance(a, b)).isLessThanOrEqualTo(Math.max(a.length(), b.length()));
  }
}
