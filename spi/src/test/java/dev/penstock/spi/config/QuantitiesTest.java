package dev.penstock.spi.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantitiesTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "4096, 4096",
    "17B, 17",
    "64K, 65536",
    "64KiB, 65536",
    "1 MiB, 1048576",
    "1GiB, 1073741824",
    "2TiB, 2199023255552",
    "8388607TiB, 9223370937343148032",
    "999999999999999999, 999999999999999999"
  })
  void readsSizes(String text, long bytes) {
    assertThat(Quantities.bytes(text)).contains(bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "x",
        "-1",
        "+1",
        "1.5GiB",
        "1GB",
        "1gib",
        "KiB",
        "1 K iB",
        "0x10",
        "1_000",
        "8388608TiB",
        "9999999999999999999",
        "١"
      })
  void refusesWhatIsNoSize(String text) {
    assertThat(Quantities.bytes(text)).isEmpty();
  }

  @Property
  void everySizeReadsAsItWasWritten(@ForAll @LongRange(min = 0, max = 1L << 22) long units) {
    assertThat(Quantities.bytes(units + "KiB")).contains(units << 10);
    assertThat(Quantities.bytes(units + "TiB")).contains(units << 40);
  }

  @ParameterizedTest
  @CsvSource({
    "0, PT0S",
    "0s, PT0S",
    "250ms, PT0.25S",
    "10s, PT10S",
    "5m, PT5M",
    "5min, PT5M",
    "2h, PT2H",
    "1d, PT24H",
    "36500d, PT876000H"
  })
  void readsDurations(String text, Duration duration) {
    assertThat(Quantities.duration(text)).contains(duration);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "10",
        "-1s",
        "1.5s",
        "1us",
        "1y",
        "s",
        "2147483648s",
        "36501d",
        "876001h"
      })
  void refusesWhatIsNoDuration(String text) {
    assertThat(Quantities.duration(text)).isEmpty();
  }

  @Property
  void everyDurationCanBeCountedInNanoseconds(
      @ForAll @LongRange(min = 0, max = 3_000_000_000L) long value) {
    for (String unit : new String[] {"ms", "s", "m", "h", "d"})
      assertThat(Quantities.duration(value + unit).map(Duration::toNanos).orElse(0L))
          .isNotNegative();
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "1.0", "", "2147483648", "1K", "99999999999999999999"})
  void refusesWhatIsNoWholeNumber(String text) {
    assertThat(Quantities.integer(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, Integer.MAX_VALUE})
  void readsWholeNumbers(int value) {
    assertThat(Quantities.integer(Integer.toString(value))).isEqualTo(Optional.of(value));
  }
}
