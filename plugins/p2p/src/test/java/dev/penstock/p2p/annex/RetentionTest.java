package dev.penstock.p2p.annex;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RetentionTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "1795804907.098098245s, 1795804907, 98098245",
    "1795804907.0980982451s, 1795804907, 98098245",
    "1795804907.5s, 1795804907, 500000000",
    "1795804907s, 1795804907, 0"
  })
  void readsWhatGitAnnexWrites(String text, long seconds, int nanos) {
    assertThat(Retention.parse(text)).contains(Instant.ofEpochSecond(seconds, nanos));
  }

  @ParameterizedTest
  @CsvSource({"''", "s", "-1s", "1e9s", "tomorrow"})
  void readsNothingElse(String text) {
    assertThat(Retention.parse(text)).isEmpty();
  }

  @Property
  void readsWhatItWrites(
      @ForAll @LongRange(max = 99_999_999_999L) long seconds,
      @ForAll @IntRange(max = 999_999_999) int nanos) {
    Instant time = Instant.ofEpochSecond(seconds, nanos);

    assertThat(Retention.parse(Retention.format(time))).contains(time);
  }
}
