package dev.penstock.p2p.serve;

import static dev.penstock.p2p.TestServer.BASE;
import static dev.penstock.p2p.TestServer.HELLO;
import static dev.penstock.p2p.TestServer.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.p2p.RawClient;
import dev.penstock.p2p.TestServer;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that leave, at every stage of a request: nothing of theirs stays. */
class AbandonedTest {
  private static final int LARGE_BYTES = 32 << 20;
  private static final String LARGE = "WORM--large";
  private static final String LENGTH = "X-git-annex-data-length: ";

  @TempDir Path folder = Path.of("");

  private final TestServer server = TestServer.open();

  @AfterEach
  void close() {
    server.close();
  }

  private void assertNothingIsLeft() {
    await()
        .untilAsserted(() -> {
          assertThat(server.store.contents).as("contents").hasValue(0);
          assertThat(server.store.uploads).as("uploads").hasValue(0);
          assertThat(server.gauge("p2p_uploads")).as("places of uploads").isZero();
          assertThat(server.gauge("p2p_connections")).as("connections").isZero();
          assertThat(transfers("in") + transfers("out")).as("transfers").isZero();
        });
    assertThat(server.ask("GET", BASE + "/v4/key/" + KEY).body()).isEqualTo(HELLO);
  }

  private double transfers(String direction) {
    return server
        .host
        .metrics()
        .gauged("p2p_transfers", "repository", "photos", "direction", direction);
  }

  private static String get(String key) {
    return RawClient.request("GET", BASE + "/v4/key/" + key, "");
  }

  private static String put(String key, int length) {
    return "POST %s/v4/put?clientuuid=c&key=%s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n%s%d\r\n\r\n"
        .formatted(BASE, key, length, LENGTH, length);
  }

  @ParameterizedTest
  @ValueSource(strings = {"get", "put", "isPresent", "lock", "remove"})
  void beforeTheRepositoryHasAnswered(String call) {
    Promise<Void> answer = server.store.hang(call);
    RawClient client = server.client();
    client.send(
        switch (call) {
          case "get" -> get(KEY);
          case "put" -> put("SHA256--new", 10);
          case "isPresent" ->
              RawClient.request("POST", BASE + "/v4/checkpresent?clientuuid=c&key=" + KEY, "");
          case "lock" ->
              RawClient.request("POST", BASE + "/v4/lockcontent?clientuuid=c&key=" + KEY, "");
          default -> RawClient.request("POST", BASE + "/v4/remove?clientuuid=c&key=SHA256--b", "");
        });
    await().untilAsserted(() -> assertThat(server.store.asked).hasValue(1));

    client.abort();
    await().untilAsserted(() -> assertThat(server.gauge("p2p_connections")).isZero());
    answer.complete();

    assertNothingIsLeftOf(call);
  }

  private void assertNothingIsLeftOf(String call) {
    await()
        .untilAsserted(() -> {
          assertThat(server.store.contents).as(call).hasValue(0);
          assertThat(server.store.uploads).as(call).hasValue(0);
          assertThat(server.store.held()).as(call).isZero();
          assertThat(server.gauge("p2p_uploads")).as(call).isZero();
        });
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "files"})
  void inTheMiddleOfABodyThatTheyRead(String where) {
    if (where.equals("files")) server.store.asFiles(folder);
    server.store.has(LARGE, Buffer.buffer(new byte[LARGE_BYTES]));
    RawClient client = new RawClient(server.port(), 4096);
    client.send(get(LARGE));
    await().untilAsserted(() -> assertThat(transfers("out")).isOne());

    client.abort();

    assertNothingIsLeft();
  }

  @Test
  void inTheMiddleOfABodyThatTheySend() {
    RawClient client = server.client();
    client.send(put("SHA256--new", 10) + "01234");
    await().untilAsserted(() -> assertThat(received()).isEqualTo(5));

    client.abort();

    assertNothingIsLeft();
    assertThat(server.store.part("SHA256--new")).contains("01234");
  }

  private long received() {
    return server.host.metrics().counted("p2p_received_bytes", "repository", "photos");
  }

  @Test
  void inTheMiddleOfABodyThatIsReadToBeForgotten() {
    RawClient client = server.client();
    client.send(put(KEY, 10) + "01234");
    await().untilAsserted(() -> assertThat(received()).isEqualTo(5));

    client.abort();

    assertNothingIsLeft();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "GET", "GET / HTTP/1.1\r\nHost: a\r\nX-", "\0\1\2\3\r\n\r\n"})
  void beforeTheyHaveSaidWhatTheyWant(String said) {
    RawClient client = server.client();
    client.send(said);
    await().untilAsserted(() -> assertThat(server.gauge("p2p_connections")).isLessThanOrEqualTo(1));

    client.abort();

    assertNothingIsLeft();
  }

  @Test
  void aThousandOfAllKindsAtOnce() {
    server.store.has(LARGE, Buffer.buffer(new byte[1 << 20]));
    List<RawClient> clients = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      RawClient client = new RawClient(server.port(), 4096);
      clients.add(
          switch (i % 4) {
            case 0 -> client.send(get(LARGE));
            case 1 -> client.send(put("SHA256--" + i, 10) + "01234");
            case 2 -> client.send(put("SHA256--" + i, 10));
            default -> client.send("POST " + BASE);
          });
      if (i % 50 == 49) {
        clients.forEach(RawClient::abort);
        clients.clear();
      }
    }

    assertNothingIsLeft();
  }
}
