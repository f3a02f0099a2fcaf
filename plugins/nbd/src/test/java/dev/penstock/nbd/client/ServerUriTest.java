package dev.penstock.nbd.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerUriTest {
  private static final Path FOLDER = Path.of("/etc/penstock");

  @ParameterizedTest
  @CsvSource({
    "nbd://host, nbd://host:10809/",
    "nbd://host/, nbd://host:10809/",
    "nbd://host:7/disk, nbd://host:7/disk",
    "nbd://Host.Example.ORG/Disk, nbd://host.example.org:10809/Disk",
    "nbd://[FE80::A]/, nbd://[fe80::a]:10809/",
    "nbds://host:7/a%20b, nbds://host:7/a%20b",
    "nbd://[::1]:7/a/b, nbd://[::1]:7/a%2Fb",
    "nbd://10.0.0.1/, nbd://10.0.0.1:10809/",
    "nbd+unix:///?socket=/run/nbd.sock, nbd+unix:///?socket=/run/nbd.sock",
    "nbd+unix:///disk?socket=nbd.sock, nbd+unix:///disk?socket=/etc/penstock/nbd.sock",
    "nbds+unix:///disk?socket=/a%2Bb, nbds+unix:///disk?socket=/a+b"
  })
  void onePlaceIsWrittenOneWay(String text, String canonical) {
    assertThat(ServerUri.parse(text, FOLDER)).map(ServerUri::toString).contains(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "disk",
        "host:10809",
        "http://host/",
        "nbd:host",
        "nbd:///disk",
        "nbd://host:0/",
        "nbd://host:99999/",
        "nbd://user@host/",
        "nbd://host/?socket=/x",
        "nbd+unix:///disk",
        "nbd+unix:///disk?socket=",
        "nbd+unix://host/disk?socket=/x",
        "nbd+unix:///disk?socket=/x&more=1",
        "nbd://host/disk#part",
        "nbd://ho st/"
      })
  void whatIsNoUriIsNone(String text) {
    assertThat(ServerUri.parse(text, FOLDER)).isEmpty();
  }

  @Test
  void addressesAreNoNamesForTls() {
    assertThat(name("nbds://host/")).isEqualTo("host");
    assertThat(name("nbds://10.0.0.1/")).isEmpty();
    assertThat(name("nbds://[::1]/")).isEmpty();
    assertThat(name("nbds+unix:///?socket=/x")).isEmpty();
  }

  private static String name(String uri) {
    return ServerUri.parse(uri, FOLDER).orElseThrow().nameForTls();
  }
}
