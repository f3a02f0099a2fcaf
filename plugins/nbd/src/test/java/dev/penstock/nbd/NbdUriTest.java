package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.handshake.Tls;
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
          tcp://127.0.0.1:10809 | ABSENT   | demo | nbd://localhost/demo
          tcp://0.0.0.0:10809   | OFFERED  | demo | nbd://localhost/demo
          tcp://[::1]:10810     | ABSENT   | demo | nbd://localhost:10810/demo
          tcp://[fe80::1]:10809 | ABSENT   | demo | nbd://[fe80::1]/demo
          tcp://backup:10809    | ABSENT   | a b  | nbd://backup/a%20b
          tcp://backup:10809    | REQUIRED | demo | nbds://backup/demo
          unix:/run/nbd.sock    | ABSENT   | demo | 'nbd+unix:///demo?socket=/run/nbd.sock'
          unix:/run/nbd.sock    | REQUIRED | demo | 'nbds+unix:///demo?socket=/run/nbd.sock'
          """)
  void aClientOnThisMachineReachesTheExportByIt(
      String address, Tls tls, String export, String uri) {
    assertThat(NbdUri.of(ListenAddress.parse(address, Path.of("/")).orElseThrow(), tls, export))
        .isEqualTo(uri);
  }
}
