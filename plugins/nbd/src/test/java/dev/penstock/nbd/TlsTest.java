package dev.penstock.nbd;

import static java.nio.file.StandardCopyOption.REPLACE_EXISTING;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.OptionError;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.testing.TestCertificates;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** TLS as real clients and hostile ones meet it. */
@Tag("peer")
class TlsTest {
  private static final int SIZE_BYTES = (5 << 20) + 512;
  private static final ClientBytes NOTHING = new ClientBytes();

  @TempDir Path dir;
  private final MemoryVolume demo = MemoryVolume.named("demo", SIZE_BYTES);
  private TestCertificates certificates;
  private Optional<TestServer> running = Optional.empty();

  @BeforeEach
  void makeCertificates() {
    certificates = TestCertificates.in(dir.resolve("pki"));
  }

  @AfterEach
  void stop() {
    running.ifPresent(TestServer::close);
  }

  private TestServer start(String... tls) {
    return start(Map.of(), tls);
  }

  private TestServer start(Map<String, ?> more, String... tls) {
    Map<String, Object> block = new HashMap<>();
    block.put("certificate", certificates.file("server-cert.pem").toString());
    block.put("key", certificates.file("server-key.pem").toString());
    for (int i = 0; i < tls.length; i += 2) block.put(tls[i], tls[i + 1]);
    Map<String, Object> settings = new HashMap<>(more);
    settings.putIfAbsent("listen", List.of("tcp://127.0.0.1:0"));
    settings.put("tls", block);
    TestServer server = TestServer.of(demo, settings, "demo");
    running = Optional.of(server);
    return server;
  }

  private String ca() {
    return certificates.file("ca-cert.pem").toString();
  }

  private static String uri(TestServer server, Path pki) {
    return server.uri("demo").replace("nbd://127.0.0.1", "nbds://localhost")
        + "?tls-certificates=" + pki;
  }

  @Test
  void libnbdCopiesThereAndBackOverFourConnections() throws Exception {
    TestServer server = start();
    Path source = Files.write(dir.resolve("source"), ServingTest.pattern(SIZE_BYTES));
    Path back = dir.resolve("back");
    String uri = uri(server, certificates.folder());

    assertThat(Peer.run("nbdinfo", uri).out()).contains("newstyle-fixed with TLS");
    Peer.run("nbdcopy", "--connections=4", "--flush", source, uri);
    Peer.run("nbdcopy", "--connections=4", uri, back);

    assertThat(Files.mismatch(source, back)).isEqualTo(-1L);
  }

  @Test
  void qemuReadsThroughTls() {
    TestServer server = start();
    int port = URI.create(server.address()).getPort();
    Peer.Result info =
        Peer.run(
            "qemu-img",
            "info",
            "--object",
            "tls-creds-x509,id=t,endpoint=client,dir=" + certificates.folder(),
            "--image-opts",
            "driver=nbd,host=localhost,port=%d,export=demo,tls-creds=t".formatted(port));

    assertThat(info.out()).contains("%d bytes".formatted(SIZE_BYTES));
  }

  @Test
  void aClientInClearIsRefusedWhereTlsIsRequiredAndLetInWhereItIsOffered() {
    TestServer server = start();
    assertThat(Peer.call("nbdinfo", server.uri("demo")).exit()).isNotZero();
    server.close();

    TestServer offering =
        start(
            Map.of("listen", List.of(Map.of("address", "tcp://127.0.0.1:0", "tls", "offered"))));
    Peer.run("nbdinfo", offering.uri("demo"));
    Peer.run("nbdinfo", uri(offering, certificates.folder()));
  }

  @Test
  void aClientThatDoesNotTrustTheServerIsToldOfOnceAndCostsNobodyElse() {
    TestServer server = start();
    Path others = TestCertificates.in(dir.resolve("others")).folder();

    assertThat(Peer.call("nbdinfo", uri(server, others)).exit()).isNotZero();

    assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("tls");
    Peer.run("nbdinfo", uri(server, certificates.folder()));
  }

  @Test
  void aClientHasToShowACertificateOfTheAuthorityWhereOneIsRequired() throws IOException {
    TestServer server = start("client_ca", ca());
    Peer.run("nbdinfo", uri(server, certificates.folder()));

    Path nameless = Files.createDirectory(dir.resolve("nameless"));
    Files.copy(certificates.file("ca-cert.pem"), nameless.resolve("ca-cert.pem"));
    assertThat(Peer.call("nbdinfo", uri(server, nameless)).exit()).isNotZero();
    assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("tls");

    TestCertificates others = TestCertificates.in(dir.resolve("others"));
    Files.copy(
        certificates.file("ca-cert.pem"),
        others.file("ca-cert.pem"),
        REPLACE_EXISTING);
    assertThat(Peer.call("nbdinfo", uri(server, others.folder())).exit()).isNotZero();
  }

