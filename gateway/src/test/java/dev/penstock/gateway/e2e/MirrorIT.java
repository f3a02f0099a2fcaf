package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.gateway.e2e.ScriptedListener.Trouble;
import dev.penstock.spi.testing.Peer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A volume is moved to flexnbd's listener and to NBD servers, while clients use it. */
@Tag("peer")
@Timeout(300)
class MirrorIT {
  private static final int SIZE_BYTES = 8 << 20;
  private static final int BLOCK_BYTES = 4096;

  @TempDir Path folder = Path.of("");

  private final List<Peer.Running> running = new ArrayList<>();
  private PackagedGateway home = PackagedGateway.unstarted();
  private byte[] image = {};

  @BeforeEach
  void start() throws IOException {
    home =
        PackagedGateway.serving(
                folder.resolve("home"),
                """
                stores: { disk: { kind: files, path: volumes } }
                volumes: { vm: { store: disk, size: 8MiB } }
                modules:
                  nbd: { listen: "unix:nbd.sock", exports: { vm: { volume: vm } } }
                  replication: {}
                """)
            .start();
    image = new byte[SIZE_BYTES];
    new Random(5).nextBytes(image);
    Arrays.fill(image, 1 << 20, 5 << 20, (byte) 0); // stays a hole
    try (NbdClient client = home.connect("vm")) {
      for (int at = 0; at < SIZE_BYTES; at += 1 << 20)
        if (at < 1 << 20 || at >= 5 << 20)
          assertThat(client.write(at, Arrays.copyOfRange(image, at, at + (1 << 20)), 0)).isZero();
    }
  }

  @AfterEach
  void stop() {
    running.forEach(Peer.Running::close);
    home.close();
  }

