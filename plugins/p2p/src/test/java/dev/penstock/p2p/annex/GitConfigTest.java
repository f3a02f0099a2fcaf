package dev.penstock.p2p.annex;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GitConfigTest {
  @ParameterizedTest(name = "{0}: {1} is {2}")
  @CsvSource(
      delimiter = '|',
      nullValues = "nothing",
      textBlock =
          """
          [annex];uuid = a-b-c             | annex.uuid      | a-b-c
          [Annex];UUID=a                   | annex.uuid      | a
          [annex] uuid = a                 | annex.uuid      | a
          [annex];uuid = a;[annex];uuid = b| annex.uuid      | b
          [annex];uuid = a # no            | annex.uuid      | a
          [annex];uuid = "a # b"           | annex.uuid      | a # b
          [annex];uuid = "a" b             | annex.uuid      | a b
          [annex];uuid = a\\"b             | annex.uuid      | a"b
          [annex];uuid = a\\\\b            | annex.uuid      | a\\b
          [annex];uuid = a\\nb             | annex.uuid      | a/b
          [annex];uuid = a\\;b             | annex.uuid      | ab
          [annex];pidlock                  | annex.pidlock   | true
          [annex];# uuid = a               | annex.uuid      | nothing
          [other];uuid = a                 | annex.uuid      | nothing
          [remote "Ann ex"];url = x        | remote.Ann ex.url | x
          [remote "a]b"];url = x           | remote.a]b.url  | x
          [annex "tune"];objecthash1 = true| annex.tune.objecthash1 | true
          """)
  void readsAKey(String text, String key, String value) {
    GitConfig config = GitConfig.parse("config", text.replace(';', '\n'));

    assertThat(config.text(key).map(found -> found.replace('\n', '/')).orElse(null))
        .isEqualTo(value);
  }

  @Test
  void namesTheLineThatHasNoEnd() {
    assertThatThrownBy(() -> GitConfig.parse("/r/config", "[core]\nbare = true\n[annex\n"))
        .isInstanceOf(GatewayError.Damaged.class)
        .hasMessageContaining("/r/config:3");
  }
}
