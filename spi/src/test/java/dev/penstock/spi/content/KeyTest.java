package dev.penstock.spi.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class KeyTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SHA256E-s6--5891b5.txt               | SHA256E  | 6  |      | 6  | 5891b5.txt
          SHA256--5891b5                       | SHA256   |    |      |    | 5891b5
          WORM-s3-m1700000000--a name          | WORM     | 3  |      | 3  | a name
          URL--http&c%%example.com             | URL      |    |      |    | http&c%%example.com
          MD5-s10-S4-C1--ab                    | MD5      | 10 | 4 1  | 4  | ab
          MD5-s10-S4-C3--ab                    | MD5      | 10 | 4 3  | 2  | ab
          MD5-s10-S4-C4--ab                    | MD5      | 10 | 4 4  | 0  | ab
          MD5-s10-S0-C1--ab                    | MD5      | 10 | 0 1  |    | ab
          MD5-s10-S4-C0--ab                    | MD5      | 10 | 4 0  |    | ab
          MD5-S4-C1--ab                        | MD5      |    | 4 1  |    | ab
          SHA3_256-s0----                      | SHA3_256 | 0  |      | 0  | --
          MD5-s9223372036854775807-S2-C4611686018427387904--a | MD5 | 9223372036854775807 | 2 4611686018427387904 | 1 | a
          """)
  void readsWhatAKeySays(
      String text, String backend, Long size, String chunk, Long contentBytes, String name) {
    Key key = Key.parse(text);

    assertThat(key.backend()).isEqualTo(backend);
    assertThat(key.sizeBytes().stream().boxed().findFirst().orElse(null)).isEqualTo(size);
    assertThat(key.chunk().map(part -> part.sizeBytes() + " " + part.number()).orElse(null))
        .isEqualTo(chunk);
    assertThat(key.contentBytes().stream().boxed().findFirst().orElse(null))
        .isEqualTo(contentBytes);
    assertThat(key.name()).isEqualTo(name);
    assertThat(key).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "SHA256",
        "SHA256-",
        "SHA256--",
        "--name",
        "sha256--name",
        "SHA256-s--name",
        "SHA256-s-1--name",
        "SHA256-sx--name",
        "SHA256-s99999999999999999999--name",
        "SHA256-s9999999999999999999--name",
        "WORM-m1-s3--name",
        "MD5-C1-S4--name",
        "MD5-S4--name",
        "MD5-s1-s1--name",
        "SHA256-s6--a\nb",
        "SHA256-s6--a\0b",
        "SHA 256--name"
      })
  void refusesWhatIsNone(String text) {
    assertThatThrownBy(() -> Key.parse(text)).isInstanceOf(GatewayError.Invalid.class);
  }

  @ParameterizedTest(name = "{0} bytes more than the most")
  @CsvSource({"0, true", "1, false"})
  void takesNoLongerOneThanItsLimit(int more, boolean taken) {
    String text = "WORM--" + "x".repeat(Key.BYTES_MAX - 6 + more);

    if (taken) assertThat(Key.parse(text)).hasToString(text);
    else assertThatThrownBy(() -> Key.parse(text)).isInstanceOf(GatewayError.Invalid.class);
  }

  @Property
  void keepsEveryByteAndComparesByThem(@ForAll("keys") byte[] bytes) {
    Key key = Key.parse(RawText.of(bytes));

    assertThat(key.text().bytes()).isEqualTo(bytes);
    Key same = Key.parse(RawText.of(bytes));
    assertThat(key).isEqualTo(same).hasSameHashCodeAs(same);
    assertThat(new String(bytes, ISO_8859_1)).endsWith("--" + key.name());
  }

  @Provide
  Arbitrary<byte[]> keys() {
    Arbitrary<String> backend = Arbitraries.of("SHA256E", "WORM", "URL", "XBLAKE3", "SHA3_512");
    Arbitrary<String> size = Arbitraries.longs().between(0, Long.MAX_VALUE).map(n -> "-s" + n);
    Arbitrary<String> none = Arbitraries.just("");
    Arbitrary<String> name =
        Arbitraries.chars()
            .range('\1', '\u00ff')
            .filter(letter -> letter != '\n' && letter != '\r')
            .list()
            .ofMinSize(1)
            .ofMaxSize(60)
            .map(letters -> {
              var text = new StringBuilder();
              letters.forEach(text::append);
              return text.toString();
            });
    return Combinators.combine(backend, Arbitraries.oneOf(size, none), name)
        .as((first, second, last) -> (first + second + "--" + last).getBytes(ISO_8859_1));
  }
}
