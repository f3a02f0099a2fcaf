package dev.penstock.replication.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.module.ListenAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings of peers, of who may come in, and of all together. */
class ReplicationConfigTest extends SettingsReader {
  @Test
  void withoutSettingsNobodyMayComeAndNothingIsDone() {
    var config = read(Map.of());

    assertThat(problems.inOrder()).isEmpty();
    assertThat(config.listen()).isEmpty();
    assertThat(config.peers()).isEmpty();
    assertThat(config.jobs()).isEmpty();
    assertThat(config.steps()).isEqualTo(4);
    assertThat(config.bandwidth()).isZero();
    assertThat(config.forward()).isEqualTo(ForwardSettings.DEFAULTS);
  }

  @Test
  void everySettingOfAPeerIsRead() {
    var config =
        read(
            Map.of(
                "listen",
                List.of("tcp://0.0.0.0:7443", Map.of("address", "unix:l.sock", "peer", "server-b")),
                "tls",
                TLS,
                "peers",
                Map.of(
                    "server-b",
                    Map.of(
                        "at",
                        "https://server-b.example.org:7444",
                        "push",
                        Map.of(
                            "below",
                            "b.",
                            "store",
                            "disk",
                            "volumes",
                            "*",
                            "may_roll_back",
                            "yes",
                            "verify",
                            "7d"),
                        "pull",
                        Map.of("volumes", List.of("vm-*")),
                        "migrate",
                        Map.of("store", "fast", "volumes", "vm-*", "below", "b."))),
                "forward",
                Map.of("for", "2h", "newcomers", "refuse", "wait", "10s"),
                "steps",
                "8",
                "bandwidth",
                "200MiB"));

    assertThat(problems.inOrder()).isEmpty();
    assertThat(config.listen())
        .extracting(ListenSettings::address)
        .containsExactly(
            new ListenAddress.Tcp("0.0.0.0", 7443),
            new ListenAddress.Unix(Path.of("/test/l.sock")));
    assertThat(config.listen().getLast().peer()).contains("server-b");
    assertThat(config.tls().orElseThrow().files().clientCa()).contains(Path.of("/test/ca.pem"));
    var peer = config.peer("server-b").orElseThrow();
    assertThat(peer.address()).contains(new PeerAddress.Https("server-b.example.org", 7444));
    assertThat(peer.certificate()).isEqualTo("server-b.example.org");
    var push = peer.push().orElseThrow();
    assertThat(push.root().below()).isEqualTo("b.");
    assertThat(push.root().store()).isEqualTo("disk");
    assertThat(push.mayRollBack()).isTrue();
    assertThat(push.verify()).contains(Duration.ofDays(7));
    assertThat(peer.pull().orElseThrow().mean("vm-1")).isTrue();
    var migrate = peer.migrate().orElseThrow();
    assertThat(migrate.store()).isEqualTo("fast");
    assertThat(migrate.inside("vm-1")).contains("b.vm-1");
    assertThat(migrate.inside("other")).isEmpty();
    assertThat(config.forward())
        .isEqualTo(
            new ForwardSettings(
                Duration.ofHours(2), ForwardSettings.Newcomers.REFUSE, Duration.ofSeconds(10)));
    assertThat(config.steps()).isEqualTo(8);
    assertThat(config.bandwidth()).isEqualTo(200L << 20);
  }

