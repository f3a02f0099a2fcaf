package dev.penstock.replication.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.plan.Plan;
import dev.penstock.replication.plan.Plan.Reason;
import io.vertx.core.json.JsonObject;
import org.junit.jupiter.api.Test;

class PlanJsonTest {
  @Test
  void thatThereIsNoSnapshotYetIsNoConflictOfARunThatTakesOne() {
    var none = new Plan.Conflict(Reason.NO_SENDER_SNAPSHOTS, "the volume has no snapshot");

    JsonObject json = PlanJson.afterSnapshot(none);

    assertThat(json.getString("state")).isEqualTo("steps");
    assertThat(json.getBoolean("takes_snapshot")).isTrue();
    assertThat(PlanJson.write(none).getString("state")).isEqualTo("conflict");
  }

  @Test
  void whatElseStandsInTheWayStillDoes() {
    var diverged = new Plan.Conflict(Reason.DIVERGED, "the receiver has others");

    assertThat(PlanJson.afterSnapshot(diverged).getString("state")).isEqualTo("conflict");
  }
}
