package dev.penstock.nbd.upstream;

import static dev.penstock.nbd.client.Samples.pattern;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.client.FakeServer;
import dev.penstock.nbd.client.FakeServer.Script;
import dev.penstock.nbd.client.FakeServer.Seen;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.ZeroMode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A FLUSH that is answered covers what was answered before it, also if the server is another. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class UpstreamRestartsTest {
  private static final int SIZE = 1 << 20;

  private static Script serve(int flags) {
    return session -> {
      session.flags(flags).greet();
      session.serve();
    };
  }

  private static TestStore store(FakeServer server, Restarts restarts) {
    return TestStore.of(server.uri(), Map.of("restarts", restarts.word()));
  }

  private static void loseServer(FakeServer server, TestStore store) {
    server.cut();
    await().until(() -> store.lostConnections() == 1);
  }

  @Test
  void whoSaysNothingHasEveryChangeDurableBeforeItReturns() {
    int flags = FakeServer.FLAGS | Wire.EXPORT_SEND_WRITE_ZEROES;
    try (var server = FakeServer.of(SIZE, serve(flags));
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();

      volume.write(0, pattern(1, 512));
      volume.trim(0, 512);
      volume.zero(0, 512, ZeroMode.KEEP_SPACE);

      assertThat(server.seen)
          .hasSize(3)
          .allMatch(request -> (request.flags() & Wire.CMD_FLAG_FUA) != 0);
    }
  }

  @Test
  void aServerWithoutFuaIsAskedToFlushEachChangeAndAgainForItIfItWasLostInBetween() {
    int flags = FakeServer.FLAGS & ~Wire.EXPORT_SEND_FUA;
    Script forgets =
        session -> {
          session.flags(flags).greet();
          session.answer(session.next());
          session.next();
          session.close();
        };
    try (var server = FakeServer.of(SIZE, forgets, serve(flags));
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();

      volume.write(0, pattern(1, 512));
      volume.write(512, pattern(2, 512));

      assertThat(server.seen)
          .extracting(Seen::command)
          .containsExactly(
              Command.WRITE, // answered, and gone
              Command.FLUSH,
              Command.FLUSH, // answered by who does not have it
              Command.WRITE,
              Command.FLUSH,
              Command.WRITE,
              Command.FLUSH);
      assertThat(server.seen.get(3).payload()).isEqualTo(pattern(1, 512).array());
    }
  }

  @Test
  void theFlushAfterAServerWasLostWithUnflushedChangesFailsOnce() {
    try (var server = FakeServer.of(SIZE, FakeServer.serve());
        var store = store(server, Restarts.FAIL_FLUSH)) {
      Volume volume = store.open();
      volume.write(0, pattern(1, 512));
      loseServer(server, store);

      assertThatThrownBy(volume::flush)
          .isInstanceOf(GatewayError.Failed.class)
          .hasMessageContaining(server.uri())
          .hasMessageContaining("may be gone");
      volume.flush();

      assertThat(server.seen)
          .extracting(Seen::command)
          .containsExactly(Command.WRITE, Command.FLUSH, Command.FLUSH);
      assertThat(server.seen.getFirst().flags()).isZero();
      assertThat(store.context().events().all(UpstreamObserver.FLUSH_FAILED)).hasSize(1);
    }
  }

  @Test
  void allWhoWaitForAFlushWhileTheServerIsLostAreTold() {
    Script loses =
        session -> {
          session.greet();
          session.answer(session.next());
          for (int flush = 0; flush < 2; flush++) session.next();
          session.close();
        };
    try (var server = FakeServer.of(SIZE, loses, FakeServer.serve());
        var store = store(server, Restarts.FAIL_FLUSH);
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      Volume volume = store.open();
      volume.write(0, pattern(1, 512));

      List<Future<?>> flushes =
          List.of(callers.submit(volume::flush), callers.submit(volume::flush));

      for (Future<?> flush : flushes)
        assertThatThrownBy(flush::get)
            .isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(GatewayError.Failed.class);
    }
  }

  @Test
  void whatWasFlushedBeforeTheServerWasLostIsInNoDoubt() {
    try (var server = FakeServer.of(SIZE, FakeServer.serve());
        var store = store(server, Restarts.FAIL_FLUSH)) {
      Volume volume = store.open();
      volume.write(0, pattern(1, 512));
      volume.flush();
      volume.writeDurably(512, pattern(2, 512));
      loseServer(server, store);

      volume.flush();

      assertThat(store.context().events().all(UpstreamObserver.FLUSH_FAILED)).isEmpty();
    }
  }

  @Test
  void oneLostConnectionOfSeveralIsEnoughForDoubt() throws IOException {
    List<FakeServer.Session> sessions = new CopyOnWriteArrayList<>();
    Script many =
        session -> {
          session.flags(FakeServer.FLAGS | Wire.EXPORT_CAN_MULTI_CONN).greet();
          sessions.add(session);
          session.serve();
        };
    var settings = Map.of("connections", "2", "restarts", "fail-flush");
    try (var server = FakeServer.of(SIZE, many);
        var store = TestStore.of(server.uri(), settings)) {
      Volume volume = store.open();
      await().until(() -> store.gauged("upstream_connections") == 2);
      volume.write(0, pattern(1, 512));
      sessions.getLast().close();
      await().until(() -> store.lostConnections() == 1);

      assertThatThrownBy(volume::flush).isInstanceOf(GatewayError.Failed.class);
    }
  }

  @Test
  void aServerThatIsTrustedIsAskedToFlushAsIfNothingHadBeen() {
    try (var server = FakeServer.of(SIZE, FakeServer.serve());
        var store = store(server, Restarts.TRUSTED)) {
      Volume volume = store.open();
      volume.write(0, pattern(1, 512));
      loseServer(server, store);

      volume.flush();

      assertThat(server.seen)
          .extracting(Seen::command, Seen::flags)
          .containsExactly(
              org.assertj.core.api.Assertions.tuple(Command.WRITE, 0),
              org.assertj.core.api.Assertions.tuple(Command.FLUSH, 0));
    }
  }
}
