package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A volume is moved between two gateways of the distribution while a client uses it. */
@Timeout(300)
class MigrationIT {
  private static final int SIZE_BYTES = 16 << 20;
  private static final int BLOCK_BYTES = 4096;
  private static final long LINE_BYTES_PER_SECOND = 4 << 20;
  private static final int KILLS = 5;
  private static final String[] PHASES = {"offering", "rounds", "freezing", "handing_over"};
  private static final JsonObject TO_AWAY = new JsonObject().put("to", "away");
  private static final JsonObject TO_HOME = new JsonObject().put("to", "home");

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init") // before each test
  private TwoOwners sites;

  @BeforeEach
  void start() {
    sites = new TwoOwners(folder, "16MiB");
  }

  @AfterEach
  void stop() throws IOException {
    sites.close();
  }

  /** What a client wrote, and was told is written. */
  private static final class Recorded {
    final byte[] bytes = new byte[SIZE_BYTES];
    final AtomicBoolean enough = new AtomicBoolean();

    /** Random blocks until enough, in one connection. */
    int write(NbdClient client, int seed) throws IOException {
      var random = new Random(seed);
      byte[] block = new byte[BLOCK_BYTES];
      int written = 0;
      while (!enough.get()) {
        int at = random.nextInt(SIZE_BYTES / BLOCK_BYTES) * BLOCK_BYTES;
        random.nextBytes(block);
        assertThat(client.write(at, block, 0)).isZero();
        System.arraycopy(block, 0, bytes, at, BLOCK_BYTES);
        written++;
      }
      return written;
    }

    void assertIn(NbdClient client) throws IOException {
      for (int at = 0; at < SIZE_BYTES; at += 1 << 20)
        assertThat(Arrays.equals(client.read(at, 1 << 20), 0, 1 << 20, bytes, at, at + (1 << 20)))
            .as("from %d on", at)
            .isTrue();
    }
  }

