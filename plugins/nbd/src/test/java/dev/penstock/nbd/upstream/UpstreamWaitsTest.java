package dev.penstock.nbd.upstream;

import static dev.penstock.nbd.client.Samples.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.client.FakeServer;
import dev.penstock.nbd.client.FakeServer.Script;
import dev.penstock.nbd.client.Request;
import dev.penstock.nbd.client.ServerUri;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How long calls wait for a server, how many may, and what ends them. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class UpstreamWaitsTest {
  private static final int SIZE = 1 << 20;

  @Test
  void callsWaitForAServerThatIsAwayNoLongerThanTheLimit() {
    Script closes = FakeServer.Session::close;
    try (var server =
            FakeServer.of(
                SIZE, FakeServer.serveThen(0, UpstreamReplayTest.Trouble.CLOSES::play), closes);
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
  void closingEndsWhatWaitsForAServerThatIsAway() throws Exception {
    try (var server =
            FakeServer.of(
                SIZE,
                FakeServer.serveThen(0, UpstreamReplayTest.Trouble.CLOSES::play),
                FakeServer.Session::close);
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
  void aCallThatAServerHasEndsAsWellOnceTheGatewayStops() {
    Script silent = FakeServer.serveThen(0, UpstreamReplayTest.Trouble.NEVER_ANSWERS::play);
    try (var server = FakeServer.of(SIZE, silent);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();
      var read = CompletableFuture.runAsync(() -> read(volume, 0, 512), Thread::startVirtualThread);
      await().until(() -> server.seen.size() == 1);

      store.context().vertx().close().toCompletionStage().toCompletableFuture().join();

      assertThat(read)
          .failsWithin(Duration.ofSeconds(20))
          .withThrowableThat()
          .withMessageContaining("the gateway is stopping");
    }
  }

  @Test
  void aVolumeThatIsOpenedWhileTheGatewayStopsIsUnavailable() {
    try (var server = FakeServer.of(SIZE, FakeServer.serve());
        var store = TestStore.of(server.uri())) {
      store.context().vertx().close().toCompletionStage().toCompletableFuture().join();

      assertThatThrownBy(store::open)
          .isInstanceOf(GatewayError.Unavailable.class)
          .hasMessageContaining("the gateway is stopping");
    }
  }

  @Test
  void aPieceOfACallWhoseTimeIsOverIsNotAskedForAtAll() {
    var vertx = Vertx.vertx();
    try (var server = FakeServer.of(SIZE, FakeServer.serve());
        var store = TestStore.of(server.uri())) {
      var attached =
          new UpstreamSettings.Attached(
              ServerUri.parse(server.uri(), Path.of("/")).orElseThrow(), 1, 0, Restarts.TRUSTED);
      var upstream =
          new Upstream(
              attached,
              UpstreamLimits.DEFAULTS,
              new Upstream.Reach(vertx, vertx.createNetClient(), Optional.empty()),
              new UpstreamObserver(
                  "far",
                  "disk",
                  attached.uri(),
                  store.context().events(),
                  store.context().clock(),
                  store.context().metrics()),
              () -> {});
      upstream.open();
      long begunNanos = System.nanoTime() - UpstreamLimits.DEFAULTS.giveUp().toNanos();

      assertThatThrownBy(() -> upstream.ask(Request.read(0, 512, List.of(), begunNanos)))
          .isInstanceOf(GatewayError.Unavailable.class)
          .hasMessageContaining("give_up");
      upstream.ask(Request.read(0, 512, List.of(), System.nanoTime()));

      assertThat(server.seen).hasSize(1);
      upstream.close();
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().join();
    }
  }
}
