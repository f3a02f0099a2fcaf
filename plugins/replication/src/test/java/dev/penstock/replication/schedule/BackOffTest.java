package dev.penstock.replication.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BackOffTest {
  @ParameterizedTest(name = "{0} errors, at least {1} s, chance {2}: {3} ms")
  @CsvSource({
    "0, 0, 1.0, 0",
    "1, 0, 1.0, 4000",
    "1, 0, 0.0, 2000",
    "2, 0, 1.0, 8000",
    "3, 0, 0.5, 12000",
    "9, 0, 1.0, 300000",
    "2147483647, 0, 1.0, 300000",
    "1, 30, 1.0, 30000",
    "0, 30, 1.0, 30000",
    "1, 9223372036854775807, 1.0, 3600000",
  })
  void itDoublesUpToABoundAndNeverLessThanTheErrorAsksFor(
      int errors, long leastSeconds, double chance, long millis) {
    assertThat(new BackOff(() -> chance).delay(errors, Duration.ofSeconds(leastSeconds)))
        .hasMillis(millis);
  }
}