  @Test
  void aClientThatWritesAllTheTimeGoesOnWhereTheVolumeIs() throws Exception {
    var recorded = new Recorded();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        NbdClient client = sites.home.connect("vm")) {
      Callable<Integer> writing = () -> recorded.write(client, 1);
      Future<Integer> writer = threads.submit(writing);

      sites.start(sites.home, TO_AWAY);
      JsonObject ended = sites.ended(sites.home);

      assertThat(ended.getString("phase")).as("%s", ended).isEqualTo("done");
      recorded.enough.set(true);
      assertThat(writer.get()).isPositive();
      recorded.assertIn(client);
      try (NbdClient late = sites.home.connect("vm")) {
        recorded.assertIn(late);
      }
    }
    sites.assertHandedOver(sites.home, sites.away);
    sites.away.await(() -> exported(sites.away));
    try (NbdClient there = sites.away.connect("vm")) {
      recorded.assertIn(there);
    }
  }

  private static boolean exported(PackagedGateway gateway) throws IOException {
    return gateway.admin().get("/v1/exports/vm").json().getString("state", "").equals("open");
  }

  @Test
  void aVolumeGoesThereAndComesBack() throws Exception {
    byte[] first = new byte[BLOCK_BYTES];
    Arrays.fill(first, (byte) 1);
    byte[] second = new byte[BLOCK_BYTES];
    Arrays.fill(second, (byte) 2);
    try (NbdClient client = sites.home.connect("vm")) {
      assertThat(client.write(0, first, 0)).isZero();
      sites.start(sites.home, TO_AWAY);
      assertThat(sites.ended(sites.home).getString("phase")).isEqualTo("done");
      assertThat(client.write(BLOCK_BYTES, second, 0)).isZero();

      sites.start(sites.away, TO_HOME);
      JsonObject back = sites.ended(sites.away);

      assertThat(back.getString("phase")).as("%s", back).isEqualTo("done");
      assertThat(back.getLong("bytes_sent")).isLessThan(1 << 20);
      assertThat(client.read(0, BLOCK_BYTES)).isEqualTo(first);
      assertThat(client.read(BLOCK_BYTES, BLOCK_BYTES)).isEqualTo(second);
      assertThat(client.write(0, second, 0)).isZero();
      assertThat(client.read(0, BLOCK_BYTES)).isEqualTo(second);
    }
    sites.assertHandedOver(sites.away, sites.home);
  }

  /** What its client has under way is held over there when the volume comes back to here. */
  @Test
  void aClientThatWritesAllTheTimeComesBackWithTheVolume() throws Exception {
    var recorded = new Recorded();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        NbdClient client = sites.home.connect("vm")) {
      Callable<Integer> writing = () -> recorded.write(client, 1);
      Future<Integer> writer = threads.submit(writing);
      for (int i = 0; i < 2; i++) {
        sites.start(sites.home, TO_AWAY);
        assertThat(sites.ended(sites.home).getString("phase")).isEqualTo("done");
        sites.start(sites.away, TO_HOME);
        assertThat(sites.ended(sites.away).getString("phase")).isEqualTo("done");
        sites.home.await(() -> isServed(sites.home));
      }
      recorded.enough.set(true);
      assertThat(writer.get()).isPositive();
      recorded.assertIn(client);
    }
    sites.assertHandedOver(sites.away, sites.home);
  }

  /** By those who were led on from here as well. */
  private static boolean isServed(PackagedGateway gateway) throws IOException {
    return gateway.admin().get("/v1/volumes/vm").json().getString("state").equals("serving");
  }

  @Test
  void whatIsAbortedStaysAndCanBeTriedAgain() throws Exception {
    JsonObject waiting = TO_AWAY.copy().put("confirm", true);
    for (int i = 0; i < 3; i++) {
      sites.start(sites.home, waiting);
      sites.home.await(() -> sites.migration(sites.home).getString("phase").equals("confirm"));
      TwoOwners.call(sites.home, "POST", "/v1/migrations/vm/abort", new JsonObject());
      assertThat(sites.ended(sites.home).getString("phase")).isEqualTo("aborted");
      assertThat(sites.phase(sites.home)).isEqualTo("owner");
    }
    sites.away.await(() -> sites.phase(sites.away).equals("none"));

    sites.start(sites.home, waiting);
    sites.home.await(() -> sites.migration(sites.home).getString("phase").equals("confirm"));
    TwoOwners.call(sites.home, "POST", "/v1/migrations/vm/confirm", new JsonObject());

    assertThat(sites.ended(sites.home).getString("phase")).isEqualTo("done");
    sites.assertHandedOver(sites.home, sites.away);
  }

  @Test
  void aSourceThatIsStoppedOnTheWayOwnsItWhenItIsBack() throws Exception {
    sites.start(sites.home, TO_AWAY.copy().put("confirm", true));
    sites.home.await(() -> sites.migration(sites.home).getString("phase").equals("confirm"));

    assertThat(sites.home.stop()).as("broken off").isEqualTo(11);
    assertThat(sites.home.log().stripTrailing())
        .endsWith(
            "aborted: the migration of vm to away; it is owned here, and has to be started anew");
    sites.home.start();

    assertThat(sites.phase(sites.home)).isEqualTo("owner");
    sites.away.await(() -> sites.phase(sites.away).equals("none"));
    try (NbdClient client = sites.home.connect("vm")) {
      assertThat(client.write(0, new byte[BLOCK_BYTES], 0)).isZero();
    }
  }

  @Test
  void theCopyThatWasLeftIsUnlinkedAndItsClientsGoOn() throws Exception {
    byte[] block = new byte[BLOCK_BYTES];
    Arrays.fill(block, (byte) 7);
    try (NbdClient client = sites.home.connect("vm")) {
      assertThat(client.write(0, block, 0)).isZero();
      sites.start(sites.home, TO_AWAY.copy().put("unlink", true));
      assertThat(sites.ended(sites.home).getString("phase")).isEqualTo("done");

      assertThat(client.read(0, BLOCK_BYTES)).isEqualTo(block);
    }
    assertThat(sites.home.admin().get("/v1/volumes/vm").status()).isEqualTo(404);
    sites.assertHandedOver(sites.home, sites.away);
  }

  @Test
  void whatIsNotOwnedHereIsRefusedAtOnceAndAMigrationThatIsOverTakesNoMoreWishes()
      throws Exception {
    sites.start(sites.home, TO_AWAY);
    assertThat(sites.ended(sites.home).getLong("bytes_left")).isZero();

    for (String path : new String[] {"", "/abort", "/confirm"})
      assertThat(
              sites
                  .home
                  .admin()
                  .call(
                      "POST",
                      "/v1/migrations/vm" + path,
                      TwoOwners.json(),
                      TwoOwners.bytes(TO_AWAY.encode()))
                  .status())
          .as(path)
          .isEqualTo(409);
  }

  /** It holds its own connection up, and no hand-over; and goes on where the volume is. */
  @Test
  void whoHasSentHalfARequestHoldsUpNoMigration() throws Exception {
    ByteBuffer half = ByteBuffer.allocate(BLOCK_BYTES / 2);
    try (NbdClient client = sites.home.connect("vm")) {
      client.send(client.request(NbdClient.WRITE, 0, 0, BLOCK_BYTES));
      client.send(half.position(half.capacity()));

      sites.start(sites.home, TO_AWAY);
      assertThat(sites.ended(sites.home).getString("phase")).isEqualTo("done");

      client.send(half.clear().position(half.capacity()));
      assertThat(client.reply()).isZero();
    }
  }

  /** Rounds would never become shorter: its clients write as much as the line carries. */
  @Test
  void whoWritesFasterThanTheLineIsSlowedDownIfThatIsWished() throws Exception {
    JsonObject slowLine =
        TO_AWAY.copy().put("bandwidth", LINE_BYTES_PER_SECOND).put("freeze_millis", 1500);
    var enough = new AtomicBoolean();
    try (NbdClient client = sites.home.connect("vm");
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Integer> writes = threads.submit(() -> writeAllTheTime(client, enough));

      JsonObject end;
      try {
        sites.start(sites.home, slowLine);
        assertThat(sites.ended(sites.home).getString("failure")).contains("clients write faster");
        sites.start(sites.home, slowLine.copy().put("throttle", true));
        sites.home.await(() -> sites.migration(sites.home).containsKey("writers_bandwidth"));
        end = sites.ended(sites.home);
      } finally {
        enough.set(true);
      }
      assertThat(writes.get()).isPositive();
      assertThat(end.getString("phase")).as(end.encode()).isEqualTo("done");
      assertThat(end.containsKey("writers_bandwidth")).isFalse();
    }
  }

  /** How many blocks of random bytes, in 4 MiB. */
  private static int writeAllTheTime(NbdClient client, AtomicBoolean enough) throws IOException {
    var random = new Random(6);
    byte[] block = new byte[64 << 10];
    int written = 0;
    for (; !enough.get(); written++) {
      random.nextBytes(block);
      assertThat(client.write((long) (written % 64) * block.length, block, 0)).isZero();
    }
    return written;
  }

  /** Whichever it is, and wherever the hand-over is just then: nobody helps. */
  @Test
  void whateverIsKilledOneOwnerIsLeftAndTheBytesAreThere() throws Exception {
    byte[] block = new byte[BLOCK_BYTES];
    Arrays.fill(block, (byte) 9);
    try (NbdClient client = sites.home.connect("vm")) {
      assertThat(client.write(0, block, 0)).isZero();
      assertThat(client.flush()).isZero();
    }
    PackagedGateway owner = sites.home;
    for (int i = 0; i < KILLS; i++) {
      PackagedGateway other = owner.equals(sites.home) ? sites.away : sites.home;
      sites.start(owner, owner.equals(sites.home) ? TO_AWAY : TO_HOME);
      PackagedGateway victim = i % 2 == 0 ? owner : other;
      awaitPhase(owner, PHASES[i % PHASES.length]);
      victim.kill();
      victim.start();

      sites.home.await(sites::isSettled);
      owner = sites.phase(sites.home).equals("owner") ? sites.home : sites.away;
      PackagedGateway serves = owner;
      serves.await(() -> exported(serves));
      try (NbdClient client = owner.connect("vm")) {
        assertThat(client.read(0, BLOCK_BYTES)).as("after kill %d", i).isEqualTo(block);
      }
    }
  }

  /** Or a later one: what is quick may be over before it is seen. */
  private void awaitPhase(PackagedGateway owner, String phase) {
    owner.await(() -> {
      JsonObject now = sites.migration(owner);
      return now.getString("phase").equals(phase) || now.getBoolean("ended", false);
    });
  }
}
