package dev.penstock.p2p.remote;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.ConnectionPool;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is told of the connections to a server, which answers when a test says so. */
class RemotePoolTest {
  private static final Key KEY = Key.parse("SHA256E-s6--abc.txt");
  private static final Caller CALLER = new Caller("c-1", Set.of(), 4);

  private final Vertx vertx = Vertx.vertx();
  private final Queue<HttpServerRequest> came = new ConcurrentLinkedQueue<>();
  private final RemoteStore store = new RemoteStore();

  @SuppressWarnings("NullAway.Init") // before each test
  private HttpServer server;

  @BeforeEach
  void open() {
    server = vertx.createHttpServer().requestHandler(came::add);
    int port = Settled.done(server.listen(0, "127.0.0.1")).actualPort();
    var settings =
        TestSettings.block(
            "r",
            Map.of("url", "annex+http://127.0.0.1:" + port, "uuid", "u-1", "connections", "2"));
    Settled.done(store.open(FakeKeyStoreContext.of("remote", settings, vertx)));
  }

  @AfterEach
  void close() {
    Settled.done(store.close());
    Settled.done(vertx.close());
  }

  private Future<Boolean> asked() {
    return Bodies.on(vertx, () -> store.isPresent(KEY, CALLER));
  }

  private void answerNext() {
    Awaitility.await().until(() -> !came.isEmpty());
    var _ = came.remove().response().end("{\"present\":true}");
  }

  private void await(int inUse, int idle, int waiting, long evicted) {
    var expected = new ConnectionPool(2, 2, inUse, idle, waiting, evicted);
    Awaitility.await().untilAsserted(() -> assertThat(store.pool()).contains(expected));
  }

  @Test
  void tellsWhatIsInUseAndWhoWaits() {
    await(0, 0, 0, 0);
    List<Future<Boolean>> asked = new ArrayList<>();
    for (int i = 0; i < 3; i++) asked.add(asked());
    await(2, 0, 1, 0);

    for (int i = 0; i < 3; i++) answerNext();

    for (Future<Boolean> one : asked) assertThat(Settled.done(one)).isTrue();
    await(0, 2, 0, 0);
  }

  @Test
  void oneThatIsClosedWhileItIsIdleWasEvicted() {
    Future<Boolean> asked = asked();
    answerNext();
    Settled.done(asked);
    await(0, 1, 0, 0);

    Settled.done(server.close());

    await(0, 0, 0, 1);
  }

  @Test
  void aRequestThatIsCutOffLeavesNothing() {
    Future<Boolean> asked = asked();
    Awaitility.await().until(() -> !came.isEmpty());
    Settled.done(server.close());

    Settled.failure(asked.mapEmpty());
    await(0, 0, 0, 0);
  }
}
