package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.e2e.ScriptedListener.Trouble;
import dev.penstock.spi.testing.Peer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The last word of a move, and what becomes of the copy here. */
@Tag("peer")
@Timeout(300)
class MirrorEndIT extends Mirroring {
  // Its end.

  @Test
  void theCopyIsUnlinkedIfThatIsWishedAndWhoComesThenReadsWhereItIs() throws Exception {
    try (var there = new ScriptedListener(SIZE_BYTES, Trouble.NONE);
        NbdClient client = home.connect("vm")) {
      Peer.Result moved = move(there.uri(), "--unlink");

      assertThat(moved.exit()).as(moved.text()).isZero();
      assertThat(moved.text()).contains("vm to " + there.uri() + ": done");
      assertThat(there.disk).isEqualTo(image);
      client.awaitEnd();
      assertThat(home.admin().get("/v1/volumes/vm").status()).isEqualTo(404);
      assertThat(export().getString("state")).isNotEqualTo("open");
      assertThat(export().encode())
          .contains("volume vm was moved to " + there.uri() + ": connect there");
      assertThat(home.stop()).isZero();
    }
  }

  @Test
  void aCopyThatCannotBeUnlinkedFailsTheMoveTellsNothingAndIsServedHere() throws Exception {
    try (var there = new ScriptedListener(SIZE_BYTES, Trouble.NONE)) {
      begin(there.uri(), new JsonObject().put("confirm", true).put("unlink", true));
      home.await(() -> migration().getString("phase").equals("confirm"));
      holdASnapshotOfTheMove();
      TwoOwners.call(home, "POST", "/v1/migrations/vm/confirm", new JsonObject());
      home.await(() -> migration().getBoolean("ended", false));

      assertThat(migration().getString("phase")).as("%s", migration()).isEqualTo("aborted");
      assertThat(migration().getString("failure")).contains("mine");
      assertThat(there.isTold()).isFalse();
      assertThat(there.connections()).isEqualTo(1);
      assertThat(phase()).isEqualTo("owner");
    }
    assertServes(image);
  }

  private void holdASnapshotOfTheMove() throws IOException {
    home.await(() -> {
      String newest =
          home.admin().get("/v1/volumes/vm/snapshots").json().getJsonArray("snapshots").stream()
              .map(JsonObject.class::cast)
              .map(one -> one.getString("name"))
              .reduce("", (_, later) -> later);
      return home.cli("snapshot", "hold", newest, "mine").exit() == 0;
    });
  }

  @Test
  void killedBeforeTheLastWordItIsOwnedHereAndKilledAfterItItIsNot() throws Exception {
    try (var there = new ScriptedListener(SIZE_BYTES, Trouble.NONE)) {
      begin(there.uri(), new JsonObject().put("confirm", true));
      home.await(() -> migration().getString("phase").equals("confirm"));
      home.kill();
      home.start();
      assertThat(phase()).isEqualTo("owner");
      assertThat(there.isTold()).isFalse();
      assertServes(image);
    }
    try (var there = new ScriptedListener(SIZE_BYTES, Trouble.STAYS_AFTER_THE_LAST_WORD)) {
      begin(there.uri(), new JsonObject());
      home.await(there::isTold);
      home.kill();
      home.start();
      assertThat(phase()).isEqualTo("gone");
      assertThat(export().getString("state")).isNotEqualTo("open");
      assertThat(there.disk).isEqualTo(image);
    }
    takeBack();
    assertServes(image);
  }
}