  private static int freePort() throws IOException {
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private void serves(int port, Object... command) {
    Peer.Running one = Peer.start(command);
    running.add(one);
    String listens = ":%04X 00000000:0000 0A".formatted(port);
    await()
        .until(
            () -> !one.isAlive() || Files.readString(Path.of("/proc/net/tcp")).contains(listens));
  }

  private Peer.Result move(String uri, String... more) {
    List<String> words = new ArrayList<>(List.of("migrate", "start", "vm", "--to", uri, "--wait"));
    words.addAll(List.of(more));
    return home.cli(words.toArray(String[]::new));
  }

  private void begin(String uri, JsonObject wishes) throws IOException {
    TwoOwners.call(home, "POST", "/v1/migrations/vm", wishes.copy().put("to", uri));
  }

  private JsonObject migration() throws IOException {
    return home.admin().get("/v1/migrations/vm").json();
  }

  private String phase() throws IOException {
    return home.admin().get("/v1/ownerships").json().getJsonArray("ownerships").stream()
        .map(JsonObject.class::cast)
        .filter(one -> one.getString("volume").equals("vm"))
        .map(one -> one.getString("phase"))
        .findFirst()
        .orElse("owner");
  }

  private JsonObject export() throws IOException {
    return home.admin().get("/v1/exports/vm").json();
  }

  private void takeBack() {
    assertThat(home.cli("migrate", "promote", "vm", "--force").exit()).isZero();
    home.await(() -> export().getString("state").equals("open"));
  }

  private void assertServes(byte[] expected) throws IOException {
    home.await(() -> export().getString("state").equals("open"));
    try (NbdClient client = home.connect("vm")) {
      assertThat(read(client)).isEqualTo(expected);
    }
  }

  private static byte[] read(NbdClient client) throws IOException {
    byte[] all = new byte[SIZE_BYTES];
    for (int at = 0; at < SIZE_BYTES; at += 1 << 20)
      System.arraycopy(client.read(at, 1 << 20), 0, all, at, 1 << 20);
    return all;
  }

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

  @Test
  void whatIsWrittenAtRandomMeanwhileIsThereAndAtOurOwnReceiverWhichEndsWell() throws Exception {
    int port = freePort();
    try (PackagedGateway away = receiver(port).receive("vm");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var written = new AtomicInteger();
      Future<?> writer = threads.submit(() -> writeUntilItEnds(0, SIZE_BYTES, 3, written));
      home.await(() -> written.get() > 20);

      begin("flexnbd://127.0.0.1:" + port, new JsonObject());
      Set<String> phases = polledToItsEnd();

      assertThat(away.awaitEnd()).isZero();
      writer.get();
      assertThat(migration().getString("phase")).as("%s", migration()).isEqualTo("done");
      assertThat(phases).contains("done");
      away.start();
      try (NbdClient there = away.connect("vm")) {
        assertThat(Arrays.equals(read(there), image)).as("there").isTrue();
      }
    }
    takeBack();
    assertServes(image);
  }

  private PackagedGateway receiver(int port) {
    return PackagedGateway.serving(
        folder.resolve("away"),
        """
        stores: { disk: { kind: files, path: volumes } }
        modules:
          nbd:
            listen: "unix:nbd.sock"
            exports: { vm: { volume: vm } }
            receive: { vm: { listen: "tcp://127.0.0.1:%d", from: 127.0.0.1, store: disk, size: 8MiB } }
        """
            .formatted(port));
  }

  /** Asks without a pause, through its last moment. */
  private Set<String> polledToItsEnd() throws IOException {
    Set<String> phases = new HashSet<>();
    JsonObject now = migration();
    for (; !now.getBoolean("ended", false); now = migration()) phases.add(now.getString("phase"));
    phases.add(now.getString("phase"));
    return phases;
  }

  /** What was acknowledged is in the image; what was not when the connection ended was not done. */
  private int writeUntilItEnds(int from, int to, int seed, AtomicInteger written)
      throws IOException {
    var random = new Random(seed);
    byte[] block = new byte[BLOCK_BYTES];
    try (NbdClient client = home.connect("vm")) {
      while (true) {
        int at = from + random.nextInt((to - from) / BLOCK_BYTES) * BLOCK_BYTES;
        if (random.nextInt(4) == 0) Arrays.fill(block, (byte) 0);
        else random.nextBytes(block);
        int error;
        try {
          error = client.write(at, block, 0);
        } catch (IOException ended) {
          return written.get();
        }
        assertThat(error).isZero();
        System.arraycopy(block, 0, image, at, BLOCK_BYTES);
        written.incrementAndGet();
      }
    }
  }

  @Test
  void whatTwoWavesOfFiveWritersWriteMeanwhileIsThere() throws Exception {
    Path disk = folder.resolve("disk");
    Peer.run("truncate", "-s", String.valueOf(SIZE_BYTES), disk);
    int port = freePort();
    serves(port, "nbdkit", "-f", "-i", "127.0.0.1", "-p", port, "file", disk);
    int part = SIZE_BYTES / 16;
    var written = new AtomicInteger();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> writers = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        int from = i * part;
        writers.add(threads.submit(() -> writeUntilItEnds(from, from + part, from, written)));
      }
      home.await(() -> written.get() > 20);
      begin("nbd://127.0.0.1:" + port, new JsonObject().put("confirm", true));
      home.await(() -> migration().getInteger("rounds") > 0);
      for (int i = 5; i < 10; i++) {
        int from = i * part;
        writers.add(threads.submit(() -> writeUntilItEnds(from, from + part, from, written)));
      }
      int before = written.get();
      home.await(() -> written.get() > before + 100);
      TwoOwners.call(home, "POST", "/v1/migrations/vm/confirm", new JsonObject());
      polledToItsEnd();
      assertThat(migration().getString("phase")).as("%s", migration()).isEqualTo("done");
      for (Future<?> writer : writers) writer.get();
    }
    assertThat(Arrays.equals(Files.readAllBytes(disk), image)).isTrue();
  }

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
