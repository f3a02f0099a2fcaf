package dev.penstock.p2p.serve;

import static dev.penstock.p2p.TestServer.BASE;
import static dev.penstock.p2p.TestServer.KEY;
import static dev.penstock.spi.testing.Settled.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.p2p.RawClient;
import dev.penstock.p2p.TestServer;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route.Method;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Locking and keeping locked. §6. */
class LocksTest {
  private final TestServer server =
      TestServer.with(Map.of("anonymous", "all", "limits", Map.of("locks", 3)));

  @AfterEach
  void close() {
    server.close();
    assertThat(server.store.held()).isZero();
  }

  private String lock() {
    return server
        .post(BASE + "/v4/lockcontent?clientuuid=c&key=" + KEY)
        .json()
        .getString("lockid", "");
  }

  private boolean remove() {
    return server.post(BASE + "/v4/remove?clientuuid=c&key=" + KEY).json().getBoolean("removed");
  }

  /** As the real client begins. */
  private RawClient keep(String lock) {
    RawClient client = server.client();
    client.send(
        "POST %s/v4/keeplocked?lockid=%s&clientuuid=c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: Keep-Alive\r\nKeep-Alive: timeout=1200\r\n\r\n"
            .formatted(BASE, lock));
    client.send("10\r\n{\"unlock\":false}\r\n1\r\n\n\r\n");
    return client;
  }

  private long keepers() {
    return locks().stream().mapToInt(lock -> lock.getInteger("keepers")).sum();
  }

  private List<JsonObject> locks() {
    var body = done(server.host.admin().call(Method.GET, "/v1/p2p/locks")).body();
    List<JsonObject> locks = new ArrayList<>();
    ((Reply.Body.Items) body).items().forEachRemaining(locks::add);
    return locks;
  }

  @Test
  void whatIsLockedStaysAndThatIsAnsweredAtOnce() {
    lock();

    assertThat(remove()).isFalse();
  }

  @Test
  void aLockIsKeptUntilTheClientUnlocks() {
    String lock = lock();
    try (var client = keep(lock)) {
      await().untilAsserted(() -> assertThat(keepers()).isOne());
      assertThat(remove()).isFalse();
      client.send("f\r\n{\"unlock\":true}\r\n1\r\n\n\r\n0\r\n\r\n");

      assertThat(client.read().body()).isEqualTo("{\"locked\":false}");
      assertThat(remove()).isTrue();
      assertThat(client.ask("HEAD", BASE + "/v4/key/" + KEY).status()).isEqualTo(404);
    }
  }

  @Test
  void aLockIsKeptUntilTheBodyEnds() {
    try (var client = keep(lock())) {
      client.send("0\r\n\r\n");

      assertThat(client.read().json().getBoolean("locked")).isFalse();
    }
    assertThat(remove()).isTrue();
  }

  @Test
  void theBodyMayBeCutAnywhere() {
    String lock = lock();
    try (var client = server.client()) {
      client.send(
          "POST %s/v0/keeplocked?lockid=%s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
              .formatted(BASE, lock));
      for (char letter : "{\"unlock\":false}\n{\"unlock\":true}\n".toCharArray())
        client.send("1\r\n").send(letter + "\r\n");

      assertThat(client.read().json().getBoolean("locked")).isFalse();
    }
    assertThat(remove()).isTrue();
  }

  @Test
  void aConnectionThatIsLostLeavesTheLockTheRestOfItsTime() {
    String lock = lock();
    RawClient client = keep(lock);
    await().untilAsserted(() -> assertThat(keepers()).isOne());

    client.abort();

    await().untilAsserted(() -> assertThat(keepers()).isZero());
    assertThat(locks()).hasSize(1);
    assertThat(remove()).isFalse();
  }

  @Test
  void anIdThatNobodyHasIsAnsweredAsAnyOther() {
    RawClient.Answer got = server.post(BASE + "/v4/keeplocked?lockid=nonsense");

    assertThat(got.status()).isEqualTo(200);
    assertThat(got.body()).isEqualTo("{\"locked\":false}");
  }

  @Test
  void nonsenseIsABadRequestAndTheLockStays() {
    try (var client = keep(lock())) {
      client.send("9\r\nnonsense\n\r\n0\r\n\r\n");

      assertThat(client.read().status()).isEqualTo(400);
    }
    assertThat(locks()).hasSize(1);
  }

  @Test
  void aLockThatIsLostIsToldToWhoeverKeepsIt() {
    try (var client = keep(lock())) {
      await().untilAsserted(() -> assertThat(keepers()).isOne());

      server.store.loseHolds();

      assertThat(client.read().json().getBoolean("locked")).isFalse();
    }
    assertThat(locks()).isEmpty();
  }

  @Test
  void refusedLocksCostNothing() {
    for (int i = 0; i < 20; i++)
      assertThat(server.post(BASE + "/v4/lockcontent?clientuuid=c&key=SHA256--absent").body())
          .isEqualTo("{\"locked\":false}");

    assertThat(lock()).isNotEmpty();
  }

  @Test
  void noMoreAreHeldThanMayBe() {
    for (int i = 0; i < 3; i++) assertThat(lock()).isNotEmpty();

    assertThat(lock()).isEmpty();
    assertThat(server.gauge("p2p_locks")).isEqualTo(3);
  }

  @Test
  void severalMayLockTheSame() {
    String one = lock();
    lock();
    try (var client = keep(one)) {
      client.send("f\r\n{\"unlock\":true}\r\n0\r\n\r\n");
      client.read();
    }

    assertThat(remove()).isFalse();
  }

  @Test
  void aLockWhoseClientLeftBeforeItKnewOfItIsReleased() {
    Promise<Void> answer = server.store.hang("lock");
    RawClient client = server.client();
    client.send(RawClient.request("POST", BASE + "/v4/lockcontent?clientuuid=c&key=" + KEY, ""));
    await().untilAsserted(() -> assertThat(server.store.asked).hasValue(1));
    client.abort();
    await().untilAsserted(() -> assertThat(server.gauge("p2p_connections")).isZero());

    answer.complete();

    await().untilAsserted(() -> assertThat(server.store.held()).isZero());
    assertThat(locks()).isEmpty();
  }

  @Test
  void anOperatorSeesAndReleasesThem() {
    String lock = lock();
    assertThat(locks())
        .singleElement()
        .satisfies(one -> {
          assertThat(one.getString("key")).isEqualTo(KEY);
          assertThat(one.getString("by")).isEqualTo("anonymous");
        });

    done(server.host.admin().call(Method.DELETE, "/v1/p2p/locks/" + lock));

    assertThat(remove()).isTrue();
  }

  @Test
  void manyWhoKeepLocksKeepNobodyFromBeingServed() {
    try (var many = TestServer.open()) {
      List<RawClient> keepers = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        String lock =
            many.post(BASE + "/v4/lockcontent?clientuuid=c&key=" + KEY).json().getString("lockid");
        var client = many.client();
        client.send(
            "POST %s/v4/keeplocked?lockid=%s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                .formatted(BASE, lock));
        keepers.add(client);
      }

      assertThat(many.ask("GET", BASE + "/v4/key/" + KEY).status()).isEqualTo(200);
      keepers.forEach(RawClient::close);
    }
  }
}
