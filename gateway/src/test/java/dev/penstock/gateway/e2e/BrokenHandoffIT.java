package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.e2e.FaultyLine.Fault;
import dev.penstock.gateway.e2e.FaultyLine.Kind;
import dev.penstock.gateway.e2e.FaultyLine.Way;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a hand-over whose line breaks just before, or just after, it is decided. */
@Timeout(300)
class BrokenHandoffIT {
  private static final int BLOCK_BYTES = 4096;
  private static final int UNFINISHED = 10;
  private static final String MESSAGE = "POST /peer/v1/migration/volumes/vm/message";

  /** The longest freeze there is: the line stays broken while a test looks. */
  private static final JsonObject TO_AWAY =
      new JsonObject().put("to", "away").put("confirm", true).put("freeze_millis", 60_000);

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // before each test
  private FaultyLine line;

  @SuppressWarnings("NullAway.Init") // before each test
  private TwoOwners sites;

  @BeforeEach
  void start() throws IOException {
    line = new FaultyLine(TwoOwners.awaySocket(folder));
    sites = TwoOwners.over(line, folder, "16MiB");
  }

  @AfterEach
  void stop() throws IOException {
    sites.close();
    line.close();
  }

  private static byte[] block(int filling) {
    byte[] block = new byte[BLOCK_BYTES];
    Arrays.fill(block, (byte) filling);
    return block;
  }

  /** Until the line breaks at what the source says in the freeze, or after it. */
  private void handOverUntil(String what, Way way) throws Exception {
    sites.start(sites.home, TO_AWAY);
    sites.home.await(() -> sites.migration(sites.home).getString("phase").equals("confirm"));
    line.arm(new Fault(Kind.HALF_OPEN, way, MESSAGE, "\"" + what + "\"", 0));
    TwoOwners.call(sites.home, "POST", "/v1/migrations/vm/confirm", new JsonObject());
    line.struck().await();
  }

  @Test
  void aStopAfterTheDecisionSaysWhatIsLeftAndTheNextStartFinishesIt() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        NbdClient client = sites.home.connect("vm")) {
      assertThat(client.write(0, block(1), 0)).isZero();
      handOverUntil("commit", Way.THERE);
      assertThat(sites.phase(sites.home)).isEqualTo("handed");
      client.send(client.request(NbdClient.WRITE, 0, 0, BLOCK_BYTES));
      client.send(ByteBuffer.allocate(BLOCK_BYTES).put(block(2)));
      Future<Boolean> told = threads.submit(() -> isTold(client));

      int exit = sites.home.stop();

      assertThat(exit).as(sites.home.log()).isEqualTo(UNFINISHED);
      assertThat(sites.home.log().stripTrailing())
          .endsWith("handed over, not confirmed: vm to away; start again to finish it");
      assertThat(told.get()).as("a write that waited was not done, and its client hears").isFalse();
    }
    sites.away.stop();
    line.heal();
    sites.away.start();
    sites.home.start();

    sites.home.await(sites::isSettled);
    sites.assertHandedOver(sites.home, sites.away);
    sites.away.await(() -> isExported(sites.away));
    try (NbdClient there = sites.away.connect("vm")) {
      assertThat(there.read(0, BLOCK_BYTES)).isEqualTo(block(1));
    }
  }

  /** Whether a write that waits is answered as done. */
  private static boolean isTold(NbdClient client) {
    try {
      return client.reply() == 0;
    } catch (IOException ended) {
      return false;
    }
  }

  @Test
  void aSourceThatComesBackAfterItsVolumeWasTakenByForceIsFencedWhileItIsUsed() throws Exception {
    try (NbdClient client = sites.home.connect("vm")) {
      assertThat(client.write(0, block(1), 0)).isZero();
    }
    handOverUntil("last", Way.BACK);
    sites.away.await(() -> sites.phase(sites.away).equals("prepared"));
    sites.home.kill();
    assertThat(sites.away.cli("migrate", "promote", "vm").text())
        .contains("only with --force")
        .contains("will be kept as a snapshot there");
    assertThat(sites.away.cli("migrate", "promote", "vm", "--force").text())
        .contains("vm is owned here")
        .contains("Should home come back it gives way");
    sites.away.await(() -> isExported(sites.away));
    try (NbdClient there = sites.away.connect("vm")) {
      assertThat(there.write(BLOCK_BYTES, block(3), 0)).isZero();
    }

    line.heal();
    sites.home.start();
    try (NbdClient client = sites.home.connect("vm")) {
      // It may be fenced before this: then it is written where the volume is.
      assertThat(client.write(2 * BLOCK_BYTES, block(4), 0)).isZero();
      sites.home.await(() -> sites.phase(sites.home).equals("gone"));
      sites.home.await(() -> sites.phase(sites.away).equals("owner"));

      assertThat(client.read(BLOCK_BYTES, BLOCK_BYTES)).as("what is there").isEqualTo(block(3));
      assertThat(client.write(0, block(5), 0)).isZero();
    }

    assertThat(sites.record(sites.home).orElseThrow().getJsonArray("orphans"))
        .isEqualTo(new JsonArray(List.of("orphan-0")));
    assertThat(sites.home.cli("migrate", "owners").text()).contains("orphan-0");
    assertThat(sites.home.log()).contains("replication.volume-fenced");
    sites.home.await(() -> sites.record(sites.away).orElseThrow().getJsonObject("over") == null);
    try (NbdClient there = sites.away.connect("vm")) {
      assertThat(there.read(0, BLOCK_BYTES)).isEqualTo(block(5));
      assertThat(there.read(BLOCK_BYTES, BLOCK_BYTES)).isEqualTo(block(3));
    }
  }

  private static boolean isExported(PackagedGateway gateway) throws IOException {
    return gateway.admin().get("/v1/exports/vm").json().getString("state", "").equals("open");
  }
}
