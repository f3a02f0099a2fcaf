package dev.penstock.replication.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.plan.KeptAside;
import dev.penstock.replication.plan.Policies;
import dev.penstock.replication.trigger.SnapshotNames.Format;
import dev.penstock.replication.trigger.Trigger;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Settings of jobs. */
class JobSettingsTest extends SettingsReader {
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
}
