package dev.penstock.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.ExitCode;
import dev.penstock.gateway.admin.FakeSubjects;
import dev.penstock.gateway.admin.TestAdmin;
import dev.penstock.spi.bus.GatewayEvent;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS on both sides: who can be trusted is talked to, and nobody else. */
class TlsTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  @TempDir Path folder;

  /** A certificate for 127.0.0.1 that is its own authority, and its key. */
  private void makeCertificate() throws Exception {
    Path store = folder.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "a",
                "-keyalg",
                "EC",
                "-dname",
                "CN=127.0.0.1",
                "-ext",
                "san=ip:127.0.0.1",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    pem("cert.pem", "CERTIFICATE", keys.getCertificate("a").getEncoded());
    pem("key.pem", "PRIVATE KEY", keys.getKey("a", PASSWORD).getEncoded());
  }

  private void pem(String name, String kind, byte[] bytes) throws IOException {
    String text = Base64.getMimeEncoder().encodeToString(bytes);
    Files.writeString(
        folder.resolve(name),
        "-----BEGIN %s-----\n%s\n-----END %s-----\n".formatted(kind, text, kind));
  }

  private record Ended(ExitCode exit, String err) {}

  private static Ended type(String... arguments) {
    var err = new StringWriter();
    var terminal =
        new Terminal(
            new PrintWriter(Writer.nullWriter()),
            new PrintWriter(err, true),
            false,
            Optional::empty);
    var daemon =
        new Daemon() {
          @Override
          public ExitCode run(Path config) {
            return ExitCode.DONE;
          }

          @Override
          public ExitCode receive(Path config, String volume) {
            return ExitCode.DONE;
          }

          @Override
          public ExitCode check(Path config) {
            return ExitCode.DONE;
          }
        };
    return new Ended(
        Cli.execute(terminal, Map.of("PENSTOCK_TOKEN", TestAdmin.ADMIN), daemon, arguments),
        err.toString());
  }

  @Test
  void aCertificateOfAKnownAuthorityIsTrustedAndNoOther() throws Exception {
    makeCertificate();
    try (var admin =
        TestAdmin.withTls(
            folder, folder.resolve("cert.pem"), folder.resolve("key.pem"), new FakeSubjects())) {
      String url = "https://127.0.0.1:" + admin.port();
      String authority = folder.resolve("cert.pem").toString();

      assertThat(type("--url", url, "--cacert", authority, "status").exit())
          .isEqualTo(ExitCode.DONE);
      Ended unknown = type("--url", url, "status");
      assertThat(unknown.exit()).isEqualTo(ExitCode.UNREACHABLE);
      assertThat(unknown.err()).contains("--cacert");
      assertThat(
              type("--url", url.replace("127.0.0.1", "localhost"), "--cacert", authority, "status")
                  .exit())
          .as("another name than the certificate's")
          .isEqualTo(ExitCode.UNREACHABLE);
      assertThat(type("--url", url.replace("https", "http"), "status").exit())
          .isEqualTo(ExitCode.UNREACHABLE);
    }
  }

  @Test
  void aRenewedCertificateIsShownWithoutARestart() throws Exception {
    makeCertificate();
    Path first = Files.copy(folder.resolve("cert.pem"), folder.resolve("first.pem"));
    try (var admin =
        TestAdmin.withTls(
            folder, folder.resolve("cert.pem"), folder.resolve("key.pem"), new FakeSubjects())) {
      String url = "https://127.0.0.1:" + admin.port();
      assertThat(type("--url", url, "--cacert", first.toString(), "status").exit())
          .isEqualTo(ExitCode.DONE);

      Files.delete(folder.resolve("store.p12"));
      makeCertificate();
      admin.bus.publish(
          new GatewayEvent.ConfigReloaded(Instant.EPOCH, "test", List.of(), List.of()));
      admin.bus.await(GatewayEvent.CertificateRenewed.class);

      Awaitility.await()
          .untilAsserted(() ->
              assertThat(
                      type(
                              "--url",
                              url,
                              "--cacert",
                              folder.resolve("cert.pem").toString(),
                              "status")
                          .exit())
                  .isEqualTo(ExitCode.DONE));
      assertThat(type("--url", url, "--cacert", first.toString(), "status").exit())
          .isEqualTo(ExitCode.UNREACHABLE);
    }
  }
}
