package dev.penstock.spi.module;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressTest {
  private static final Path FOLDER = Path.of("/etc/penstock");

  @ParameterizedTest
  @CsvSource({
    "tcp://127.0.0.1:10809, tcp://127.0.0.1:10809",
    "tcp://localhost:0, tcp://localhost:0",
    "tcp://[::1]:80, tcp://[::1]:80",
    "tcp://0.0.0.0:65535, tcp://0.0.0.0:65535",
    "unix:/run/a.sock, unix:/run/a.sock",
    "unix:a.sock, unix:/etc/penstock/a.sock",
    "systemd:nbd, systemd:nbd",
    "systemd:0, systemd:0"
  })
  void readsAndWritesAddresses(String text, String written) {
    assertThat(ListenAddress.parse(text, FOLDER).orElseThrow()).hasToString(written);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "127.0.0.1:80",
        "tcp://",
        "tcp://:80",
        "tcp://host",
        "tcp://host:",
        "tcp://host:x",
        "tcp://host:65536",
        "tcp://host:-1",
        "tcp://host:999999",
        "tcp://::1:80",
        "tcp://[]:80",
        "unix:",
        "unix:a\0b",
        "systemd:",
        "systemd:two words",
        "systemd:a:b",
        "udp://host:1",
        "TCP://host:1",
        "tcp:// :80"
      })
  void refusesWhatIsNoAddress(String text) {
    assertThat(ListenAddress.parse(text, FOLDER)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1, true",
    "127.255.0.9, true",
    "localhost, true",
    "::1, true",
    "0.0.0.0, false",
    "10.0.0.1, false",
    "127.0.0.1.example.org, false",
    "'::', false"
  })
  void knowsWhatOnlyThisMachineCanReach(String host, boolean loopback) {
    assertThat(new ListenAddress.Tcp(host, 1).isLoopback()).isEqualTo(loopback);
  }
}
