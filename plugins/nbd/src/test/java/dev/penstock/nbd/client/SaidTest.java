package dev.penstock.nbd.client;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SaidTest {
  @Test
  void aReasonIsLeftAsItIs() {
    assertThat(Said.of("kein Platz für 😀")).isEqualTo("kein Platz für 😀");
  }

  @Test
  void whatWouldMakeLinesOrMoveACursorIsNotPassedOn() {
    assertThat(Said.of("a\r\nb\u001b[2Jc\u009bd\u2028e\u202ef\ud800"))
        .isEqualTo("a??b?[2Jc?d?e?f?");
  }

  @Test
  void onlyTheBeginningOfALongTextIsKept() {
    assertThat(Said.of("😀".repeat(30_000))).isEqualTo("😀".repeat(Said.CHARACTERS_MAX) + "…");
  }
}
