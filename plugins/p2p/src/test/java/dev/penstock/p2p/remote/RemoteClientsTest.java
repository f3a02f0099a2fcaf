package dev.penstock.p2p.remote;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.flow.MemoryShares;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RemoteClientsTest {
  private static final Caller CALLER = new Caller("c-1", Set.of(), 4);

  private final Vertx vertx = Vertx.vertx();

  @AfterEach
  void close() {
    Settled.done(vertx.close());
  }

  @Test
  void whatConnectionsHaveOfTheMemoryIsGivenBackWhenTheyEndAndWhoHasNoneIsServedAsWell() {
    var shares = new MemoryShares(1);
    HttpServer server =
        vertx.createHttpServer().requestHandler(request -> request.response().end("{}"));
    int port = Settled.done(server.listen(0, "127.0.0.1")).actualPort();
    var block =
        TestSettings.block("r", Map.of("url", "http://127.0.0.1:%d/".formatted(port), "uuid", "u"));
    RemoteSettings settings = RemoteSettings.read(block, new Problems());
    var clients =
        new RemoteClients(
            FakeKeyStoreContext.of("remote", block, vertx),
            settings,
            RemoteSecrets.read(settings),
            shares);

    List<Future<?>> asked = new ArrayList<>();
    for (int count = 0; count < 3; count++)
      asked.add(clients.server().ask(RemoteServer.Question.of(CALLER, 4, "checkpresent")));
    Settled.done(Future.all(asked).mapEmpty());
    assertThat(shares.left()).isZero();

    Settled.done(clients.close());
    Awaitility.await().until(() -> shares.left() == 1);
  }
}
