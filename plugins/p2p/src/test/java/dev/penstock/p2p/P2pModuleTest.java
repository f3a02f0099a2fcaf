package dev.penstock.p2p;

import static dev.penstock.p2p.TestServer.BASE;
import static dev.penstock.p2p.TestServer.KEY;
import static dev.penstock.spi.testing.Settled.done;
import static dev.penstock.spi.testing.Settled.failure;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.p2p.serve.Observer;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.testing.TestCertificates;
import io.vertx.core.json.JsonObject;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The module as its host and its operators see it. */
class P2pModuleTest {
  private static List<JsonObject> items(TestServer server, String path) {
    var body = (Reply.Body.Items) done(server.host.admin().call(Method.GET, path)).body();
    List<JsonObject> items = new ArrayList<>();
    body.items().forEachRemaining(items::add);
    return items;
  }

  private static JsonObject json(Reply reply) {
    return ((Reply.Body.Json) reply.body()).value();
  }

  @Test
  void repositoriesAreShownWithWhatWasAskedOfThem() {
    try (var server = TestServer.open()) {
      server.ask("HEAD", BASE + "/v4/key/" + KEY);
      server.put("key=SHA256--n", 3, "abc");

      assertThat(items(server, "/v1/p2p/repositories"))
          .singleElement()
          .satisfies(one -> {
            assertThat(one.getString("name")).isEqualTo("photos");
            assertThat(one.getString("kind")).isEqualTo("memory");
            assertThat(one.getString("state")).isEqualTo("served");
            assertThat(one.getString("uuid")).isEqualTo(TestStore.UUID);
            assertThat(one.getLong("requests")).isEqualTo(2);
            assertThat(one.getLong("received_bytes")).isEqualTo(3);
          });
      assertThat(items(server, "/v1/p2p/clusters")).isEmpty();
    }
  }

  @Test
  void aRepositoryThatIsAwayIsShownSoAndTheModuleServes() {
    var store = new TestStore();
    store.fail(
        "open",
        new GatewayError.Unavailable(
            Scope.RESOURCE, Duration.ofSeconds(1), "the disk is not there"));
    try (var server = TestServer.with(store, Map.of("anonymous", "all"), _ -> {})) {
      assertThat(items(server, "/v1/p2p/repositories"))
          .singleElement()
          .satisfies(one -> {
            assertThat(one.getString("state")).isEqualTo("away");
            assertThat(one.getString("trouble")).isEqualTo("the disk is not there");
          });
      assertThat(server.host.events().all(Observer.REPOSITORY_FAILED)).hasSize(1);
      assertThat(server.ask("GET", BASE + "/v4/key/" + KEY).status()).isEqualTo(404);
    }
  }

  @Test
  void usersComeAndGoThroughTheApi() {
    try (var server = TestServer.with(Map.of())) {
      var api = server.host.admin();
      done(
          api.call(
              Method.PUT,
              "/v1/p2p/users/bob",
              new JsonObject()
                  .put("password", "s3cret")
                  .put("rights", new JsonObject().put("photos", "read"))));
      JsonObject made = json(done(api.call(Method.POST, "/v1/p2p/users/bob/tokens")));
      String bearer = "Authorization: Bearer " + made.getString("token");

      assertThat(items(server, "/v1/p2p/users"))
          .singleElement()
          .hasToString(
              "{\"name\":\"bob\",\"configured\":false,\"password\":true,\"tokens\":[\"%s\"],\"rights\":{\"photos\":\"read\"}}"
                  .formatted(made.getString("id")));
      assertThat(server.ask("GET", BASE + "/v4/key/" + KEY).status()).isEqualTo(401);
      assertThat(
              server
                  .ask("GET", BASE + "/v4/key/" + KEY, "Authorization: Basic Ym9iOnMzY3JldA==")
                  .status())
          .isEqualTo(200);
      assertThat(server.ask("GET", BASE + "/v4/key/" + KEY, bearer).status()).isEqualTo(200);

      done(api.call(Method.DELETE, "/v1/p2p/users/bob/tokens/" + made.getString("id")));
      assertThat(server.ask("GET", BASE + "/v4/key/" + KEY, bearer).status()).isEqualTo(401);
      done(api.call(Method.DELETE, "/v1/p2p/users/bob"));
      assertThat(
              server
                  .ask("GET", BASE + "/v4/key/" + KEY, "Authorization: Basic Ym9iOnMzY3JldA==")
                  .status())
          .isEqualTo(403);
      assertThat(server.host.state().all()).isEmpty();
    }
  }

  @Test
  void nonsenseAboutUsersIsRefused() {
    try (var server = TestServer.with(Map.of())) {
      var api = server.host.admin();
      for (JsonObject body :
          List.of(
              new JsonObject().put("pasword", "a"),
              new JsonObject().put("password", ""),
              new JsonObject().put("password", 1),
              new JsonObject().put("rights", "all"),
              new JsonObject().put("rights", new JsonObject().put("other", "all")),
              new JsonObject().put("rights", new JsonObject().put("photos", "some"))))
        assertThat(failure(api.call(Method.PUT, "/v1/p2p/users/bob", body)))
            .as("%s", body)
            .isInstanceOf(GatewayError.Invalid.class);
      assertThat(failure(api.call(Method.PUT, "/v1/p2p/users/a:b", new JsonObject())))
          .isInstanceOf(GatewayError.Invalid.class);
      assertThat(failure(api.call(Method.POST, "/v1/p2p/users/bob/tokens")))
          .isInstanceOf(GatewayError.NotFound.class);
      assertThat(failure(api.call(Method.DELETE, "/v1/p2p/locks/nonsense")))
          .isInstanceOf(GatewayError.NotFound.class);
    }
  }

