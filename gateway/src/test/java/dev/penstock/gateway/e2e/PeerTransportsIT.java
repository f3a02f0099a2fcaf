package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.testing.TestCertificates;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ways by which gateways reach each other, and who is let in. */
@Timeout(120)
class PeerTransportsIT {
  private static final String STORE =
      """
      stores: { disk: { kind: files, path: volumes } }
      """;

  @TempDir Path folder;

  private PackagedGateway home = PackagedGateway.unstarted();
  private PackagedGateway away = PackagedGateway.unstarted();

  @AfterEach
  void stop() {
    home.close();
    away.close();
  }

  /** A sender that reaches its peer so. */
  private void startHome(String tls, String peer) {
    home =
        PackagedGateway.serving(
            folder.resolve("home"),
            STORE
                + """
                volumes: { vm: { store: disk, size: 1MiB } }
                modules:
                  replication:
                    %s
                    peers: { away: { %s } }
                    jobs:
                      offsite:
                        push: away
                        volumes: [vm]
                        snapshots: {}
                        attempts: 1
                        limits: { planning: 20s, lost_peer: 1s }
                """
                    .formatted(tls, peer));
    home.start();
  }

  private static JsonObject run(PackagedGateway gateway) throws IOException {
    return TwoSites.run(gateway, "offsite");
  }

  private void assertCopied() throws IOException {
    JsonObject run = run(home);
    assertThat(run.getString("last_outcome")).as("%s", run).isEqualTo("succeeded");
    assertThat(TwoSites.snapshots(away, "home.vm")).hasSize(1);
  }

  private static String tls(TestCertificates certificates, String who) {
    return "tls: { certificate: %s, key: %s, peer_ca: %s }"
        .formatted(
            certificates.file(who + "-cert.pem"),
            certificates.file(who + "-key.pem"),
            certificates.file("ca-cert.pem"));
  }

  /** With a listener that knows peers by their certificates; answers its port. */
  private int startAwayWithTls(TestCertificates certificates) throws IOException {
    return startAwayWithTls(certificates, "push");
  }

  /**
   * @param right what home may do there
   */
  private int startAwayWithTls(TestCertificates certificates, String right) throws IOException {
    away =
        PackagedGateway.serving(
            folder.resolve("away"),
            STORE
                + """
                modules:
                  replication:
                    listen: tcp://127.0.0.1:0
                    %s
                    peers: { home: { certificate: client, %s: { store: disk, volumes: ["*"] } } }
                """
                    .formatted(tls(certificates, "server"), right));
    away.start();
    String address =
        away.admin().get("/v1/peers/home").json().getJsonArray("comes_in_at").getString(0);
    return URI.create(address).getPort();
  }

  @Test
  void aPeerIsKnownByItsCertificate() throws Exception {
    var certificates = TestCertificates.in(folder.resolve("tls"));
    int port = startAwayWithTls(certificates);

    startHome(tls(certificates, "client"), "at: \"https://localhost:%d\"".formatted(port));

    assertCopied();
  }

  @Test
  void aVolumeIsMovedOverTlsAndWhoeverUsesItIsLedOnAndWhoeverComesLaterIsRefusedIfThatIsWished()
      throws Exception {
    var certificates = TestCertificates.in(folder.resolve("tls"));
    int port = startAwayWithTls(certificates, "migrate");
    home =
        PackagedGateway.serving(
            folder.resolve("home"),
            STORE
                + """
                volumes: { vm: { store: disk, size: 1MiB } }
                modules:
                  nbd: { listen: "unix:nbd.sock", exports: { vm: { volume: vm } } }
                  replication:
                    %s
                    forward: { newcomers: refuse }
                    peers: { away: { at: "https://localhost:%d" } }
                """
                    .formatted(tls(certificates, "client"), port));
    home.start();
    try (NbdClient client = home.connect("vm")) {
      assertThat(client.write(0, new byte[] {1, 2, 3}, 0)).isZero();

      TwoSites.call(home, "POST", "/v1/migrations/vm", "{\"to\": \"away\"}");
      home.await(
          () -> home.admin().get("/v1/migrations/vm").json().getString("phase").equals("done"));

      assertThat(client.write(3, new byte[] {4}, NbdClient.FUA)).isZero();
      assertThat(client.read(0, 4)).containsExactly(1, 2, 3, 4);
      Peer.Result later = Peer.call("qemu-img", "info", home.nbd("vm")); // it shows reasons
      assertThat(later.exit()).isNotZero();
      assertThat(later.text()).contains("was handed over to vm at away: connect there");
    }
  }

  @Test
  void aStrangerIsRefusedAndToldSoAndOneWithoutACertificateIsNotHeard() throws Exception {
    var certificates = TestCertificates.in(folder.resolve("tls"));
    int port = startAwayWithTls(certificates);
    certificates.issue("stranger", 90);

    startHome(tls(certificates, "stranger"), "at: \"https://localhost:%d\"".formatted(port));

    JsonObject refused = run(home);
    assertThat(refused.getString("last_outcome")).isEqualTo("failed");
    assertThat(refused.encode()).contains("no peer is known here by the certificate");
    assertThat(TwoSites.snapshots(away, "home.vm")).isEmpty();
    Peer.Result bare =
        Peer.call(
            "curl",
            "--silent",
            "--show-error",
            "--cacert",
            certificates.file("ca-cert.pem"),
            "https://localhost:%d/peer".formatted(port));
    assertThat(bare.exit()).as(bare.text()).isNotZero();
  }

  @Test
  void aServerWithTheCertificateOfAnotherIsNotTrusted() throws Exception {
    var certificates = TestCertificates.in(folder.resolve("tls"));
    int port = startAwayWithTls(certificates);

    startHome(
        tls(certificates, "client"),
        "at: \"https://localhost:%d\", certificate: another.example.org".formatted(port));

    JsonObject refused = run(home);
    assertThat(refused.getString("last_outcome")).as("%s", refused).isEqualTo("failed");
    assertThat(TwoSites.snapshots(away, "home.vm")).isEmpty();
  }

  /** As {@code ssh away penstock stdio --as home} would, but for ssh. */
  @Test
  void aPeerIsReachedThroughAProcess() throws Exception {
    away =
        PackagedGateway.serving(
            folder.resolve("away"),
            STORE
                + """
                modules:
                  replication:
                    listen: [ { address: "unix:from-home.sock", peer: home } ]
                    peers: { home: { push: { store: disk, volumes: ["*"] } } }
                """);
    away.start();

    startHome(
        "",
        "command: [env, \"JAVA_HOME=%s\", \"%s\", --socket, \"%s\", stdio, --as, home]"
            .formatted(
                System.getProperty("java.home"),
                PackagedGateway.home().resolve("bin/penstock"),
                away.file("admin.sock")));

    assertCopied();
  }

  @Test
  void aProcessThatFailsIsQuotedToTheOperator() throws Exception {
    startHome("", "command: [sh, -c, \"echo no route to host >&2; exit 3\"]");

    JsonObject failed = run(home);

    assertThat(failed.getString("last_outcome")).isEqualTo("failed");
    assertThat(failed.encode()).contains("no route to host");
  }
}
