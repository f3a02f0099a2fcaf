package dev.penstock.nbd.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.upstream.FakeServer.Script;
import dev.penstock.nbd.upstream.FakeServer.Seen;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import java.io.DataOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What flexnbd-proxy's users count on, and what it does wrong. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class UpstreamTest {
  private static final int SIZE = 1 << 20;
  private static final int LARGE = 33 << 20;

  @Test
  void aServerThatIsAbsentIsAReasonThatIsSaidAndCanBeTriedAgain() {
    String uri;
    try (var gone = FakeServer.of(SIZE, FakeServer.serve())) {
      uri = gone.uri();
    }
    try (var store = TestStore.of(uri)) {
      assertThatThrownBy(store::open)
          .isInstanceOf(GatewayError.Unavailable.class)
          .hasMessageContaining(uri)
          .hasMessageContaining("refused");
      assertThat(store.gauged("upstream_connections")).isZero();
    }
  }

  @ParameterizedTest(name = "old-style: {0}")
  @ValueSource(booleans = {false, true})
  void readsAndWritesGoThrough(boolean oldStyle) {
    Script script =
        session -> {
          if (oldStyle) session.oldStyle();
          else session.greet();
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, script);
        var store = TestStore.of(oldStyle ? server.uriWithoutName() : server.uri())) {
      Volume volume = store.open();

      volume.write(1000, ByteBuffer.wrap(bytes(5000)));

      assertThat(volume.sizeBytes()).isEqualTo(SIZE);
      assertThat(read(volume, 1000, 5000)).isEqualTo(bytes(5000));
      assertThat(Arrays.copyOfRange(server.disk, 1000, 6000)).isEqualTo(bytes(5000));
      assertThat(read(volume, 7, 9)).isEqualTo(Arrays.copyOfRange(server.disk, 7, 16));
      assertThat(store.counted("upstream_bytes", "direction", "read")).isEqualTo(5009);
      assertThat(store.counted("upstream_bytes", "direction", "written")).isEqualTo(5000);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "EPERM, Denied",
    "EIO, Failed",
    "ENOMEM, Failed",
    "EINVAL, Invalid",
    "ENOSPC, NoSpace",
    "EOVERFLOW, Failed",
    "ENOTSUP, Unsupported"
  })
  void errorsArePassedOnOnceAndTheConnectionGoesOn(ErrorNumber error, String kind) {
    Script script =
        session -> {
          session.greet();
          session.fail(session.next(), error.code());
          session.fail(session.next(), error.code()); // of a read: no data follows
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, script);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();

      assertThatThrownBy(() -> volume.write(0, ByteBuffer.allocate(512)))
          .satisfies(e -> assertThat(e.getClass().getSimpleName()).isEqualTo(kind))
          .hasMessageContaining(error.name())
          .hasMessageContaining(server.uri());
      assertThatThrownBy(() -> read(volume, 0, 512))
          .satisfies(e -> assertThat(e.getClass().getSimpleName()).isEqualTo(kind));

      assertThat(read(volume, 0, 512)).isEqualTo(Arrays.copyOf(server.disk, 512));
      assertThat(server.connections()).isEqualTo(1);
      assertThat(server.seen).hasSize(3);
    }
  }

  /** What a server may do to a request that it has read. */
  enum Trouble {
    CLOSES,
    CLOSES_IN_THE_HEADER_OF_THE_REPLY,
    CLOSES_IN_THE_DATA_OF_THE_REPLY,
    ANSWERS_WITH_A_WRONG_MAGIC,
    ANSWERS_WITH_A_WRONG_COOKIE,
    SAYS_THAT_IT_IS_SHUTTING_DOWN,
    NEVER_ANSWERS;

    void play(FakeServer.Session session) throws java.io.IOException {
      Seen request = session.next();
      switch (this) {
        case CLOSES -> session.close();
        case CLOSES_IN_THE_HEADER_OF_THE_REPLY -> session.out.writeInt(Wire.SIMPLE_REPLY_MAGIC);
        case CLOSES_IN_THE_DATA_OF_THE_REPLY -> {
          FakeServer.Session.simple(session.out, 0, request.cookie());
          session.out.write(new byte[100]);
        }
        case ANSWERS_WITH_A_WRONG_MAGIC -> {
          session.out.writeInt(0x12345678);
          session.out.write(new byte[4096]);
          session.hang();
        }
        case ANSWERS_WITH_A_WRONG_COOKIE -> {
          FakeServer.Session.simple(session.out, 0, request.cookie() + 1);
          session.hang();
        }
        case SAYS_THAT_IT_IS_SHUTTING_DOWN -> {
          session.fail(request, ErrorNumber.ESHUTDOWN.code());
          session.hang();
        }
        case NEVER_ANSWERS -> session.hang();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aReadIsRepeatedIdenticallyAndItsCallerSeesOnlyItsData(Trouble trouble) {
    try (var server =
            FakeServer.of(SIZE, FakeServer.serveThen(1, trouble::play), FakeServer.serve());
        var store = TestStore.of(server.uri(), Map.of(), Map.of("request", "200ms"))) {
      Volume volume = store.open();
      read(volume, 0, 512);

      byte[] got = read(volume, 4096, 8192);

      assertThat(got).isEqualTo(Arrays.copyOfRange(server.disk, 4096, 12288));
      assertThat(server.seen).hasSize(3);
      assertThat(server.seen.get(2).raw()).isEqualTo(server.seen.get(1).raw());
      assertThat(store.counted("upstream_replays")).isEqualTo(1);
      assertThat(store.context().events().all(UpstreamObserver.LOST)).hasSize(1);
      assertThat(store.context().events().all(UpstreamObserver.CONNECTED)).hasSize(2);
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CLOSES_IN_THE_DATA_OF_THE_REPLY")
  void aWriteIsRepeatedIdentically(Trouble trouble) {
    try (var server =
            FakeServer.of(SIZE, FakeServer.serveThen(0, trouble::play), FakeServer.serve());
        var store = TestStore.of(server.uri(), Map.of(), Map.of("request", "200ms"))) {
      Volume volume = store.open();

      volume.writeDurably(512, ByteBuffer.wrap(bytes(4096)));

      assertThat(server.seen).hasSize(2);
      assertThat(server.seen.get(0).flags()).isEqualTo(Wire.CMD_FLAG_FUA);
      assertThat(server.seen.get(1).raw()).isEqualTo(server.seen.get(0).raw());
      assertThat(Arrays.copyOfRange(server.disk, 512, 4608)).isEqualTo(bytes(4096));
    }
  }

  @Test
  void aWriteWhoseServerStopsReadingHalfWayIsRepeatedInACleanStream() {
    Script stops =
        session -> {
          session.greet();
          session.header();
          session.in.readNBytes(1 << 20);
          session.hang();
        };
    try (var server = FakeServer.of(LARGE, stops, FakeServer.serve());
        var store = TestStore.of(server.uri(), Map.of(), Map.of("request", "3s"))) {
      Volume volume = store.open();
      byte[] written = bytes(32 << 20);

      volume.write(0, ByteBuffer.wrap(written));
      volume.flush();

      assertThat(server.seen)
          .as("repeated once, and never after it was answered")
          .extracting(Seen::lengthBytes)
          .containsExactly(32 << 20, 0);
      assertThat(server.seen.getFirst().payload()).isEqualTo(written);
      assertThat(store.context().events().await(UpstreamObserver.LOST).details())
          .containsEntry("why", "silent");
    }
  }

  @Test
  void aWriteOf32MiBGoesThrough() {
    try (var server = FakeServer.of(LARGE, FakeServer.serve());
        var store = TestStore.of(server.uri())) {
      byte[] written = bytes(32 << 20);
      ByteBuffer direct = ByteBuffer.allocateDirect(written.length).put(written).flip();

      store.open().write(4096, direct);

      assertThat(Arrays.copyOfRange(server.disk, 4096, 4096 + written.length)).isEqualTo(written);
      assertThat(store.context().events().all(UpstreamObserver.LOST)).isEmpty();
    }
  }

  @Test
  void aRequestThatTheServerTakesNoMoreThanIsSentInPieces() {
    Script small =
        session -> {
          session.blocks = new int[] {1, 4096, 65_536};
          session.greet();
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, small);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();

      volume.write(3, ByteBuffer.wrap(bytes(200_000)));

      assertThat(read(volume, 3, 200_000)).isEqualTo(bytes(200_000));
      assertThat(server.seen).allMatch(request -> request.lengthBytes() <= 65_536);
    }
  }

  @Test
  void blocksOfTheServerAreHonoured() {
    Script blocks =
        session -> {
          session.blocks = new int[] {4096, 4096, 1 << 20};
          session.size(SIZE - 100);
          session.greet();
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, blocks);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();
      assertThat(volume.sizeBytes()).isEqualTo(SIZE - 4096);

      assertThat(read(volume, 4000, 200)).isEqualTo(Arrays.copyOfRange(server.disk, 4000, 4200));
      volume.trim(1, 8192);
      volume.write(4096, ByteBuffer.wrap(bytes(4096)));
      assertThatThrownBy(() -> volume.write(4000, ByteBuffer.allocate(200)))
          .isInstanceOf(GatewayError.Invalid.class)
          .hasMessageContaining("multiples of 4096");

      assertThat(server.seen)
          .extracting(Seen::command, Seen::offset, Seen::lengthBytes)
          .containsExactly(
              org.assertj.core.api.Assertions.tuple(Command.READ, 0L, 8192),
              org.assertj.core.api.Assertions.tuple(Command.TRIM, 4096L, 4096),
              org.assertj.core.api.Assertions.tuple(Command.WRITE, 4096L, 4096));
    }
  }

  @Test
  void whatWasAnsweredIsNeverSentAgain() throws Exception {
    Script answersEveryOther =
        session -> {
          session.greet();
          List<Seen> all = new ArrayList<>();
          for (int i = 0; i < 16; i++) all.add(session.next());
          for (int i = 0; i < 16; i += 2) session.answer(all.get(i));
          session.close();
        };
    try (var server = FakeServer.of(SIZE, answersEveryOther, FakeServer.serve());
        var store = TestStore.of(server.uri());
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      Volume volume = store.open();
      List<Future<?>> writes = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        int slot = i;
        writes.add(callers.submit(() -> volume.write(slot * 4096L, pattern(slot, 4096))));
      }
      for (Future<?> write : writes) write.get();

      assertThat(server.seen).hasSize(24);
      List<Seen> again = server.seen.subList(16, 24);
      for (int i = 1; i < 16; i += 2)
        assertThat(again).extracting(Seen::raw).contains(server.seen.get(i).raw());
      for (int slot = 0; slot < 16; slot++)
        assertThat(Arrays.copyOfRange(server.disk, slot * 4096, slot * 4096 + 4096))
            .isEqualTo(pattern(slot, 4096).array());
    }
  }

  @Test
  void aFlushThatWasUnansweredIsAskedOfTheNewConnection() {
    try (var server =
            FakeServer.of(SIZE, FakeServer.serveThen(1, Trouble.CLOSES::play), FakeServer.serve());
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();
      volume.write(0, pattern(1, 512));

      volume.flush();

      assertThat(server.seen)
          .extracting(Seen::command)
          .containsExactly(Command.WRITE, Command.FLUSH, Command.FLUSH);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"size", "read-only", "no flush"})
  void aDeviceThatIsAnotherOneIsRefusedForGood(String what) {
    Script other =
        session -> {
          switch (what) {
            case "size" -> session.size(SIZE / 2);
            case "read-only" -> session.flags(FakeServer.FLAGS | Wire.EXPORT_READ_ONLY);
            default -> session.flags(FakeServer.FLAGS & ~Wire.EXPORT_SEND_FLUSH);
          }
          session.greet();
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, FakeServer.serveThen(0, Trouble.CLOSES::play), other);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();

      for (int i = 0; i < 2; i++)
        assertThatThrownBy(() -> read(volume, 0, 512))
            .isInstanceOf(GatewayError.Damaged.class)
            .hasMessageContaining(server.uri())
            .hasMessageContaining("not the device that was opened");

      assertThat(store.context().events().all(UpstreamObserver.CHANGED)).hasSize(1);
      assertThat(server.connections()).isEqualTo(2);
      assertThat(server.seen).hasSize(1);
      volume.close();
      assertThat(store.open().sizeBytes()).isEqualTo(what.equals("size") ? SIZE / 2 : SIZE);
    }
  }

  @Test
  void callsWaitForAServerThatIsAwayNoLongerThanTheLimit() {
    Script closes = FakeServer.Session::close;
    try (var server = FakeServer.of(SIZE, FakeServer.serveThen(0, Trouble.CLOSES::play), closes);
        var store = TestStore.of(server.uri(), Map.of(), Map.of("give_up", "300ms"))) {
      Volume volume = store.open();

      assertThatThrownBy(() -> read(volume, 0, 512))
          .isInstanceOf(GatewayError.Unavailable.class)
          .hasMessageContaining("300 ms (give_up)")
          .hasMessageContaining("closed");

      assertThat(store.counted("upstream_lost", "why", "closed")).isGreaterThan(1);
    }
  }

  @Test
  void noMoreCallsWaitThanTheLimitSays() throws Exception {
    var underWay = new CountDownLatch(2);
    Script silent =
        session -> {
          session.greet();
          for (int i = 0; i < 2; i++) {
            session.next();
            underWay.countDown();
          }
          session.hang();
        };
    try (var server = FakeServer.of(SIZE, silent, FakeServer.Session::close);
        var store = TestStore.of(server.uri(), Map.of(), Map.of("requests", "2"));
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      Volume volume = store.open();
      Future<?> first = callers.submit(() -> read(volume, 0, 512));
      Future<?> second = callers.submit(() -> read(volume, 512, 512));
      underWay.await();

      assertThatThrownBy(() -> read(volume, 0, 512))
          .isInstanceOf(GatewayError.Unavailable.class)
          .hasMessageContaining("2 calls wait");

      server.cut();
      await().until(() -> store.gauged("upstream_requests_waiting") == 2);
      volume.close();
      assertThatThrownBy(first::get).hasCauseInstanceOf(GatewayError.Unavailable.class);
      assertThatThrownBy(second::get).hasCauseInstanceOf(GatewayError.Unavailable.class);
    }
  }

  @Test
  void manyConnectionsAreUsedWhereTheServerSaysThatTheyAreAsGoodAsOne() {
    Script multi =
        session -> {
          session.flags(FakeServer.FLAGS | Wire.EXPORT_CAN_MULTI_CONN).greet();
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, multi);
        var store = TestStore.of(server.uri(), Map.of("connections", "3"), Map.of())) {
      store.open();

      await().until(() -> store.gauged("upstream_connections") == 3);
      assertThat(server.connections()).isEqualTo(3);
    }
    try (var server = FakeServer.of(SIZE, FakeServer.serve());
        var store = TestStore.of(server.uri(), Map.of("connections", "3"), Map.of())) {
      read(store.open(), 0, 512);

      assertThat(server.connections()).isEqualTo(1);
      assertThat(store.gauged("upstream_connections")).isEqualTo(1);
    }
  }

  @Test
  void oneConnectionIsUsedOnceTheServerSaysNoMoreThatSeveralAreAsGood() {
    int multi = FakeServer.FLAGS | Wire.EXPORT_CAN_MULTI_CONN;
    Script closesSoon =
        session -> {
          session.flags(multi).greet();
          session.answer(session.next());
        };
    try (var server = FakeServer.of(SIZE, closesSoon, FakeServer.serve());
        var store = TestStore.of(server.uri(), Map.of("connections", "4"), Map.of())) {
      Volume volume = store.open();
      await().until(() -> store.counted("upstream_lost", "why", "ended") > 0);

      read(volume, 0, 512); // the first connection ends after it
      read(volume, 0, 512);

      await().until(() -> store.gauged("upstream_connections") == 1);
      assertThat(server.seen).hasSize(2);
    }
  }

  @Test
  void aReplyMayComeByteByByteInChunksAndInAnyOrder() {
    Script slow =
        session -> {
          session.structured().greet();
          Seen read = session.next();
          DataOutputStream out = session.byteByByte();
          session.chunk(
              out,
              false,
              Wire.CHUNK_OFFSET_DATA,
              read.cookie(),
              offsetAnd(512, Arrays.copyOfRange(new byte[2048], 0, 256)));
          session.chunk(
              out, false, Wire.CHUNK_OFFSET_HOLE, read.cookie(), offsetAnd(768, 0, 0, 1, 0));
          session.chunk(
              out, false, Wire.CHUNK_OFFSET_DATA, read.cookie(), offsetAnd(0, bytes(512)));
          session.chunk(out, true, Wire.CHUNK_NONE, read.cookie());
          FakeServer.Session.simple(out, 0, session.next().cookie());
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, slow);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();
      byte[] expected = Arrays.copyOf(bytes(512), 1024);

      assertThat(read(volume, 0, 1024)).isEqualTo(expected);
      volume.flush();
    }
  }

  @ParameterizedTest(name = "{0} and {1}")
  @CsvSource({"0:256, 256:255", "0:256, 0:256", "0:100, 200:312", "256:256, 0:255"})
  void aReplyThatLeavesBytesOutIsNotTakenForTheData(String first, String second) {
    Script leavesOut =
        session -> {
          session.structured().greet();
          Seen read = session.next();
          for (String piece : List.of(first, second)) {
            int colon = piece.indexOf(':');
            byte[] data = new byte[Integer.parseInt(piece.substring(colon + 1))];
            byte[] payload = offsetAnd(Long.parseLong(piece.substring(0, colon)), data);
            session.chunk(
                session.out, piece.equals(second), Wire.CHUNK_OFFSET_DATA, read.cookie(), payload);
          }
          session.hang();
        };
    try (var server = FakeServer.of(SIZE, leavesOut, FakeServer.serve());
        var store = TestStore.of(server.uri())) {
      assertThat(read(store.open(), 0, 512)).isEqualTo(Arrays.copyOf(server.disk, 512));
      assertThat(store.counted("upstream_lost", "why", "protocol")).isEqualTo(1);
    }
  }

  @Test
  void closingEndsWhatWaitsForAServerThatIsAway() throws Exception {
    try (var server =
            FakeServer.of(
                SIZE, FakeServer.serveThen(0, Trouble.CLOSES::play), FakeServer.Session::close);
        var store = TestStore.of(server.uri());
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      Volume volume = store.open();
      Future<?> read = callers.submit(() -> read(volume, 0, 512));
      await().until(() -> store.gauged("upstream_requests_waiting") == 1);

      volume.close();

      assertThatThrownBy(read::get)
          .hasCauseInstanceOf(GatewayError.Unavailable.class)
          .hasMessageContaining("closed");
    }
  }

  @Test
  void everyCallEndsOnceTheGatewayStops() {
    try (var server = FakeServer.of(SIZE, FakeServer.serve());
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();
      store.context().vertx().close().toCompletionStage().toCompletableFuture().join();

      for (int i = 0; i < 2; i++)
        assertThat(
                CompletableFuture.runAsync(() -> read(volume, 0, 512), Thread::startVirtualThread))
            .failsWithin(Duration.ofSeconds(20))
            .withThrowableThat()
            .withMessageContaining("the gateway is stopping");
    }
  }

  @Test
  void anUpstreamThatIsReadOnlyTakesNoChanges() {
    Script readOnly =
        session -> {
          session.flags(Wire.EXPORT_HAS_FLAGS | Wire.EXPORT_READ_ONLY).greet();
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, readOnly);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();

      assertThatThrownBy(() -> volume.write(0, ByteBuffer.allocate(512)))
          .isInstanceOf(GatewayError.Denied.class);
      volume.flush();

      assertThat(server.seen).isEmpty();
    }
  }

  @ParameterizedTest(name = "fua: {0}")
  @ValueSource(booleans = {true, false})
  void nothingIsSaidToBeDurableThatIsNot(boolean fua) {
    int flags = Wire.EXPORT_HAS_FLAGS | (fua ? Wire.EXPORT_SEND_FUA : 0);
    Script noFlush =
        session -> {
          session.flags(flags).greet();
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, noFlush);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();
      volume.write(0, pattern(1, 512));

      if (fua) volume.flush();
      else
        assertThatThrownBy(volume::flush)
            .isInstanceOf(GatewayError.Unsupported.class)
            .hasMessageContaining("neither FLUSH nor FUA");

      assertThat(server.seen).extracting(Seen::flags).containsExactly(fua ? Wire.CMD_FLAG_FUA : 0);
    }
  }

  static byte[] read(Volume volume, long offset, int bytes) {
    ByteBuffer target = ByteBuffer.allocate(bytes);
    volume.read(offset, target);
    return target.array();
  }

  private static ByteBuffer pattern(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  private static byte[] bytes(int length) {
    return pattern(length, length).array();
  }

  private static byte[] offsetAnd(long offset, int... rest) {
    byte[] bytes = new byte[rest.length];
    for (int i = 0; i < rest.length; i++) bytes[i] = (byte) rest[i];
    return offsetAnd(offset, bytes);
  }

  private static byte[] offsetAnd(long offset, byte[] rest) {
    return ByteBuffer.allocate(8 + rest.length).putLong(offset).put(rest).array();
  }
}
