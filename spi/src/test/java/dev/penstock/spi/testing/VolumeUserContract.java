package dev.penstock.spi.testing;

import static dev.penstock.spi.testing.Settled.done;
import static dev.penstock.spi.testing.Settled.failure;
import static dev.penstock.spi.testing.Settled.settled;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.Faults.Hold;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What everyone who uses a volume is held to when the gateway asks him to hold still, go on, or let
 * go. Extend it, say how your module's clients write and read, and run it with JUnit.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
public abstract class VolumeUserContract {
  /** The volume that the user opens, for writing, from {@link FakeModuleContext#volumes}. */
  protected static final String VOLUME = "demo";

  protected static final int SIZE = 1 << 20;

  private static final int PACED_BYTES = 64 << 10;
  private static final long PACE_BYTES_PER_SECOND = 1 << 20;

  /** Nothing may hang on it: a test whose limit passes waits for nothing else. */
  private static final Duration SHORT = Duration.ofMillis(50);

  private static final Duration LONG = Duration.ofSeconds(30);

  /** A user at work, and a client of it. */
  protected interface Client extends AutoCloseable {
    /** Completes when the client is told that it is written. Calls may overlap. */
    Future<Void> write(long offset, byte[] bytes);

    Future<byte[]> read(long offset, int lengthBytes);

    @Override
    void close();
  }

  private final Vertx vertx = Vertx.vertx();
  private final MemoryVolume volume = MemoryVolume.named(VOLUME, SIZE);
  private final MemoryVolume second = MemoryVolume.named("successor", SIZE);
  private FakeModuleContext host = emptyHost(Map.of());
  private Client client = new NoClient();

  /** Starts a user of {@link #VOLUME} on this host, and a client that can reach it. */
  protected abstract Client connect(FakeModuleContext host) throws Exception;

  /** Settings of the module, if the user is one. */
  protected Map<String, ?> settings() throws Exception {
    return Map.of();
  }

  @BeforeEach
  void connectClient() throws Exception {
    host.close();
    host = emptyHost(settings());
    host.volumes().add(VOLUME, volume);
    client = connect(host);
  }

  @AfterEach
  void endEverything() throws Exception {
    client.close();
    settled(host.stop());
    host.close();
    settled(vertx.close());
  }

  /** Nobody waits for ever who may write little, and nobody is slow any more who may write all. */
  @Test
  void slowedDownItWritesAllTheSameAndNoLimitIsNoLimit() {
    byte[] block = new byte[PACED_BYTES];
    Arrays.fill(block, (byte) 7);
    boolean can = settled(user().pace(PACE_BYTES_PER_SECOND)).succeeded();
    if (can) {
      for (int i = 0; i < 3; i++) done(client.write((long) i * PACED_BYTES, block));
      assertThat(Arrays.copyOf(volume.content(), 3 * PACED_BYTES)).containsOnly(7);
    }
    done(user().pace(0));

    done(client.write(0, new byte[PACED_BYTES]));
    assertThat(Arrays.copyOf(volume.content(), PACED_BYTES)).containsOnly(0);
  }

  @Test
  void saysWhoItIs() {
    assertThat(user().name()).isNotBlank();
  }

  @Test
  void noWriteReachesTheVolumeInAFreezeAndAllGoOnAfterIt() {
    done(client.write(0, text("before")));
    done(user().freeze(LONG));
    long begun = volume.faults().begun(Call.WRITE);

    List<Future<Void>> waiting = new ArrayList<>();
    for (int i = 0; i < 10; i++) waiting.add(client.write(i * 4096L, text("waited" + i)));
    readsGoOn();

    assertThat(volume.faults().begun(Call.WRITE)).isEqualTo(begun);
    assertThat(waiting).noneMatch(Future::isComplete);
    done(user().thaw());
    waiting.forEach(Settled::done);
    for (int i = 0; i < 10; i++)
      assertThat(done(client.read(i * 4096L, 7))).isEqualTo(text("waited" + i));
  }