  @Test
  void copiesHaveThePrefixOfWhereTheyComeFrom() {
    var local = job(Map.of("local", "yes", "store", "usb", "volumes", "*"));
    var pull = job(Map.of("pull", "server-b", "store", "disk", "volumes", "*", "verify", "7d"));

    assertThat(problems.inOrder()).isEmpty();
    assertThat(local.role())
        .isEqualTo(new Role.Local(new Role.Root("usb", "usb.", Optional.empty())));
    assertThat(pull.role())
        .isEqualTo(new Role.Pull("server-b", new Role.Root("disk", "server-b.", Optional.empty())));
    assertThat(pull.verify()).contains(Duration.ofDays(7));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          at=ftp://x                     | it takes https://
          at=http://b.example.org        | which is not on this machine: use https
          at=https://b;command=ssh       | two ways to one peer
          command=ssh b penstock stdio   | no shell takes it apart
          at=https://server-b.example.org | the certificate of peer server-b
          certifcate=x                   | did you mean certificate?
          """)
  void everyMistakeInAPeerIsTold(String settings, String told) {
    Map<String, Object> peer = new HashMap<>();
    for (String one : settings.split(";", -1)) peer.put(one.split("=", 2)[0], one.split("=", 2)[1]);
    read(Map.of("tls", TLS, "peers", peers("z", peer)));

    toldOnce(told);
  }

  @Test
  void aPeerIsReachedInFourWays() {
    var config =
        read(
            Map.of(
                "tls",
                TLS,
                "peers",
                Map.of(
                    "a", B,
                    "b", Map.of("at", "http://127.0.0.1:80"),
                    "c", Map.of("at", "unix:c.sock"),
                    "d", Map.of("command", List.of("ssh", "d", "penstock", "stdio")),
                    "e", Map.of("at", "https://[::1]:1"))));

    assertThat(problems.inOrder()).isEmpty();
    assertThat(address(config, "a")).isEqualTo(new PeerAddress.Https("b.example.org", 7443));
    assertThat(address(config, "b")).isEqualTo(new PeerAddress.Http("127.0.0.1", 80));
    assertThat(address(config, "c")).isEqualTo(new PeerAddress.Unix(Path.of("/test/c.sock")));
    assertThat(address(config, "d"))
        .isEqualTo(new PeerAddress.Command(List.of("ssh", "d", "penstock", "stdio")));
    assertThat(address(config, "e")).isEqualTo(new PeerAddress.Https("::1", 1));
    assertThat(config.peersByCertificate()).containsKeys("b.example.org", "b", "c", "d", "::1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          tcp://0.0.0.0:1    |          | needs a tls block
          tcp://127.0.0.1:1  |          | needs a tls block
          systemd:peers      |          | needs a tls block
          unix:a.sock        |          | a unix socket tells nobody who comes
          tcp://0.0.0.0:1    | server-b | only those of this machine may come without TLS
          systemd:peers      | server-b | only those of this machine may come without TLS
          unix:a.sock        | server-c | did you mean server-b?
          unix               | server-b | is no address
          """)
  void nobodyComesInUnknownAndNobodyFromElsewhereInPlain(String address, String peer, String told) {
    Map<String, String> listen = new HashMap<>(Map.of("address", address));
    if (peer != null) listen.put("peer", peer);
    read(
        Map.of(
            "listen",
            List.of(listen),
            "peers",
            Map.of("server-b", Map.of("at", "http://127.0.0.1:1"))));

    toldOnce(told);
  }

  @ParameterizedTest
  @CsvSource({"127.0.0.1", "localhost", "[::1]"})
  void whoComesFromThisMachineMayComeInPlain(String host) {
    read(
        Map.of(
            "listen",
            List.of(Map.of("address", "tcp://%s:1".formatted(host), "peer", "b")),
            "peers",
            Map.of("b", Map.of())));

    assertThat(problems.inOrder()).isEmpty();
  }

  @Test
  void allMistakesAreToldAtOnce() {
    read(
        Map.of(
            "listen", "tcp://0.0.0.0:1",
            "tls", Map.of("certificate", "c"),
            "steps", "100",
            "jbos", Map.of(),
            "peers", Map.of("a b", Map.of("at", "x")),
            "jobs", Map.of("j.k", Map.of("push", "nobody"))));

    assertThat(told())
        .anyMatch(what -> what.contains("key is missing"))
        .anyMatch(what -> what.contains("peer_ca is missing"))
        .anyMatch(what -> what.contains("steps is 100"))
        .anyMatch(what -> what.contains("did you mean jobs?"))
        .anyMatch(what -> what.contains("a b"))
        .anyMatch(what -> what.contains("at is \"x\""))
        .anyMatch(what -> what.contains("j.k"))
        .anyMatch(what -> what.contains("volumes is missing"))
        .anyMatch(what -> what.contains("nobody"))
        .hasSize(9);
  }

  private static Map<String, ?> peers(String name, Map<String, Object> settings) {
    Map<String, Object> first = Map.of("at", "https://server-b.example.org:1");
    Map<String, Object> peers = new LinkedHashMap<>();
    peers.put("server-b", first);
    peers.put(name, settings);
    return peers;
  }

  private static PeerAddress address(ReplicationConfig config, String peer) {
    return config.peer(peer).flatMap(PeerSettings::address).orElseThrow();
  }
}
