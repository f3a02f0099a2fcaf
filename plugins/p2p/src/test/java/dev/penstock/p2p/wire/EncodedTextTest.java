package dev.penstock.p2p.wire;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.RawText;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class EncodedTextTest {
  @ParameterizedTest(name = "{0}: {1}, {2}")
  @CsvSource({
    "foo, foo, foo",
    "[foo], [W2Zvb10=], %5BW2Zvb10%3D%5D",
    "[, [, %5B",
    "[foo, [foo, %5Bfoo",
    "[], [W10=], %5BW10%3D%5D",
    "a b/c, a b/c, a%20b%2Fc",
    "käse, käse, k%C3%A4se",
    "100%, 100%, 100%25",
    "-._~, -._~, -._~"
  })
  void writesTextAsItIsUnlessItStandsInBrackets(String text, String json, String percent) {
    assertThat(EncodedText.write(RawText.of(text))).isEqualTo(json);
    assertThat(EncodedText.percent(RawText.of(text))).isEqualTo(percent);
    assertThat(EncodedText.read(json)).isEqualTo(RawText.of(text));
    assertThat(EncodedText.readPercent(percent)).isEqualTo(RawText.of(text));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"[Zm9v], foo", "[W2Zvb10], [foo]", "[_-8=], \u00ff\u00ef"})
  void readsWhatIsInBracketsAsBase64url(String written, String latin) {
    assertThat(EncodedText.read(written)).isEqualTo(RawText.of(latin.getBytes(ISO_8859_1)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"[foo!]", "[/+8=]", "[a]", "[=]"})
  void refusesBracketsAroundAnythingElse(String written) {
    assertThatThrownBy(() -> EncodedText.read(written)).isInstanceOf(GatewayError.Invalid.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"%", "%1", "a%zz", "%%20", "100%"})
  void refusesAPercentSignWithoutTwoDigits(String encoded) {
    assertThatThrownBy(() -> EncodedText.readPercent(encoded))
        .isInstanceOf(GatewayError.Invalid.class);
  }

  @Property
  void everyTextComesBack(@ForAll @Size(max = 60) byte[] bytes) {
    RawText text = RawText.of(bytes);

    assertThat(EncodedText.read(EncodedText.write(text))).isEqualTo(text);
    assertThat(EncodedText.readPercent(EncodedText.percent(text))).isEqualTo(text);
    assertThat(EncodedText.percent(text)).matches("[A-Za-z0-9._~%-]*");
  }
}
