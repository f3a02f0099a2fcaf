package dev.penstock.nbd.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WritePaceTest {
  @ParameterizedTest(name = "after writes of {0} µs: slow {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''          | false
          5           | false
          199         | false
          201         | true
          201 60 60   | true
          201 60 49   | false
          49 199 199  | false
          """)
  void onlyWhatIsFarFromTheOtherPaceChangesIt(String micros, boolean slow) {
    var pace = new WritePace();
    Arrays.stream(micros.split(" ", -1))
        .filter(text -> !text.isEmpty())
        .forEach(text -> pace.note(Long.parseLong(text) * 1000));
    assertThat(pace.isSlow()).isEqualTo(slow);
  }
}
