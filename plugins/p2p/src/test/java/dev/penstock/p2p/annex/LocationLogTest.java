package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LocationLogTest {
  @ParameterizedTest(name = "[{0}] and {1} at 100: [{2}]")
  @CsvSource(
      delimiter = '|',
      nullValues = "already",
      textBlock =
          """
          ''                    | true  | 100s 1 us;
          ''                    | false | 100s 0 us;
          10s 1 us;             | true  | already
          10s 0 us;             | false | already
          10s 1 us;             | false | 100s 0 us;
          10s X us;             | true  | 100s 1 us;
          10s 1 them;           | true  | 10s 1 them;100s 1 us;
          10s 1 them;20s 1 us;  | false | 10s 1 them;100s 0 us;
          20s 0 us;10s 1 us;    | true  | 100s 1 us;
          20s 0 us;10s 1 us;    | false | already
          500s 1 us;            | false | 501s 0 us;
          10.25s 0 us;          | true  | 100s 1 us;
          what is that;10s 0 us | true  | what is that;100s 1 us;
          10s 1 us more;        | true  | 10s 1 us more;100s 1 us;
          """)
  void saysWhatIsTrueNow(String log, boolean present, String written) {
    var with =
        LocationLog.with(lines(log).getBytes(UTF_8), "us", present, 100)
            .map(bytes -> new String(bytes, UTF_8))
            .orElse(null);

    assertThat(with).isEqualTo(written == null ? null : lines(written));
  }

  private static String lines(String text) {
    return text.replace(';', '\n');
  }
}