  @Test
  void everyRouteIsInTheDocument() {
    try (var server = TestServer.open()) {
      String document = server.host.admin().documents().getFirst();

      assertThat(server.host.admin().routes())
          .isNotEmpty()
          .allSatisfy(route -> assertThat(document).contains("  " + route.path() + ":\n"));
    }
  }

  @Test
  void aStopEndsWhatIsUnderWayAndClosesTheRepository() {
    var server = TestServer.with(Map.of("anonymous", "all", "limits", Map.of("shutdown", "100ms")));
    RawClient idle = server.client();
    RawClient uploading = server.client();
    uploading.send(
        "POST %s/v4/put?clientuuid=c&key=SHA256--a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nX-git-annex-data-length: 10\r\n\r\n01234"
            .formatted(BASE));
    await().untilAsserted(() -> assertThat(server.store.uploads).hasValue(1));
    assertThat(server.store.open).isTrue();

    server.close();

    assertThat(idle.isClosed()).isTrue();
    assertThat(uploading.isClosed()).isTrue();
    assertThat(server.store.uploads).hasValue(0);
    assertThat(server.store.open).isFalse();
  }

  @Test
  void whatIsAlmostDoneIsDoneBeforeAStop() throws Exception {
    var server = TestServer.open();
    try (var client = server.client()) {
      client.send(
          "POST %s/v4/put?clientuuid=c&key=SHA256--a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nX-git-annex-data-length: 10\r\n\r\n01234"
              .formatted(BASE));
      await().untilAsserted(() -> assertThat(server.store.uploads).hasValue(1));
      var stopping = new Thread(server::close);
      stopping.start();
      client.send("56789");

      assertThat(client.read().json().getBoolean("stored")).isTrue();
      stopping.join();
    }
    assertThat(server.store.content("SHA256--a")).isPresent();
  }

  @Test
  void twoRepositoriesWithOneUuidAreNotBothServed() {
    var store = new TestStore().has(KEY, TestServer.HELLO);
    var twin = new TestStore("twin", TestStore.UUID);
    try (var server =
        TestServer.with(
            store,
            Map.of(
                "anonymous",
                "all",
                "repositories",
                Map.of("a", Map.of("kind", "memory"), "b", Map.of("kind", "twin"))),
            host -> host.lend(TestServer.kinds(List.of(store, twin))))) {
      assertThat(items(server, "/v1/p2p/repositories"))
          .extracting(one -> one.getString("state"))
          .containsExactlyInAnyOrder("served", "away");
      assertThat(store.open ^ twin.open).isTrue();
    }
  }

  /** Each event loop listens on it, and it goes when the module does. */
  @Test
  void aUnixSocketIsServedAsAnyOtherAddress(@TempDir Path folder) throws Exception {
    Path socket = folder.resolve("p2p.sock");
    try (var server =
            TestServer.with(
                Map.of(
                    "anonymous", "all", "listen", List.of("tcp://127.0.0.1:0", "unix:" + socket)));
        var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      assertThat(server.host.events().all(Observer.LISTENING)).hasSize(2);
      String asked =
          RawClient.request(
              "POST", BASE + "/v4/checkpresent?clientuuid=c&key=" + KEY, "", "Connection: close");
      channel.write(ByteBuffer.wrap(asked.getBytes(UTF_8)));

      String answer = new String(Channels.newInputStream(channel).readAllBytes(), UTF_8);

      assertThat(answer).startsWith("HTTP/1.1 200 OK").endsWith("{\"present\":true}");
    }
    assertThat(socket).doesNotExist();
  }

  @Test
  void aCertificateIsShownAndItsSuccessorToTheNext(@TempDir Path folder) throws Exception {
    var certificates = TestCertificates.in(folder);
    try (var server =
        TestServer.with(
            Map.of(
                "anonymous",
                "all",
                "tls",
                Map.of(
                    "certificate", certificates.file("server-cert.pem").toString(),
                    "key", certificates.file("server-key.pem").toString())))) {
      String url = "https://localhost:%d%s/v4/key/%s".formatted(server.port(), BASE, KEY);

      assertThat(curl(certificates, url)).isEqualTo(TestServer.HELLO);

      certificates.issue("server", 60);
      server
          .host
          .events()
          .publish(new GatewayEvent.ConfigReloaded(Instant.EPOCH, "gateway", List.of(), List.of()));
      server.host.events().await(GatewayEvent.CertificateRenewed.class);
      assertThat(curl(certificates, url)).isEqualTo(TestServer.HELLO);
    }
  }

  private static String curl(TestCertificates certificates, String url) {
    return Peer.run("curl", "--silent", "--fail", "--cacert", certificates.file("ca-cert.pem"), url)
        .out();
  }
}
