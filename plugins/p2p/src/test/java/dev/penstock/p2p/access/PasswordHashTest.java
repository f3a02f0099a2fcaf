package dev.penstock.p2p.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordHashTest {
  private static final int FEW = 1000;

  @Test
  void thePasswordMatchesAndNoOtherDoes() {
    PasswordHash hash = PasswordHash.of("s3cret:\u00fc", FEW);

    assertThat(hash.matches("s3cret:\u00fc")).isTrue();
    assertThat(hash.matches("s3cret:u")).isFalse();
    assertThat(hash.matches("")).isFalse();
  }

  @Test
  void whatIsStoredIsReadAgain() {
    PasswordHash hash = PasswordHash.of("s3cret", FEW);

    assertThat(PasswordHash.parse(hash.toString())).contains(hash);
    assertThat(PasswordHash.parse(hash.toString()).orElseThrow().matches("s3cret")).isTrue();
  }

  @Test
  void twoOfTheSamePasswordDiffer() {
    assertThat(PasswordHash.of("a", FEW)).doesNotHaveToString(PasswordHash.of("a", FEW).toString());
  }

  /** Made by Python's hashlib.pbkdf2_hmac('sha256', b'password', b'saltsaltsaltsalt', 1000). */
  @Test
  void othersComputeTheSame() {
    assertThat(
            PasswordHash.parse(
                    "pbkdf2-sha256$1000$c2FsdHNhbHRzYWx0c2FsdA==$8nX7hwFEzIB8aPajJTYK8weHQc5Ngz0pFVAKvSu4jQA=")
                .orElseThrow()
                .matches("password"))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "s3cret",
        "pbkdf2-sha256$10$c2FsdHNhbHQ=$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "pbkdf2-sha256$99999999$c2FsdHNhbHQ=$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "pbkdf2-sha512$1000$c2FsdHNhbHQ=$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "pbkdf2-sha256$1000$c2FsdHNhbHQ=$AAAA"
      })
  void whatIsNoneIsNotTaken(String text) {
    assertThat(PasswordHash.parse(text)).isEmpty();
  }
}
