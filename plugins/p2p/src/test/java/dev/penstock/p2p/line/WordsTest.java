package dev.penstock.p2p.line;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.RawText;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WordsTest {
  private static final Key KEY = Key.parse("WORM-s3-m1--a b");

  @ParameterizedTest(name = "[{0}] is said as [{1}]")
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      textBlock =
          """
          plain.txt|plain.txt
          a b|a%b
          a%b|a%%b
          a  b|a%%b
          f%o|f%%o
          /etc/passwd|''
          ''|''
          ä|ä
          """)
  void aNameIsOneWord(String name, String word) {
    assertThat(FileWord.of(Optional.of(RawText.of(name))))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo(word);
  }

  @Test
  void controlCharactersAreNotSaid() {
    assertThat(FileWord.of(Optional.of(RawText.of("a\u0001b\nc\u007f"))))
        .asString(StandardCharsets.UTF_8)
        .isEqualTo("a_b%c_");
  }

  @Test
  void aKeyComesLastAndMayHaveBlanks() {
    assertThat(Messages.get(7, Optional.empty(), KEY)).hasToString("GET 7  WORM-s3-m1--a b\n");
    assertThat(Messages.put(Optional.of(RawText.of("x y")), KEY))
        .hasToString("PUT x%y WORM-s3-m1--a b\n");
    assertThat(Messages.removeBefore(9, KEY)).hasToString("REMOVE-BEFORE 9 WORM-s3-m1--a b\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-x", "--uuid", "a b", "a\nREMOVE k", "$(id)", "a;b"})
  void whatIsNoUuidIsNotSaid(String uuid) {
    assertThatThrownBy(() -> Messages.uuid(uuid)).isInstanceOf(GatewayError.Invalid.class);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SUCCESS               | Success[also=[]]
          SUCCESS-PLUS u        | Success[also=[u]]
          FAILURE-PLUS          | Failure[also=[]]
          ALREADY-HAVE          | AlreadyHave[also=[]]
          ALREADY-HAVE-PLUS u   | AlreadyHave[also=[u]]
          DATA 12               | Data[bytes=12]
          PUT-FROM 3            | PutFrom[offset=3]
          TIMESTAMP 2376        | Timestamp[seconds=2376]
          ERROR no such thing   | Refused[text=no such thing]
          AUTH-SUCCESS u        | AuthSuccess[uuid=u]
          VERSION 4             | Version[number=4]
          """)
  void anAnswerIsRead(String line, String answer) {
    assertThat(Answer.parse(line)).hasToString(answer);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "DATA", "DATA -1", "DATA x", "DATA 99999999999999999999", "HELLO", "success"})
  void whatIsNoAnswerIsOutOfStep(String line) {
    assertThatThrownBy(() -> Answer.parse(line)).isInstanceOf(GatewayError.Failed.class);
  }

  @Test
  void severalUuidsAreSeveral() {
    assertThat(Answer.parse("SUCCESS-PLUS a b")).isEqualTo(new Answer.Success(Set.of("a", "b")));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "this repository is read-only; write access denied, Denied",
    "this repository is append-only; removal denied, Denied",
    "not enough free space, NoSpace",
    "something else, Failed",
  })
  void anErrorIsWhatItsTextSays(String text, String type) {
    assertThat(Refusal.of(text, "r").getClass().getSimpleName()).isEqualTo(type);
  }
}
