package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.module.ListenAddress;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NbdUriTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          tcp://127.0.0.1:10809 | demo | nbd://localhost/demo
          tcp://0.0.0.0:10809   | demo | nbd://localhost/demo
          tcp://[::1]:10810     | demo | nbd://localhost:10810/demo
          tcp://[fe80::1]:10809 | demo | nbd://[fe80::1]/demo
          tcp://backup:10809    | a b  | nbd://backup/a%20b
          unix:/run/nbd.sock    | demo | 'nbd+unix:///demo?socket=/run/nbd.sock'
          """)
  void aClientOnThisMachineReachesTheExportByIt(String address, String export, String uri) {
    assertThat(NbdUri.of(ListenAddress.parse(address, Path.of("/")).orElseThrow(), export))
        .isEqualTo(uri);
  }
}
