package dev.penstock.nbd.upstream;

import static dev.penstock.nbd.client.Samples.bytes;
import static dev.penstock.nbd.client.Samples.pattern;
import static dev.penstock.nbd.client.Samples.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.nbd.client.FakeServer;
import dev.penstock.nbd.client.FakeServer.Script;
import dev.penstock.nbd.client.FakeServer.Seen;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a server did not answer is asked of the next connection, as it was, and only that. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class UpstreamReplayTest {
  private static final int SIZE = 1 << 20;
  private static final int LARGE = 33 << 20;

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
}