  @Test
  void freezingWaitsForTheWritesUnderWay() {
    Future<Void> freezing;
    Future<Void> write;
    try (Hold hold = volume.faults().hold(Call.WRITE)) {
      write = client.write(0, text("under way"));
      hold.awaitHeld(1);
      freezing = user().freeze(LONG);
      readsGoOn();
      assertThat(freezing.isComplete()).isFalse();
    }
    done(freezing);
    done(write);

    done(user().thaw());
  }

  @Test
  void freezesThatTakeTooLongLeaveEverythingAsItWas() {
    try (Hold hold = volume.faults().hold(Call.WRITE)) {
      Future<Void> stuck = client.write(0, text("stuck"));
      hold.awaitHeld(1);

      assertThat(failure(user().freeze(SHORT))).isInstanceOf(GatewayError.Unavailable.class);

      Future<Void> next = client.write(4096, text("next"));
      hold.awaitHeld(2);
      hold.release();
      done(stuck);
      done(next);
    }
    done(user().freeze(LONG));
    done(user().thaw());
    done(client.write(0, text("again")));
  }

  @Test
  void writesThatWaitForAFreezeThatFailsGoOn() {
    try (Hold hold = volume.faults().hold(Call.WRITE)) {
      Future<Void> stuck = client.write(0, text("stuck"));
      hold.awaitHeld(1);
      Future<Void> freezing = user().freeze(Duration.ofMillis(300));
      Future<Void> waiting = client.write(4096, text("waits"));

      assertThat(failure(freezing)).isInstanceOf(GatewayError.Unavailable.class);
      hold.awaitHeld(2);
      hold.release();
      done(stuck);
      done(waiting);
    }
  }

  @Test
  void freezingWhatIsFrozenAndThawingWhatIsNotAreHarmless() {
    done(user().thaw());
    done(user().freeze(LONG));
    done(user().freeze(LONG));
    Future<Void> waiting = client.write(0, text("waits"));
    readsGoOn();
    assertThat(waiting.isComplete()).isFalse();
    done(user().thaw());
    done(user().thaw());

    done(waiting);
    done(client.write(0, text("works")));
  }

  @Test
  void thawingInTheMiddleOfAFreezeEndsIt() {
    try (Hold hold = volume.faults().hold(Call.WRITE)) {
      Future<Void> write = client.write(0, text("under way"));
      hold.awaitHeld(1);
      Future<Void> freezing = user().freeze(LONG);
      done(user().thaw());
      Future<Void> next = client.write(4096, text("next"));
      hold.awaitHeld(2);
      hold.release();

      done(write);
      done(next);
      settled(freezing);
    }
  }

  @Test
  void haltingHoldsReadsAsWellAndAllGoOnAfterIt() {
    done(client.write(0, text("before")));
    done(user().freeze(LONG));
    done(user().halt(LONG));
    long begun = volume.faults().begun(Call.WRITE) + volume.faults().begun(Call.READ);

    Future<byte[]> read = client.read(0, 6);
    Future<Void> write = client.write(4096, text("waited"));

    assertThat(read.isComplete()).isFalse();
    assertThat(volume.faults().begun(Call.WRITE) + volume.faults().begun(Call.READ))
        .isEqualTo(begun);
    done(user().thaw());
    assertThat(done(read)).isEqualTo(text("before"));
    done(write);
  }

  @Test
  void retiringSendsWhatComesLaterToTheSuccessor() {
    done(client.write(0, text("old")));

    done(user().retire(successor(), LONG));
    long begun = volume.faults().begun(Call.WRITE) + volume.faults().begun(Call.READ);
    done(client.write(0, text("new")));

    assertThat(done(client.read(0, 3))).isEqualTo(text("new"));
    assertThat(start(second, 3)).isEqualTo(text("new"));
    assertThat(start(volume, 3)).isEqualTo(text("old"));
    assertThat(volume.faults().begun(Call.WRITE) + volume.faults().begun(Call.READ))
        .isEqualTo(begun);
  }

