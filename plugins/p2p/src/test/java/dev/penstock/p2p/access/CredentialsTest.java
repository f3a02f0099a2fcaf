package dev.penstock.p2p.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CredentialsTest {
  /** The same user and password, as git-annex, curl and the careless write them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Basic YTo_Pz8-Pj4=",
        "Basic YTo/Pz8+Pj4=",
        "Basic YTo_Pz8-Pj4",
        "basic YTo/Pz8+Pj4",
        "BASIC  YTo_Pz8-Pj4="
      })
  void basicIsReadInBothAlphabetsPaddedOrNot(String header) {
    assertThat(Credentials.parse(header)).isEqualTo(new Credentials.Basic("a", "???>>>"));
  }

  @Test
  void aPasswordMayHaveColons() {
    assertThat(Credentials.parse("Basic YTpiOmM=")).isEqualTo(new Credentials.Basic("a", "b:c"));
  }

  @Test
  void aTokenIsTakenAsItIs() {
    assertThat(Credentials.parse("Bearer abc-_.~+/="))
        .isEqualTo(new Credentials.Bearer("abc-_.~+/="));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic YWJj",
        "Digest a=b",
        "Bearer",
        "Bearer a b"
      })
  void whatCannotBeReadIsRefused(String header) {
    assertThatThrownBy(() -> Credentials.parse(header)).isInstanceOf(GatewayError.Invalid.class);
  }

  @ParameterizedTest
  @CsvSource({"Basic YTpi,Basic a", "Bearer secret,Bearer"})
  void nobodySeesASecretInALog(String header, String shown) {
    assertThat(Credentials.parse(header)).hasToString(shown);
  }
}
