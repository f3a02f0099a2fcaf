package dev.penstock.nbd.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.TestSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WideningTest {
  @ParameterizedTest(name = "{0}: {1} -> {2} is wider: {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          allow           | 10.0.0.0/8             | 10.1.0.0/16              | false
          allow           | 10.1.0.0/16            | 10.0.0.0/8               | true
          allow           | 10.0.0.0/8             | 10.0.0.0/8               | false
          allow           | 10.0.0.0/8             | 10.1.0.0/16 192.0.2.1    | true
          allow           | 10.0.0.0/8 192.0.2.1   | 192.0.2.1                | false
          allow           | 10.0.0.0/8             | local                    | true
          allow           | 10.0.0.0/8 local       | local                    | false
          allow           | all                    | 10.0.0.0/8 local         | false
          allow           | 0.0.0.0/0 ::/0 local   | all                      | true
          allow           | 0.0.0.0/0              | ::1                      | true
          allow           | 10.0.0.0/8             | ''                       | false
          allow           | ''                     | 10.0.0.1                 | true
          tls             | optional               | required                 | false
          tls             | required               | optional                 | true
          connections_max | 0                      | 5                        | false
          connections_max | 5                      | 0                        | true
          connections_max | 5                      | 6                        | true
          connections_max | 5                      | 4                        | false
          bandwidth       | 0                      | 1MiB                     | false
          bandwidth       | 1MiB                   | 2MiB                     | true
          read_bandwidth  | 1MiB                   | 0                        | true
          write_bandwidth | 2MiB                   | 1MiB                     | false
          write_bandwidth | 1MiB                   | 2MiB                     | true
          iops            | 10                     | 11                       | true
          iops            | 10                     | 10                       | false
          """)
  void whatLetsMoreInOrFasterIsWider(String setting, String before, String after, boolean wider) {
    assertThat(Widening.between(export(setting, before), export(setting, after)))
        .isEqualTo(wider ? java.util.Set.of(setting) : java.util.Set.of());
  }

  private static ExportSettings export(String setting, String value) {
    Map<String, Object> settings = new HashMap<>(Map.of("volume", "v"));
    settings.put(
        setting,
        setting.equals("allow") ? value.isEmpty() ? List.of() : List.of(value.split(" ")) : value);
    var block = TestSettings.block("exports.e", settings);
    var problems = new Problems();
    ExportSettings read = ExportSettings.read("e", block.at(), block, problems);
    assertThat(problems.inOrder()).isEmpty();
    return read;
  }
}