  @Test
  void retiringSendsWhatWaitedInAFreezeToTheSuccessor() {
    done(user().freeze(LONG));
    Future<Void> waiting = client.write(0, text("waited"));
    readsGoOn();

    done(user().retire(successor(), LONG));

    done(waiting);
    assertThat(start(second, 6)).isEqualTo(text("waited"));
    assertThat(start(volume, 6)).containsOnly(0);
  }

  @Test
  void retiringWaitsForTheWritesUnderWayAndKeepsOthersWaiting() {
    Future<Void> write;
    Future<Void> retiring;
    Future<Void> later;
    try (Hold hold = volume.faults().hold(Call.WRITE)) {
      write = client.write(0, text("under way"));
      hold.awaitHeld(1);
      retiring = user().retire(successor(), LONG);
      later = client.write(0, text("later one"));
      assertThat(retiring.isComplete()).isFalse();
      assertThat(later.isComplete()).isFalse();
    }
    done(write);
    done(retiring);
    done(later);

    assertThat(start(volume, 9)).isEqualTo(text("under way"));
    assertThat(start(second, 9)).isEqualTo(text("later one"));
  }

  @Test
  void retirementsThatTakeTooLongLeaveEverythingAsItWas() {
    try (Hold hold = volume.faults().hold(Call.WRITE)) {
      Future<Void> stuck = client.write(0, text("stuck"));
      hold.awaitHeld(1);

      assertThat(failure(user().retire(successor(), SHORT)))
          .isInstanceOf(GatewayError.Unavailable.class);

      Future<Void> next = client.write(4096, text("next"));
      hold.awaitHeld(2);
      hold.release();
      done(stuck);
      done(next);
    }
    assertThat(start(second, 5)).containsOnly(0);
    done(user().retire(successor(), LONG));
  }

  /** Whatever the interleaving: no write begins between a freeze and its thaw, and none is lost. */
  @Test
  void writersNeverSlipIntoAFreeze() throws Exception {
    int writers = 8;
    AtomicBoolean enough = new AtomicBoolean();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<java.util.concurrent.Future<Integer>> counts =
          IntStream.range(0, writers)
              .mapToObj(writer -> threads.submit(() -> writeUntil(enough, writer)))
              .toList();

      for (int round = 0; round < 50; round++) {
        done(user().freeze(LONG));
        long begun = volume.faults().begun(Call.WRITE);
        readsGoOn();
        assertThat(volume.faults().begun(Call.WRITE)).as("round %d", round).isEqualTo(begun);
        done(user().thaw());
      }
      enough.set(true);

      for (int writer = 0; writer < writers; writer++) {
        byte[] last = count(counts.get(writer).get());
        assertThat(done(client.read(writer * 4096L, 8))).isEqualTo(last);
      }
    }
  }

  private int writeUntil(AtomicBoolean enough, int writer) {
    int count = 0;
    do done(client.write(writer * 4096L, count(++count)));
    while (!enough.get());
    return count;
  }

  private static byte[] count(int count) {
    return text("%08d".formatted(count));
  }

  private FakeModuleContext emptyHost(Map<String, ?> settings) {
    return new FakeModuleContext(vertx, "user", TestSettings.block("modules.user", settings));
  }

  private VolumeUser user() {
    return host.volumes().userOf(VOLUME);
  }

  private OpenVolume successor() {
    return host.volumes().openUnowned(second, Access.WRITE);
  }

  /** Also shows that the client's requests of before have arrived, where they arrive in order. */
  private void readsGoOn() {
    assertThat(done(client.read(SIZE - 4096, 4096))).hasSize(4096);
  }

  private static byte[] start(MemoryVolume of, int length) {
    return Arrays.copyOf(of.content(), length);
  }

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private record NoClient() implements Client {
    @Override
    public Future<Void> write(long offset, byte[] bytes) {
      return Future.failedFuture("not connected");
    }

    @Override
    public Future<byte[]> read(long offset, int lengthBytes) {
      return Future.failedFuture("not connected");
    }

    @Override
    public void close() {}
  }
}
