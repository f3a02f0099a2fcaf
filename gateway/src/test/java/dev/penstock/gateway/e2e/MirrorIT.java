package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.e2e.ScriptedListener.Trouble;
import dev.penstock.spi.testing.Peer;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A move to another server, and whatever goes wrong there. */
@Tag("peer")
@Timeout(300)
class MirrorIT extends Mirroring {
  // What is reported at once, and what is tried again.

  @Test
  void whoCannotBeMovedToIsReportedAtOnceAndNotTriedAgain() throws Exception {
    Peer.Result nobody = move("flexnbd://127.0.0.1:" + freePort());
    assertThat(nobody.exit()).isEqualTo(1);
    assertThat(nobody.text()).contains("failed to connect to flexnbd://127.0.0.1:");
    Map<Trouble, String> said =
        Map.of(
            Trouble.SILENT, "did not answer within 5 s",
            Trouble.CLOSES_AT_ONCE, "was rejected by flexnbd://127.0.0.1:",
            Trouble.OTHER_SIZE, "size does not match: the volume has 8388608 bytes",
            Trouble.NO_NBD, "was rejected by flexnbd://127.0.0.1:");
    for (var one : said.entrySet())
      try (var there = new ScriptedListener(SIZE_BYTES, one.getKey())) {
        Peer.Result refused = move(there.uri());
        assertThat(refused.exit()).as("%s", one).isNotZero();
        assertThat(refused.text()).contains(one.getValue());
        assertThat(there.connections()).as("%s", one).isEqualTo(1);
        assertThat(phase()).as("%s", one).isEqualTo("owner");
      }
    assertServes(image);
  }

  @Test
  void whateverGoesWrongThereLaterIsTriedAgainUntilItIsDoneAndClientsNoticeNothing()
      throws Exception {
    for (Trouble trouble :
        List.of(
            Trouble.CLOSES_AFTER_THE_HELLO,
            Trouble.ANSWERS_WITH_AN_ERROR,
            Trouble.CLOSES_BEFORE_ITS_REPLY,
            Trouble.REPLIES_WITH_ANOTHER_MAGIC,
            Trouble.CLOSES_BEFORE_THE_LAST_WORD))
      try (var there = new ScriptedListener(SIZE_BYTES, trouble);
          NbdClient client = home.connect("vm")) {
        begin(there.uri(), new JsonObject().put("confirm", true));
        home.await(() -> there.connections() == 2);
        home.await(() -> migration().getString("phase").equals("confirm"));
        assertThat(client.write(0, Arrays.copyOf(image, BLOCK_BYTES), 0)).isZero();
        assertThat(there.connections()).as("%s", trouble).isEqualTo(2);

        TwoOwners.call(home, "POST", "/v1/migrations/vm/confirm", new JsonObject());
        home.await(() -> migration().getBoolean("ended", false));

        assertThat(migration().getString("phase")).as("%s", migration()).isEqualTo("done");
        assertThat(there.isTold()).isTrue();
        assertThat(there.disk).as("%s", trouble).isEqualTo(image);
        client.awaitEnd();
        takeBack();
      }
  }

  @Test
  void anAbortRightAfterTheHelloEndsItAndNobodyConnectsAgain() throws Exception {
    try (var there = new ScriptedListener(SIZE_BYTES, Trouble.NONE)) {
      begin(there.uri(), new JsonObject().put("bandwidth", 64 << 10));
      TwoOwners.call(home, "POST", "/v1/migrations/vm/abort", new JsonObject());

      home.await(() -> migration().getBoolean("ended", false));
      assertThat(migration().getString("phase")).isEqualTo("aborted");
      assertThat(there.connections()).isEqualTo(1);
      assertThat(there.isTold()).isFalse();
      assertThat(phase()).isEqualTo("owner");
    }
  }

  // Other people's servers, and ours.

  @Test
  void threeTimesAbortedItMovesToQemuNbdTheFourthTimeAndHolesStayHoles() throws Exception {
    Path disk = folder.resolve("disk");
    Peer.run("truncate", "-s", String.valueOf(SIZE_BYTES), disk);
    int port = freePort();
    serves(
        port,
        "qemu-nbd",
        "-f",
        "raw",
        "-t",
        "-b",
        "127.0.0.1",
        "-p",
        port,
        "-x",
        "disk",
        "--discard=unmap",
        disk);
    String uri = "nbd://127.0.0.1:%d/disk".formatted(port);
    for (int i = 0; i < 3; i++) {
      begin(uri, new JsonObject().put("confirm", true));
      assertThat(home.cli("migrate", "abort", "vm").exit()).isZero();
    }

    assertThat(move(uri).exit()).isZero();

    assertThat(migration().getString("farewell")).isEqualTo("heard");
    assertThat(Files.readAllBytes(disk)).isEqualTo(image);
    long stored = 512 * Long.parseLong(Peer.run("stat", "-c", "%b", disk).out().strip());
    assertThat(stored).isLessThan(6 << 20);
  }
}
