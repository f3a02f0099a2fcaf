package dev.penstock.spi.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.TestSettings;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class LimitReaderTest {
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final Problems problems = new Problems();

  private Object read(String written, Function<LimitReader, Object> limit) {
    return limit.apply(
        new LimitReader(TestSettings.block("limits", Map.of("it", written)), problems));
  }

  static Stream<Arguments> readers() {
    Function<LimitReader, Object> time = reader -> reader.time("it", SECOND, SECOND);
    Function<LimitReader, Object> count = reader -> reader.count("it", 7, 9);
    Function<LimitReader, Object> orNone = reader -> reader.countOrNone("it", 7, 9);
    Function<LimitReader, Object> bytes = reader -> reader.bytes("it", 1024, 512, 2048);
    return Stream.of(
        Arguments.of(time, "1d", Duration.ofDays(1), "999ms", "999 ms; it takes 1000ms to 1d"),
        Arguments.of(time, "1s", SECOND, "25h", "90000000 ms; it takes 1000ms to 1d"),
        Arguments.of(count, "1", 1, "0", "0; it takes 1 to 9"),
        Arguments.of(count, "9", 9, "10", "10; it takes 1 to 9"),
        Arguments.of(orNone, "0", 0, "10", "10; it takes 0 to 9"),
        Arguments.of(bytes, "2KiB", 2048, "511", "511 bytes; it takes 512 to 2048"));
  }

  @ParameterizedTest(name = "{1}, and not {3}: {4}")
  @MethodSource("readers")
  void aLimitOutsideOfItsRangeIsAProblemAndAsIfItWereMissing(
      Function<LimitReader, Object> limit,
      String inside,
      Object value,
      String outside,
      String told) {
    assertThat(read(inside, limit)).isEqualTo(value);
    assertThat(problems.isEmpty()).isTrue();

    Object missing = limit.apply(new LimitReader(TestSettings.block("limits", Map.of()), problems));
    assertThat(read(outside, limit)).isEqualTo(missing);
    assertThat(problems.inOrder()).singleElement().asString().endsWith("limits: it is " + told);
  }
}
