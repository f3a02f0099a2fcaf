package dev.penstock.replication.site;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeSnapshots;
import dev.penstock.spi.volume.SnapshotInfo;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A peer may not keep snapshots here under any number of names. */
class PeerJobsTest {
  private static final Duration EXPIRY = Duration.ofDays(7);

  private final FakeSnapshots snapshots = new FakeSnapshots();
  private final FakeClock clock = new FakeClock();

  private PeerJobs jobs(int most) {
    return new PeerJobs(
        snapshots, clock, new PeerJobs.Kept("laptop", most, EXPIRY), Duration.ofSeconds(20));
  }

  private void anchored(String... tags) {
    if (snapshots.store().find("vm").isEmpty()) {
      snapshots.store().create("vm", 4096);
      snapshots.snapshots().create("vm", "1");
    }
    var one = snapshots.snapshots().list("vm").getFirst();
    for (String tag : tags) snapshots.snapshots().hold("vm", one.guid(), tag);
  }

  private static void assertRefused(PeerJobs jobs, String job) {
    assertThatExceptionOfType(GatewayError.Denied.class)
        .isThrownBy(() -> jobs.require(job))
        .withMessageContainingAll("laptop", "jobs_max", "penstock snapshot release");
  }

  @Test
  void asManyNamesAsItsLimitAndNoMore() throws Exception {
    PeerJobs jobs = jobs(2);
    jobs.require("a");
    jobs.require("b");
    jobs.require("a");
    assertRefused(jobs, "c");
  }

  @Test
  void whatIsAnchoredCountsAcrossRestartsAndGoesOn() throws Exception {
    anchored("anchor.laptop.a", "anchor.laptop.b");
    assertRefused(jobs(2), "c");
    jobs(2).require("b");
    for (SnapshotInfo one : snapshots.snapshots().list("vm"))
      snapshots.snapshots().release("vm", one.guid(), "anchor.laptop.a");
    jobs(2).require("c");
  }

  @Test
  void othersAnchorsCountForNobodyElse() {
    anchored("anchor.laptop.two.a", "anchor.desktop.a", "anchor.received", "anchor.offsite");
    assertThatCode(() -> jobs(1).require("b")).doesNotThrowAnyException();
  }

  @Test
  void aNameThatLeasedSomethingIsForgottenOnceThatHasExpired() throws Exception {
    PeerJobs jobs = jobs(1);
    jobs.require("a");
    clock.advance(EXPIRY.plusSeconds(1));
    jobs.require("b");
    assertRefused(jobs, "a");
  }
}
