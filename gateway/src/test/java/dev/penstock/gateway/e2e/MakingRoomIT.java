package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.e2e.FaultyLine.Way;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store that never has as much room as its policy wants, and a job that sends from it for long:
 * pruning wins, and all that is lost is the step.
 */
@Timeout(300)
class MakingRoomIT {
  private static final int MIB = 1 << 20;

  /** A quarter of a minute at the bandwidth of the job. */
  private static final int CHANGE_BYTES = 8 * MIB;

  @TempDir Path folder;

  @Test
  void aSnapshotThatIsBeingSentGoesAndTheCopyIsRightInTheEnd() throws Exception {
    try (var sites = new TwoSites(folder)) {
      sites.write(1, MIB);
      sites.snapshot("s1");
      TwoSites.runUntilGood(sites.home, "slow");
      sites.write(2, CHANGE_BYTES);
      sites.snapshot("s2");
      beginSending(sites);
      sites.write(3, MIB);
      sites.snapshot("s3");

      assertThat(planned(sites, "vm@s2").getString("fate")).isEqualTo("deferred");
      assertThat(planned(sites, "vm@s2").getLong("low_space_bytes")).isEqualTo(1000L << 40);
      JsonObject pruned = prune(sites);

      assertThat(pruned.getInteger("for_room")).as("%s", pruned).isEqualTo(1);
      assertThat(TwoSites.has(sites.home, "vm", "s1")).as("the anchor").isTrue();
      assertThat(TwoSites.has(sites.home, "vm", "s2")).isFalse();
      TwoSites.call(sites.home, "PUT", "/v1/jobs/slow/bandwidth", "{\"bytes_per_second\": 0}");
      JsonObject job = TwoSites.ended(sites.home, "slow");
      assertThat(job.getString("last_outcome")).as("%s", job).isEqualTo("succeeded");
      sites.assertSame("home.vm", "s3", "anchor.slow", CHANGE_BYTES);
      assertThat(TwoSites.has(sites.away, "home.vm", "s1")).as("sent from the anchor").isTrue();
      assertThat(TwoSites.has(sites.away, "home.vm", "s2")).isFalse();
      sites.assertNothingLeft();

      sites.write(4, 2 * MIB);
      sites.snapshot("s4");
      TwoSites.runUntilGood(sites.home, "slow");
      sites.assertSame("home.vm", "s4", "anchor.slow", CHANGE_BYTES);
    }
  }

  /** A part of it is at the other side, and most of it is not. */
  private static void beginSending(TwoSites sites) throws Exception {
    long before = sites.line.bytes(Way.THERE);
    TwoSites.begin(sites.home, "slow");
    sites.home.await(() -> sites.line.bytes(Way.THERE) - before > MIB);
  }

  private static JsonObject planned(TwoSites sites, String snapshot) throws Exception {
    return sites
        .home
        .admin()
        .get("/v1/prune/plan?volume=vm")
        .json()
        .getJsonArray("snapshots")
        .stream()
        .map(JsonObject.class::cast)
        .filter(one -> one.getString("name").equals(snapshot))
        .findFirst()
        .orElseThrow();
  }

  private static JsonObject prune(TwoSites sites) throws Exception {
    String task = TwoSites.call(sites.home, "POST", "/v1/prune/runs", "{}").getString("task");
    sites.home.await(() -> !runs(sites).isEmpty());
    assertThat(runs(sites).getJsonObject(0).getString("task")).isEqualTo(task);
    return runs(sites).getJsonObject(0);
  }

  private static JsonArray runs(TwoSites sites) throws Exception {
    return sites.home.admin().get("/v1/prune/runs").json().getJsonArray("runs");
  }
}
