package dev.penstock.nbd.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.NbdModule;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.TestSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReceiveSettingsTest {
  private static final Map<String, String> GOOD =
      Map.of("listen", "tcp://0.0.0.0:4777", "from", "192.0.2.7", "store", "disk", "size", "20GiB");

  private static List<String> problems(Map<String, String> reception, String export) {
    var problems = new Problems();
    new NbdModule()
        .validate(
            TestSettings.block(
                "modules.nbd",
                Map.of(
                    "exports", Map.of(export, Map.of("volume", "vm")),
                    "receive", Map.of("vm", reception))),
            problems);
    return problems.inOrder().stream().map(Problems.Problem::what).toList();
  }

  @Test
  void aSourceAStoreAndASizeAreEnough() {
    assertThat(problems(GOOD, "vm")).isEmpty();
  }

  /** E9 among them: the tail of an odd size would be dropped. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          size    | 1000000001         | size is 1000000001
          size    | 0                  | size is 0
          from    | 192.0.2.0/24       | the one address of the source
          from    | all                | the one address of the source
          from    | host               | the one address of the source
          listen  | unix:/run/x        | a source comes over TCP
          export  | other              | no such export
          sise    | 1GiB               | size?
          """)
  void aMistakeIsNamed(String key, String value, String says) {
    Map<String, String> wrong = new HashMap<>(GOOD);
    wrong.put(key, value);
    assertThat(problems(wrong, "vm")).singleElement().asString().contains(says);
  }

  @Test
  void whatIsReceivedHasToBeServed() {
    assertThat(problems(GOOD, "other"))
        .singleElement()
        .asString()
        .contains("vm is served as export vm once it is here, and there is no such export of it");
  }
}
