package dev.penstock.p2p.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class QueryTest {
  @Test
  void aParameterIsFoundWhereverItStands() {
    var query = new Query("key=a%2Fb&clientuuid=c&associatedfile=new%20file.txt");

    assertThat(query.required("key")).hasToString("a/b");
    assertThat(query.required("clientuuid")).hasToString("c");
    assertThat(query.required("associatedfile")).hasToString("new file.txt");
  }

  @Test
  void aNameThatEndsAsAnotherIsAnother() {
    var query = new Query("monkey=1&key=2");

    assertThat(query.required("key")).hasToString("2");
  }

  @Test
  void aValueThatLooksLikeAParameterIsNone() {
    assertThat(new Query("a=key=2").text("key")).isEmpty();
  }

  @Test
  void ofAParameterThatIsThereTwiceTheFirstCounts() {
    assertThat(new Query("key=1&key=2").required("key")).hasToString("1");
  }

  @Test
  void everyBypassCounts() {
    assertThat(new Query("bypass=a&x=y&bypass=b").all("bypass"))
        .containsExactlyInAnyOrder("a", "b");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "key", "key=", "keys=1", "&&=&"})
  void whatIsNotThereOrEmptyIsMissing(String raw) {
    assertThatThrownBy(() -> new Query(raw).required("key"))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("key");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-1",
        "+1",
        "1.0",
        "a",
        "9223372036854775808",
        "99999999999999999999",
        "0x1",
        " 1"
      })
  void whatIsNoNumberIsRefused(String value) {
    assertThatThrownBy(() -> new Query("offset=" + value).number("offset"))
        .isInstanceOf(GatewayError.Invalid.class);
  }

  @Test
  void theGreatestNumberIsOne() {
    assertThat(new Query("offset=9223372036854775807").number("offset")).hasValue(Long.MAX_VALUE);
  }
}
