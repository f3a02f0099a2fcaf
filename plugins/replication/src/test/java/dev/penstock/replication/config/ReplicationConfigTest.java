package dev.penstock.replication.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.plan.KeptAside;
import dev.penstock.replication.plan.Policies;
import dev.penstock.replication.trigger.SnapshotNames.Format;
import dev.penstock.replication.trigger.Trigger;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.testing.TestSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReplicationConfigTest {
  private static final Map<String, String> TLS =
      Map.of("certificate", "c.pem", "key", "k.pem", "peer_ca", "ca.pem");
  private static final Map<String, ?> B = Map.of("at", "https://b.example.org");

  private final Problems problems = new Problems();

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
  void everySettingOfAJobIsRead() {
    Map<String, Object> job = new HashMap<>();
    job.put("push", "server-b");
    job.put("volumes", List.of("vm-*", "!vm-scratch*"));
    job.put("every", "15m");
    job.put("snapshots", Map.of("prefix", "hourly-", "format", "human", "limit", "3s"));
    job.put("initial", "all");
    job.put("diverged", "keep_and_clone");
    job.put("stale_partial", "fail");
    job.put("protection", "incremental");
    job.put("steps", "3");
    job.put("bandwidth", "100MiB");
    job.put("compression", "none");
    job.put("anchor", "old-name");
    job.put("attempts", "5");
    job.put("limits", Map.of("planning", "10s", "lost_peer", "1h"));
    var read = job(job);

    assertThat(problems.inOrder()).isEmpty();
    assertThat(read.role()).isEqualTo(new Role.Push("server-b"));
    assertThat(read.means("vm-1")).isTrue();
    assertThat(read.means("vm-scratch-1")).isFalse();
    assertThat(read.trigger()).isEqualTo(new Trigger.Every(Duration.ofMinutes(15)));
    var snapshots = read.snapshots().orElseThrow();
    assertThat(snapshots.names().prefix()).isEqualTo("hourly-");
    assertThat(snapshots.names().format()).isEqualTo(Format.Known.HUMAN);
    assertThat(snapshots.limit()).isEqualTo(Duration.ofSeconds(3));
    assertThat(read.policies())
        .isEqualTo(
            new Policies(
                Policies.Initial.ALL,
                Policies.Diverged.KEEP_AND_CLONE,
                Policies.StalePartial.FAIL));
    assertThat(read.protection()).isEqualTo(Protection.INCREMENTAL);
    assertThat(read.steps()).isEqualTo(3);
    assertThat(read.bandwidth()).isEqualTo(100L << 20);
    assertThat(read.compression()).isEqualTo(Compression.NONE);
    assertThat(read.anchor()).isEqualTo("old-name");
    assertThat(read.attempts()).isEqualTo(5);
    assertThat(read.limits())
        .isEqualTo(
            new PhaseLimits(
                Duration.ofSeconds(10),
                PhaseLimits.DEFAULTS.transfer(),
                PhaseLimits.DEFAULTS.finishing(),
                Duration.ofHours(1)));
  }

  @Test
  void whatIsNotSaidIsTheSafeChoice() {
    var job = job(Map.of("push", "server-b", "volumes", "*"));

    assertThat(problems.inOrder()).isEmpty();
    assertThat(job.trigger()).isEqualTo(new Trigger.Manual());
    assertThat(job.snapshots()).isEmpty();
    assertThat(job.policies()).isEqualTo(Policies.DEFAULTS);
    assertThat(job.policies().diverged()).isEqualTo(Policies.Diverged.FAIL);
    assertThat(job.protection()).isEqualTo(Protection.RESUMABLE);
    assertThat(job.anchor()).isEqualTo("offsite");
    assertThat(job.compression()).isEqualTo(Compression.ZSTD);
    assertThat(job.verify()).isEmpty();
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

  @Test
  void aJobNeverCopiesItsOwnCopies() {
    var local = job(Map.of("local", "yes", "store", "usb", "volumes", "*"));

    assertThat(local.means("vm-1")).isTrue();
    assertThat(local.means("usb.vm-1")).isFalse();
  }

  @Test
  void aJobTakesUpWhatWasKeptAsideOnlyIfItsPatternsNameIt() {
    String kept = KeptAside.name("vm-1", UUID.randomUUID());
    String other = KeptAside.name("vm-2", UUID.randomUUID());

    var all = job(Map.of("local", "yes", "store", "usb", "volumes", List.of("vm-*", kept)));

    assertThat(all.means("vm-1")).isTrue();
    assertThat(all.means("vm-1-diverged-by-hand")).isTrue();
    assertThat(all.means(kept)).isTrue();
    assertThat(all.means(other)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          push=nobody                          | peer nobody, and there is no such peer
          push=server-c                        | did you mean server-b?
          push=quiet                           | neither at nor command
          push=server-b;pull=server-b;store=s  | push and pull are different jobs
          push=server-b;store=s                | where these go, their receiver says
          local=yes                            | store is missing
          local=yes;store=s;below=.x           | such as "laptop."
          push=server-b;every=1s               | every is 1s; it takes 10s to 366d
          push=server-b;every=1h;cron=0 3 * * *  | one of them starts the job
          push=server-b;cron=0 3 * *           | no time that ever comes
          push=server-b;cron=0 3 31 2 *        | no time that ever comes
          push=server-b;initial=newest         | most_recent, all or fail
          push=server-b;diverged=rollback      | did you mean roll_back?
          push=server-b;steps=0                | steps is 0; it takes 1 to 64
          push=server-b;bandwidth=1KiB         | 64KiB to 1TiB
          push=server-b;verify=7d              | verify is for what comes here
          push=server-b;anchor=a.b             | anchor is "a.b"
          push=server-b;anchor=received        | what receivers call theirs
          push=server-b;attemps=4              | did you mean attempts?
          every=1h                             | the job does nothing
          pull=server-b;store=s;on_snapshot=yes | of this gateway
          """)
  void everyMistakeInAJobIsTold(String settings, String told) {
    Map<String, Object> job = new HashMap<>(Map.of("volumes", "*"));
    for (String one : settings.split(";", -1)) job.put(one.split("=", 2)[0], one.split("=", 2)[1]);
    job(job);

    toldOnce(told);
  }

  @ParameterizedTest
  @CsvSource({
    "zone, Europe/Berlin, in autumn an hour's names come twice",
    "zone, Berlin, such as UTC or Europe/Berlin",
    "format, dens, the same name a minute later",
    "prefix, a b, is no name for a snapshot",
    "limit, 2m, it takes 100ms to 60s",
    "togehter, yes, did you mean together?",
  })
  void everyMistakeInSnapshotsIsTold(String key, String value, String told) {
    job(Map.of("volumes", "*", "snapshots", Map.of(key, value)));

    toldOnce(told);
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
  void copiesOfDifferentOriginsAreKeptApart() {
    Map<String, ?> push = Map.of("below", "a.", "store", "s", "volumes", "*");
    Map<String, ?> within = Map.of("below", "a.b.", "store", "s", "volumes", "*");
    read(
        Map.of(
            "peers",
            Map.of("a", Map.of("push", push), "b", Map.of("push", within)),
            "jobs",
            Map.of("l", Map.of("local", "yes", "store", "s", "below", "c.", "volumes", "*"))));

    toldOnce("their volumes could have one name");
  }

  @Test
  void eachJobHasAnAnchorOfItsOwn() {
    Map<String, ?> one = Map.of("push", "b", "volumes", "x*");
    Map<String, ?> other = Map.of("push", "b", "volumes", "y*", "anchor", "one");
    read(Map.of("tls", TLS, "peers", Map.of("b", B), "jobs", Map.of("one", one, "other", other)));

    toldOnce("each needs one of its own");
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

  private ReplicationConfig read(Map<String, ?> settings) {
    return ReplicationConfig.read(TestSettings.block("modules.replication", settings), problems);
  }

  /** A job that is called offsite, with a peer it can go to and one it cannot. */
  private JobSettings job(Map<String, ?> settings) {
    var config =
        read(
            Map.of(
                "tls",
                TLS,
                "peers",
                Map.of("server-b", B, "quiet", Map.of()),
                "jobs",
                Map.of("offsite", settings)));
    return config.job("offsite").orElseThrow();
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

  private List<String> told() {
    List<String> told = new ArrayList<>();
    problems.inOrder().forEach(problem -> told.add(problem.what()));
    return told;
  }

  private void toldOnce(String what) {
    assertThat(told()).singleElement().asString().contains(what);
  }
}
