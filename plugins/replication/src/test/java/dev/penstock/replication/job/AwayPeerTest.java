package dev.penstock.replication.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.replication.plan.Policies;
import dev.penstock.replication.plan.Policies.Diverged;
import dev.penstock.replication.plan.Policies.Initial;
import dev.penstock.replication.plan.Policies.StalePartial;
import dev.penstock.replication.report.RunReport;
import dev.penstock.replication.report.RunReport.Outcome;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A run whose peer is away, comes back, or does not let us in. */
class AwayPeerTest extends JobRuns {
  @Test
  void aPeerThatStaysAwayEndsTheRunAfterItsLimit() throws Exception {
    volumeWithSnapshots("a", "1");
    gateways.between =
        new Between() {
          @Override
          public void before(String what) {
            throw TwoGateways.peerAway();
          }

          @Override
          public void after(String what) {}
        };

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(report.attempts().getLast().planError().orElseThrow().what()).contains("was away");
    assertThat(report.waiting()).isEmpty();
  }

  @Test
  void aPeerThatComesBackIsWaitedForNoMore() throws Exception {
    volumeWithSnapshots("a", "1");
    List<Boolean> waited = new ArrayList<>();
    var left = new AtomicInteger(1);
    gateways.between =
        new Between() {
          @Override
          public void before(String asked) {
            waited.add(gateways.report().waiting().isPresent());
            if (asked.equals("sender's histories") && left.getAndDecrement() > 0)
              throw TwoGateways.peerAway();
          }

          @Override
          public void after(String asked) {}
        };

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.SUCCEEDED);
    assertThat(waited).startsWith(false, true, false);
    assertThat(waited.subList(2, waited.size())).containsOnly(false);
  }

  @Test
  void nobodyAsksAfterAPeerThatNoVolumeWaitsForAnyMore() throws Exception {
    volumeWithSnapshots("a", "1");
    gateways.attempts = 1;
    List<String> asked = new ArrayList<>();
    Between away = failing("complete", 1, TwoGateways.peerAway());
    gateways.between =
        new Between() {
          @Override
          public void before(String what) {
            asked.add(what);
            away.before(what);
          }

          @Override
          public void after(String what) {}
        };

    assertThat(gateways.run().outcome()).isEqualTo(Outcome.FAILED);

    assertThat(asked).contains("complete").doesNotContain("hello");
  }

  @Test
  void aPeerThatGoesAwayWhileVolumesArePlannedIsNotAskedOfEachOfThem() throws Exception {
    gateways.policies = new Policies(Initial.ALL, Diverged.FAIL, StalePartial.DISCARD);
    for (String name : List.of("a", "b", "c")) volumeWithSnapshots(name, "1", "2");
    var asked = new AtomicInteger();
    var back = new AtomicBoolean();
    gateways.between =
        new Between() {
          @Override
          public void before(String what) {
            if (what.equals("hello")) back.set(true);
            if (!what.equals("retention") || back.get()) return;
            asked.incrementAndGet();
            throw TwoGateways.peerAway();
          }

          @Override
          public void after(String what) {}
        };

    assertThat(gateways.run().outcome()).isEqualTo(Outcome.SUCCEEDED);

    assertThat(asked).hasValue(1);
    for (String name : List.of("a", "b", "c")) gateways.assertCopied(name);
  }

  @Test
  void aPeerThatOnlySaysThatItIsThereIsGivenUp() throws Exception {
    volumeWithSnapshots("a", "1");
    var asked = new AtomicInteger();
    gateways.between =
        new Between() {
          @Override
          public void before(String what) {
            if (!what.equals("take")) return;
            asked.incrementAndGet();
            throw TwoGateways.peerAway();
          }

          @Override
          public void after(String what) {}
        };

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(asked).hasValue(gateways.attempts);
  }

  @Test
  void aPeerThatDoesNotLetUsInEndsTheRunThoughAnotherVolumeWasJustAdmitted() throws Exception {
    List<String> names = List.of("a", "b", "c", "d");
    for (String name : names) volumeWithSnapshots(name, "1");
    var asked = new AtomicInteger();
    var both = new CountDownLatch(2);
    gateways.between =
        new Between() {
          @Override
          public void before(String what) {
            if (!what.equals("receive")) return;
            int which = asked.incrementAndGet();
            both.countDown();
            awaitUninterruptibly(both);
            if (which == 1) throw new GatewayError.Failed(Scope.CONNECTION, "who are you?");
            await().until(AwayPeerTest.this::hasError); // and then this one ends on its own
          }

          @Override
          public void after(String what) {}
        };

    RunReport report = gateways.run();

    assertThat(report.outcome()).isEqualTo(Outcome.FAILED);
    assertThat(asked).hasValue(2);
    assertThat(names).filteredOn(name -> volume(report, name).isDone()).hasSize(1);
  }

  private boolean hasError() {
    return gateways.report().attempts().getLast().volumes().stream()
        .anyMatch(volume -> volume.error().isPresent());
  }

  @Test
  void aPeerThatDoesNotLetUsInWhileVolumesArePlannedIsAskedOfNoOther() throws Exception {
    gateways.policies = new Policies(Initial.ALL, Diverged.FAIL, StalePartial.DISCARD);
    for (String name : List.of("a", "b", "c")) volumeWithSnapshots(name, "1", "2");
    List<String> asked = new ArrayList<>();
    Between refusing =
        failing("retention", 1, new GatewayError.Failed(Scope.CONNECTION, "who are you?"));
    gateways.between =
        new Between() {
          @Override
          public void before(String what) {
            asked.add(what);
            refusing.before(what);
          }

          @Override
          public void after(String what) {}
        };

    assertThat(gateways.run().outcome()).isEqualTo(Outcome.FAILED);

    assertThat(asked).containsOnlyOnce("retention").doesNotContain("need", "open");
  }
}