  @Test
  void aCertificateThatIsOptionalMayBeMissing() throws IOException {
    TestServer server = start("client_ca", ca(), "client_certificate", "optional");
    Path nameless = Files.createDirectory(dir.resolve("nameless"));
    Files.copy(certificates.file("ca-cert.pem"), nameless.resolve("ca-cert.pem"));

    Peer.run("nbdinfo", uri(server, nameless));
    Peer.run("nbdinfo", uri(server, certificates.folder()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.2", "1.3"})
  void theNewestVersionIsSpoken(String versionMin) {
    TestServer server = start("version_min", versionMin);
    try (var client = new TlsClient(server, certificates)) {
      assertThat(client.startTls(NOTHING).protocol()).isEqualTo("TLSv1.3");
    }
  }

  @Test
  void whatWasInjectedInClearAfterStartTlsIsDropped() {
    TestServer server = start();
    try (var client = new TlsClient(server, certificates)) {
      client.startTls(new ClientBytes().option(Option.LIST).go("demo"));
      client.send(new ClientBytes().info("nobody"));

      assertThat(client.optionReply()).isEqualTo(OptionError.UNKNOWN.code());
      client.send(new ClientBytes().option(Option.ABORT));
      assertThat(client.optionReply()).isEqualTo(Wire.REP_ACK);
    }
  }

  @Test
  void aClientThatStopsInTheMiddleOfItIsCutAtTheLimitOfTheHandshake() {
    TestServer server = start(Map.of("limits", Map.of("handshake", "300ms")));
    try (RawClient client = server.connect()) {
      client.send(new ClientBytes().fixedNoZeroes().option(Option.STARTTLS));
      client.read(20);
      client.send((byte) 22, (byte) 3, (byte) 1, (byte) 2); // a record begins

      assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("handshake");
      client.readToEnd();
    }
  }

  @Test
  void whatIsNoTlsEndsTheConnectionAndIsToldOfOnce() {
    TestServer server = start();
    try (RawClient client = server.connect()) {
      client.send(new ClientBytes().fixedNoZeroes().option(Option.STARTTLS));
      client.read(20);
      client.send(new ClientBytes().go("demo"));
      client.readToEnd();

      assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("tls");
      assertThat(server.host().events().all(NbdObserver.CONNECTION_CUT)).hasSize(1);
    }
  }

  @Test
  void aRenewedCertificateIsShownToWhoComesNextAndThoseThereGoOn() {
    TestServer server = start();
    try (var before = new TlsClient(server, certificates).startTls(NOTHING)) {
      certificates.issue("server", 60);
      reload(server);
      server.host().events().await(GatewayEvent.CertificateRenewed.class);

      try (var after = new TlsClient(server, certificates).startTls(NOTHING)) {
        assertThat(after.shown().getSerialNumber()).isNotEqualTo(before.shown().getSerialNumber());
      }
      before.send(new ClientBytes().info("nobody"));
      assertThat(before.optionReply()).isEqualTo(OptionError.UNKNOWN.code());
    }
  }

  @Test
  void filesThatAreNoGoodLeaveTheOldCertificateAndAreToldOfOnce() throws IOException {
    TestServer server = start();
    Path key = certificates.file("server-key.pem");
    Files.copy(certificates.file("client-key.pem"), key, REPLACE_EXISTING);
    reload(server);
    assertThat(server.host().events().await(GatewayEvent.CertificateRefused.class).reason())
        .contains("server-key.pem", "not the key");

    reload(server);
    try (var client = new TlsClient(server, certificates)) {
      client.startTls(NOTHING);
    }
    assertThat(server.host().events().all(GatewayEvent.CertificateRefused.class)).hasSize(1);
  }

  @Test
  void aCertificateThatEndsSoonIsToldOf() {
    certificates.issue("server", 5);
    TestServer server = start();
    FakeClock clock = server.host().clock();
    clock.advance(Duration.between(clock.instant(), Instant.now()));
    reload(server);

    var soon = server.host().events().await(GatewayEvent.CertificateEndsSoon.class);

    assertThat(soon.certificate()).contains("CN=server");
    assertThat(soon.left()).isLessThanOrEqualTo(Duration.ofDays(14));
  }

  private static void reload(TestServer server) {
    server
        .host()
        .events()
        .publish(new GatewayEvent.ConfigReloaded(Instant.EPOCH, "test", List.of(), List.of()));
  }
}
