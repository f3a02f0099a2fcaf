package dev.penstock.nbd.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.handshake.Tls;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.testing.TestSettings;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ListenSettingsTest {
  private static final Map<String, String> TLS = Map.of("certificate", "c.pem", "key", "k.pem");

  private final Problems problems = new Problems();

  @Test
  void aBlockSaysWhatIsSpecialAboutAListener() {
    var listen =
        read(TLS, Map.of("address", "unix:a.sock", "mode", "660", "group", "kvm", "tls", "offered"))
            .getFirst();

    assertThat(problems.inOrder()).isEmpty();
    assertThat(listen.tls()).isEqualTo(Tls.OFFERED);
    assertThat(listen.access().mode()).isEqualTo(PosixFilePermissions.fromString("rw-rw----"));
    assertThat(listen.access().group()).contains("kvm");
  }

  @Test
  void aModuleWithTlsRequiresItOfAllThatCanComeFromElsewhere() {
    var listen =
        read(
            TLS,
            "tcp://0.0.0.0:1",
            "systemd:nbd",
            "unix:a.sock",
            Map.of("address", "tcp://0.0.0.0:2", "tls", "off"),
            Map.of("address", "tcp://0.0.0.0:3", "oldstyle", "demo"));

    assertThat(problems.inOrder()).isEmpty();
    assertThat(listen)
        .extracting(ListenSettings::tls)
        .containsExactly(Tls.REQUIRED, Tls.REQUIRED, Tls.ABSENT, Tls.ABSENT, Tls.ABSENT);
    assertThat(listen.get(1).address()).isEqualTo(new ListenAddress.Systemd("nbd"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          address=tcp://h:1,tls=required      | no tls block
          address=tcp://h:1,tls=maybe         | off, offered or required
          address=tcp://h:1,mode=0660         | for unix sockets
          address=systemd:a,group=kvm         | SocketMode
          address=unix:a,mode=rw              | such as 0660
          address=tcp:h                       | is no address
          mode=0600                           | address is missing
          address=unix:a,mod=0600             | did you mean mode?
          """)
  void everyMistakeIsTold(String settings, String told) {
    Map<String, String> block = new HashMap<>();
    for (String one : settings.split(",", -1))
      block.put(one.split("=", -1)[0], one.split("=", -1)[1]);

    read(Map.of(), block);

    assertThat(problems.inOrder())
        .extracting(Problems.Problem::what)
        .singleElement()
        .asString()
        .contains(told);
  }

  @Test
  void oldStyleKnowsNoTls() {
    read(TLS, Map.of("address", "tcp://h:1", "oldstyle", "demo", "tls", "required"));
    assertThat(problems.inOrder())
        .singleElement()
        .asString()
        .contains("old-style NBD knows no TLS");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          key=k                                             | certificate is missing
          certificate=c,key=k,client_certificate=required   | no client_ca
          certificate=c,key=k,client_certificate=sometimes  | none, optional or required
          certificate=c,key=k,version_min=1.1               | 1.2 or 1.3
          certificate=c,key=k,cyphers=all                   | cyphers is no key
          """)
  void everyMistakeInTlsIsTold(String settings, String told) {
    Map<String, String> block = new HashMap<>();
    for (String one : settings.split(",", -1))
      block.put(one.split("=", -1)[0], one.split("=", -1)[1]);

    read(block, "tcp://127.0.0.1:1");

    assertThat(problems.inOrder())
        .extracting(Problems.Problem::what)
        .singleElement()
        .asString()
        .contains(told);
  }

  @Test
  void whoNamesAnAuthorityOfClientsWantsToSeeThem() {
    var tls = Map.of("certificate", "c", "key", "k", "client_ca", "ca");
    var config = NbdConfig.read(TestSettings.block("modules.nbd", Map.of("tls", tls)), problems);
    assertThat(config.tls().orElseThrow().clientCertificate())
        .isEqualTo(TlsSettings.ClientCertificate.REQUIRED);
  }

  private List<ListenSettings> read(Map<String, String> tls, Object... listeners) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("listen", List.of(listeners));
    if (!tls.isEmpty()) settings.put("tls", tls);
    return NbdConfig.read(TestSettings.block("modules.nbd", settings), problems).listen();
  }
}
