package dev.penstock.spi.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.TestSettings;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VolumePatternsTest {
  @ParameterizedTest(name = "{0}: {1} is meant: {2}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          vm-1                        | vm-1         | true
          vm-1                        | vm-10        | false
          vm-1                        | xvm-1        | false
          vm.1                        | vm-1         | false
          *                           | anything.1   | true
          vm-*                        | vm-          | true
          vm-*                        | vm-1         | true
          vm-*                        | laptop.vm-1  | false
          *.vm-*                      | laptop.vm-1  | true
          *a*b                        | aab          | true
          *a*b                        | abab         | true
          *a*b                        | aba          | false
          vm-?                        | vm-1         | true
          vm-?                        | vm-          | false
          vm-?                        | vm-12        | false
          vm-* !vm-scratch*           | vm-1         | true
          vm-* !vm-scratch*           | vm-scratch-7 | false
          vm-* !vm-scratch* vm-*-7    | vm-scratch-7 | true
          vm-* !vm-scratch*           | db           | false
          a b                         | b            | true
          """)
  void theLastThatFitsDecides(String patterns, String volume, boolean meant) {
    assertThat(read(List.of(patterns.split(" ")), new Problems()).mean(volume)).isEqualTo(meant);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "!", "a/b", "a b", "vm-[12]", "!!a", "a@b"})
  void refusesWhatCanFitNoVolume(String pattern) {
    var problems = new Problems();
    var read = read(List.of("*", pattern), problems);
    assertThat(problems.inOrder()).singleElement().asString().contains("\"" + pattern + "\"");
    assertThat(read.mean("a")).isFalse();
  }

  @Test
  void refusesAListThatLeavesOutBeforeItLetsIn() {
    var problems = new Problems();
    assertThat(read(List.of("!vm-scratch*", "vm-*"), problems).mean("vm-1")).isFalse();
    assertThat(problems.inOrder()).singleElement().asString().contains("begins with !vm-scratch*");
  }

  @Test
  void refusesAListThatIsEmptyOrMissing() {
    var problems = new Problems();
    read(List.of(), problems);
    VolumePatterns.read(TestSettings.block("job", Map.of()), "volumes", problems);
    assertThat(problems.inOrder())
        .extracting(Problems.Problem::what)
        .satisfiesExactlyInAnyOrder(
            empty -> assertThat(empty).contains("no pattern"),
            missing -> assertThat(missing).contains("volumes is missing"));
  }

  @Test
  void aSinglePatternNeedsNoList() {
    var problems = new Problems();
    var block = TestSettings.block("job", Map.of("volumes", "*"));
    assertThat(VolumePatterns.read(block, "volumes", problems).mean("a")).isTrue();
    assertThat(problems.isEmpty()).isTrue();
  }

  @Test
  void saysWhatWasWritten() {
    assertThat(read(List.of("vm-*", "!vm-scratch*"), new Problems()))
        .hasToString("vm-*, !vm-scratch*");
  }

  @Test
  @Timeout(
      60) // One that goes back to every star would take longer than the universe has been there.
  void noPatternTakesLong() {
    var patterns = read(List.of("*a".repeat(64) + "b"), new Problems());
    assertThat(patterns.mean("a".repeat(128))).isFalse();
  }

  @Property
  void fitsWhatARegularExpressionWouldFit(
      @ForAll @StringLength(min = 1, max = 8) @CharRange(from = 'a', to = 'b') String literal,
      @ForAll @StringLength(max = 10) @CharRange(from = 'a', to = 'b') String name,
      @ForAll int holes) {
    var pattern = new StringBuilder();
    for (int i = 0; i < literal.length(); i++)
      pattern.append(
          switch (holes >> (2 * i) & 3) {
            case 0 -> '*';
            case 1 -> '?';
            default -> literal.charAt(i);
          });
    var regex = pattern.toString().replace("*", ".*").replace("?", ".");
    assertThat(read(List.of(pattern.toString()), new Problems()).mean(name))
        .isEqualTo(name.matches(regex));
  }

  private static VolumePatterns read(List<String> patterns, Problems problems) {
    return VolumePatterns.read(
        TestSettings.block("job", Map.of("volumes", patterns)), "volumes", problems);
  }
}
