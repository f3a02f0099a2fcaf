package dev.penstock.replication.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.replication.config.ReplicationConfig;
import dev.penstock.replication.migrate.Migrations;
import dev.penstock.replication.migrate.Mirrors;
import dev.penstock.replication.peer.PeerLink;
import dev.penstock.replication.plan.Plan;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.GatewayEvent.SnapshotCreated;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.FakeSnapshots;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** When runs begin, how they end, and what is told of them. */
class JobsTest {
  private static final Map<String, String> LOCAL =
      Map.of("local", "true", "store", "memory", "below", "copy.", "volumes", "*");

  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger asked = new AtomicInteger();
  private volatile Future<Void> gate = Future.succeededFuture();
  private volatile Map<String, GatewayError> unanswered = Map.of();
  private volatile Runnable onPutDown = () -> {};
  private final FakeSnapshots snapshots =
      new FakeSnapshots() {
        @Override
        public Future<Histories> histories() {
          asked.incrementAndGet();
          return gate.compose(_ -> super.histories())
              .map(all -> new Histories(all.volumes(), unanswered));
        }

        @Override
        public void putDown(String purpose) {
          onPutDown.run();
        }
      };
  private Optional<FakeModuleContext> context = Optional.empty();

  @AfterEach
  void close() throws Exception {
    context.ifPresent(FakeModuleContext::close);
    TwoGateways.await(vertx.close());
  }

  /** A module with one job, which has these settings as well. */
  private Jobs jobs(Map<String, String> shared, Map<String, ?> more) throws Exception {
    Map<String, Object> job = new HashMap<>(shared);
    job.putAll(more);
    var made =
        new FakeModuleContext(
            vertx,
            "replication",
            TestSettings.block("replication", Map.of("jobs", Map.of("copies", job))));
    made.lend(snapshots);
    context = Optional.of(made);
    var config = ReplicationConfig.read(made.settings(), new Problems());
    var jobs =
        new Jobs(
            made,
            config,
            new Sites(
                made,
                JobsTest::nobody,
                new Migrations(
                        made, JobsTest::nobody, new Mirrors(made, Optional::empty), (_, _) -> {})
                    .desk((_, _) -> {})));
    TwoGateways.await(jobs.start());
    return jobs;
  }

  private static PeerLink nobody(String peer) {
    throw new IllegalStateException("there is no peer " + peer);
  }

  private void volume(String name) {
    snapshots.store().create(name, 4096);
    snapshots.snapshots().create(name, "1");
  }

  private static List<String> ends(Job job) {
    return job.reports().stream()
        .map(run -> run.getString("trigger") + " " + run.getString("outcome"))
        .toList();
  }

  /** Nobody gets past the list of volumes until this is completed. */
  private Promise<Void> shut() {
    Promise<Void> shut = Promise.promise();
    gate = shut.future();
    asked.set(0);
    return shut;
  }

  /** A run that is under way, and waits. */
  private Promise<Void> waitingRun(Job job, String trigger) throws Exception {
    Promise<Void> shut = shut();
    TwoGateways.await(job.start(trigger));
    await().until(() -> asked.get() > 0);
    return shut;
  }

  @Test
  void aSnapshotThatIsTakenDuringSomebodysRunIsFollowedByAnother() throws Exception {
    volume("vm");
    Jobs jobs = jobs(LOCAL, Map.of("on_snapshot", "true"));
    Job job = jobs.require("copies");
    await().until(() -> ends(job).equals(List.of("snapshot succeeded")));

    Promise<Void> shut = waitingRun(job, "somebody");
    context
        .orElseThrow()
        .events()
        .publish(
            new SnapshotCreated(
                context.orElseThrow().clock().instant(),
                "vm@2",
                UUID.randomUUID(),
                UUID.randomUUID(),
                Duration.ZERO));
    assertThat(ends(job)).containsExactly("somebody running", "snapshot succeeded");
    shut.complete();

    await()
        .untilAsserted(() ->
            assertThat(ends(job))
                .containsExactly("snapshot succeeded", "somebody succeeded", "snapshot succeeded"));
  }

  @Test
  void aStopWaitsForTheRunThatItInterrupts() throws Exception {
    volume("vm");
    Jobs jobs = jobs(LOCAL, Map.of());
    Job job = jobs.require("copies");
    waitingRun(job, "somebody");

    TwoGateways.await(jobs.close());

    assertThat(job.isRunning()).isFalse();
    assertThat(ends(job)).containsExactly("somebody interrupted");
  }

  /** Otherwise it would be what the other one needs. */
  @Test
  void whatARunNeedsIsPutDownBeforeAnotherCanBegin() throws Exception {
    volume("vm");
    Job job = jobs(LOCAL, Map.of()).require("copies");
    List<Boolean> running = new CopyOnWriteArrayList<>();
    onPutDown = () -> running.add(job.isRunning());

    TwoGateways.await(job.start("somebody"));

    await().until(() -> ends(job).equals(List.of("somebody succeeded")));
    await().untilAsserted(() -> assertThat(running).containsExactly(true));
  }

  @Test
  void aRunWhoseTaskIsCancelledWasCancelled() throws Exception {
    volume("vm");
    Jobs jobs = jobs(LOCAL, Map.of());
    Job job = jobs.require("copies");
    waitingRun(job, "somebody");

    context.orElseThrow().tasks().all().getLast().interrupt();

    await().until(() -> ends(job).equals(List.of("somebody cancelled")));
  }

  @Test
  void aBugThatEndsARunIsInItsReport() throws Exception {
    volume("vm");
    Job job = jobs(LOCAL, Map.of()).require("copies");
    gate = Future.failedFuture(new IllegalStateException("a bug"));

    TwoGateways.await(job.start("somebody"));

    await().until(() -> ends(job).equals(List.of("somebody failed")));
    assertThat(job.reports().getFirst().encode()).contains("a bug");
  }

  @Test
  void aStoreThatDoesNotAnswerIsAFailureOfAJobThatOnlyTakesSnapshots() throws Exception {
    volume("vm");
    Jobs jobs = jobs(Map.of("volumes", "*"), Map.of("snapshots", Map.of()));
    unanswered = Map.of("usb", new GatewayError.Failed(Scope.RESOURCE, "the disk is gone"));
    Job job = jobs.require("copies");

    TwoGateways.await(job.start("somebody"));

    await().until(() -> ends(job).equals(List.of("somebody failed")));
    assertThat(job.reports().getFirst().encode()).contains("store usb", "the disk is gone");
    assertThat(snapshots.snapshots().list("vm")).hasSize(2);
  }

  @Test
  void aPlanSaysThatARunTakesASnapshotFirst() throws Exception {
    snapshots.store().create("new", 4096);
    volume("vm");
    snapshots.store().create("replica", 4096);
    snapshots.store().setReplica("replica", true);
    Jobs jobs = jobs(LOCAL, Map.of("snapshots", Map.of()));

    Map<String, Job.PlanOrError> plans = jobs.require("copies").plan();

    assertThat(plans.get("new"))
        .matches(one -> one instanceof Job.PlanOrError.Planned(Plan.Conflict _, boolean t) && t);
    assertThat(plans.get("vm"))
        .matches(one -> one instanceof Job.PlanOrError.Planned(Plan.Steps _, boolean t) && t);
    assertThat(plans.get("replica"))
        .matches(one -> one instanceof Job.PlanOrError.Planned(Plan.Conflict _, boolean t) && !t);
  }
}
