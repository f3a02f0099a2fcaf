package dev.penstock.nbd.mirror;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MirrorUriTest {
  @ParameterizedTest
  @CsvSource({
    "flexnbd://host:4777, flexnbd://host:4777, true",
    "flexnbd://[::1]:4777/, flexnbd://[::1]:4777, true",
    "nbd://host/disk, nbd://host:10809/disk, false",
    "nbds://host:7/disk, nbds://host:7/disk, false",
    "nbd+unix:///disk?socket=/run/x, nbd+unix:///disk?socket=/run/x, false"
  })
  void onePlaceIsWrittenOneWay(String text, String canonical, boolean oldStyle) {
    assertThat(MirrorUri.parse(text))
        .hasValueSatisfying(uri -> {
          assertThat(uri).hasToString(canonical);
          assertThat(uri.oldStyle()).isEqualTo(oldStyle);
        });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "flexnbd://host",
        "flexnbd://host:4777/disk",
        "flexnbd:host:1",
        "flexnbd://host:0",
        "http://x"
      })
  void whatNamesNoPlaceIsNone(String text) {
    assertThat(MirrorUri.parse(text)).isEmpty();
    assertThat(new NbdTargets().objection(text))
        .hasValueSatisfying(why -> assertThat(why).contains(text, "flexnbd://host:4777"));
  }

  @Test
  void itsSchemesAreThoseThatItReads() {
    assertThat(new NbdTargets().schemes())
        .allMatch(scheme ->
            MirrorUri.parse(
                    scheme.endsWith("unix") ? scheme + ":///?socket=/x" : scheme + "://host:1")
                .isPresent());
  }
}
