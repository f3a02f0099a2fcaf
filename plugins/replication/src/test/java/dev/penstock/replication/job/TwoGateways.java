package dev.penstock.replication.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.config.Compression;
import dev.penstock.replication.config.JobSettings;
import dev.penstock.replication.config.PhaseLimits;
import dev.penstock.replication.config.Protection;
import dev.penstock.replication.config.Role;
import dev.penstock.replication.plan.Policies;
import dev.penstock.replication.report.RunLog;
import dev.penstock.replication.report.RunReport;
import dev.penstock.replication.report.RunReport.Outcome;
import dev.penstock.replication.schedule.BackOff;
import dev.penstock.replication.schedule.StepQueue;
import dev.penstock.replication.site.LocalReceiver;
import dev.penstock.replication.site.LocalSender;
import dev.penstock.replication.site.Receiver;
import dev.penstock.replication.site.Sender;
import dev.penstock.replication.site.SiteLimits;
import dev.penstock.replication.trigger.Trigger;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.Retention;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.testing.FakeMetrics;
import dev.penstock.spi.testing.FakeSnapshots;
import dev.penstock.spi.testing.FakeTasks;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumePatterns;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * Two gateways in memory and a job that pushes from one to the other. What they ask each other goes
 * through a {@link Between}, which can do what a test wants: lose a question, or its answer, prune
 * meanwhile, or let nothing through any more.
 */
final class TwoGateways {
  static final String ANCHOR = "anchor.offsite";

  final FakeSnapshots sender;
  final FakeSnapshots receiver;
  final ShiftedClock clock = new ShiftedClock();
  final FakeTasks tasks = new FakeTasks();
  Policies policies = Policies.DEFAULTS;
  Protection protection = Protection.RESUMABLE;
  boolean mayRollBack;
  int attempts = 3;

  /** Of every phase. */
  Duration limit = Duration.ofSeconds(20);

  Duration lostPeer = Duration.ofMillis(30);

  /** How the receiver is reached, if it is not within this process. */
  Optional<RemoteEnd> remote = Optional.empty();

  Between between = Between.NOTHING;
  Retention retention = Retention.NONE;
  private volatile Optional<RunLog> log = Optional.empty();

  TwoGateways() {
    this(new FakeSnapshots(), new FakeSnapshots());
  }

  TwoGateways(FakeSnapshots sender, FakeSnapshots receiver) {
    this.sender = sender;
    this.receiver = receiver;
  }

  /** A receiver, and how to ask whether it is there. */
  record RemoteEnd(Receiver receiver, JobRun.PeerCheck hello) {}

  /** The time, and how far somebody has set it wrong. */
  static final class ShiftedClock implements InstantSource {
    private volatile Duration shift = Duration.ZERO;

    void shift(Duration by) {
      shift = shift.plus(by);
    }

    @Override
    public Instant instant() {
      return InstantSource.system().instant().plus(shift);
    }
  }

  static GatewayError peerAway() {
    return new GatewayError.Unavailable(
        Scope.CONNECTION, Duration.ofMillis(1), "the peer does not answer");
  }

  void create(String volume, long sizeBytes) {
    sender.store().create(volume, sizeBytes);
  }

  void write(String volume, long offset, byte[] bytes) {
    try (Volume open = sender.store().openVolume(volume)) {
      open.write(offset, ByteBuffer.wrap(bytes));
    }
  }

  SnapshotInfo take(String volume, String name) {
    return sender.snapshots().create(volume, name);
  }

  List<String> namesThere(String volume) {
    return receiver.snapshots().list("copy." + volume).stream().map(SnapshotInfo::name).toList();
  }

  List<String> namesHere(String volume) {
    return sender.snapshots().list(volume).stream().map(SnapshotInfo::name).toList();
  }

  Fate destroyHere(String volume, String name) {
    return sender
        .destroy(List.of(new Meant(new SnapshotName(volume, name), Optional.empty())))
        .result()
        .getFirst();
  }

  Fate destroyThere(String volume, String name) {
    var meant = new Meant(new SnapshotName("copy." + volume, name), Optional.empty());
    return receiver.destroy(List.of(meant)).result().getFirst();
  }

  /** What a snapshot shows. */
  static byte[] bytes(FakeSnapshots side, String volume, UUID snapshot) {
    try (Volume open = side.snapshots().openSnapshot(volume, snapshot)) {
      byte[] bytes = new byte[(int) open.sizeBytes()];
      open.read(0, ByteBuffer.wrap(bytes));
      return bytes;
    }
  }

  void assertCopied(String volume) {
    SnapshotInfo newest = sender.snapshots().list(volume).getLast();
    SnapshotInfo copy = receiver.snapshots().list("copy." + volume).getLast();
    assertThat(copy.guid()).isEqualTo(newest.guid());
    assertThat(bytes(receiver, "copy." + volume, copy.guid()))
        .isEqualTo(bytes(sender, volume, newest.guid()));
    assertThat(copy.holds()).contains("anchor.received");
    assertThat(newest.holds()).contains(ANCHOR);
  }

  /** Of the run under way, or of the last one. */
  RunReport report() {
    return log.orElseThrow().report();
  }

  RunReport run() throws InterruptedException {
    JobSettings job = job();
    var log = new RunLog(job.name(), "test", clock);
    this.log = Optional.of(log);
    Receiver there = remote.map(RemoteEnd::receiver).orElseGet(this::localReceiver);
    JobRun.PeerCheck hello = remote.map(RemoteEnd::hello).orElse(() -> {});
    var ends = new Ends(between.asking(localSender()), between.telling(there));
    var around =
        new JobRun.Surroundings(
            tasks,
            new StepDesk(new StepQueue(4, _ -> 2), clock),
            new BackOff(Duration.ofMillis(1), Duration.ofMillis(3), () -> 0.5),
            clock,
            () -> {
              between.before("hello");
              hello.ask();
              between.after("hello");
            },
            new JobMeters(new FakeMetrics(), clock, job.name(), Optional.empty()),
            true);
    var work =
        new StepWork(
            ends,
            protection,
            List.of(),
            (volume, bytes) -> log.volume(volume.name(), report -> report.sent(bytes)));
    try (log) {
      Outcome outcome = new JobRun(job, ends, work, around, log).run(new Unwatched());
      log.finish(outcome);
    }
    return log.report();
  }

  JobSettings job() {
    return new JobSettings(
        "offsite",
        new Role.Push("there"),
        everything(),
        new Trigger.Manual(),
        Optional.empty(),
        policies,
        protection,
        2,
        0,
        Compression.NONE,
        "offsite",
        attempts,
        new PhaseLimits(limit, limit, limit, lostPeer),
        Optional.empty());
  }

  SiteLimits limits() {
    return new SiteLimits(limit, limit, limit);
  }

  private static VolumePatterns everything() {
    return VolumePatterns.read(
        TestSettings.block("job", Map.of("volumes", "*")), "volumes", new Problems());
  }

  private Sender localSender() {
    var terms =
        new LocalSender.Terms(
            everything(),
            "job offsite",
            true,
            Duration.ofDays(7),
            ANCHOR,
            Optional.empty(),
            LocalSender.Admission.ALWAYS);
    return new LocalSender(sender, terms, limits());
  }

  Receiver localReceiver() {
    var place =
        new LocalReceiver.Place("copy.", Optional.empty(), "memory", everything(), mayRollBack);
    return new LocalReceiver(receiver, retention, place, List.of(), limits(), clock);
  }

  /** Of the run itself. */
  private static final class Unwatched implements Task {
    private final UUID guid = UUID.randomUUID();

    @Override
    public UUID guid() {
      return guid;
    }

    @Override
    public String name() {
      return "run";
    }

    @Override
    public void reached(long units) {}

    @Override
    public void busy() {}

    @Override
    public void idle() {}
  }

  /** A wait that a test makes is no synchronisation, and ends. */
  static <T> T await(io.vertx.core.Future<T> coming) throws Exception {
    return coming.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
