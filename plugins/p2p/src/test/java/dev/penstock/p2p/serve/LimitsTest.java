package dev.penstock.p2p.serve;

import static dev.penstock.p2p.TestServer.BASE;
import static dev.penstock.p2p.TestServer.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.p2p.RawClient;
import dev.penstock.p2p.TestServer;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each limit, from the wrong side. */
class LimitsTest {
  @TempDir Path folder = Path.of("");

  private static TestServer with(Map<String, ?> limits) {
    return TestServer.with(Map.of("anonymous", "all", "limits", limits));
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "files"})
  void aReaderWhoReadsNothingIsEnded(String where) {
    try (var server = with(Map.of("body_stall", "200ms"))) {
      if (where.equals("files")) server.store.asFiles(folder);
      server.store.has("WORM--large", Buffer.buffer(new byte[32 << 20]));
      try (var client = new RawClient(server.port(), 4096)) {
        client.send(RawClient.request("GET", BASE + "/v4/key/WORM--large", ""));

        assertThat(server.host.events().await(Observer.BODY_STALLED).details())
            .containsEntry("operation", "key");
        await().untilAsserted(() -> assertThat(server.store.contents).hasValue(0));
      }
    }
  }

  @Test
  void aWriterWhoWritesNothingIsEnded() {
    try (var server = with(Map.of("body_stall", "200ms"));
        var client = server.client()) {
      client.send(
          "POST %s/v4/put?clientuuid=c&key=SHA256--a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nX-git-annex-data-length: 10\r\n\r\n01234"
              .formatted(BASE));

      assertThat(server.host.events().await(Observer.BODY_STALLED).details())
          .containsEntry("operation", "put");
      assertThat(client.isClosed()).isTrue();
      await().untilAsserted(() -> assertThat(server.store.uploads).hasValue(0));
      assertThat(server.store.part("SHA256--a")).contains("01234");
    }
  }

  @Test
  void anUploadThatTakesLongToBeginIsNoWriterWhoWritesNothing() {
    try (var server = with(Map.of("body_stall", "200ms"));
        var patient = server.client();
        var silent = server.client()) {
      String head =
          """
          POST %s/v4/put?clientuuid=c&key=SHA256--%s HTTP/1.1\r
          Host: a\r
          Content-Length: 10\r
          X-git-annex-data-length: 10\r
          \r
          01234\
          """;
      Promise<Void> begins = server.store.hang("begin");
      patient.send(head.formatted(BASE, "a"));
      await().untilAsserted(() -> assertThat(server.store.uploads).hasValue(1));
      server.store.goesOn("begin");
      silent.send(head.formatted(BASE, "b"));
      assertThat(silent.isClosed()).isTrue(); // later than the patient one came

      begins.complete();
      patient.send("56789");
      assertThat(patient.read().json().getBoolean("stored")).isTrue();
    }
  }

  @Test
  void whoeverReadsNoAnswersIsNotReadEitherAndIsEnded() {
    try (var server = with(Map.of("idle", "500ms"));
        var client = new RawClient(server.port(), 4096)) {
      String asked =
          RawClient.request("POST", BASE + "/v4/checkpresent?clientuuid=c&key=" + KEY, "")
              .repeat(100);

      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 10_000; i++) client.send(asked);
              })
          .isInstanceOf(UncheckedIOException.class);
    }
  }

  @Test
  void aConnectionWithoutARequestIsEnded() {
    try (var server = with(Map.of("idle", "100ms"));
        var silent = server.client();
        var slow = server.client().send("GET / HTT")) {
      assertThat(silent.isClosed()).isTrue();
      assertThat(slow.isClosed()).isTrue();
    }
  }

  @Test
  void aLockThatIsKeptIsNoIdleConnection() {
    try (var server = with(Map.of("idle", "1s"))) {
      String lock =
          server.post(BASE + "/v4/lockcontent?clientuuid=c&key=" + KEY).json().getString("lockid");
      try (var keeper = server.client()) {
        keeper.send(
            "POST %s/v4/keeplocked?lockid=%s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                .formatted(BASE, lock));
        try (var silent = server.client()) {
          assertThat(silent.isClosed()).isTrue(); // later than the keeper came
        }
        keeper.send("0\r\n\r\n");

        assertThat(keeper.read().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void whoComesWhenThereIsNoPlaceIsToldSo() {
    try (var server = with(Map.of("connections", 2));
        var second = server.client()) {
      RawClient first = server.client();
      first.ask("GET", BASE + "/v4/key/" + KEY);
      second.ask("GET", BASE + "/v4/key/" + KEY);
      try (var third = server.client()) {
        assertThat(third.ask("GET", BASE + "/v4/key/" + KEY).status()).isEqualTo(503);
        assertThat(third.isClosed()).isTrue();
      }
      first.abort();
      await().untilAsserted(() -> assertThat(server.gauge("p2p_connections")).isOne());

      assertThat(server.ask("GET", BASE + "/v4/key/" + KEY).status()).isEqualTo(200);
    }
  }

  @Test
  void aRequestLineOrHeadersThatAreTooLongAreRefused() {
    try (var server = with(Map.of("request_line", "2KiB", "headers", "2KiB"))) {
      assertThat(server.ask("GET", "/" + "a".repeat(3000)).status()).isEqualTo(414);
      assertThat(server.ask("GET", "/", "X-A: " + "a".repeat(3000)).status()).isEqualTo(431);
    }
  }

  @Test
  void aKeyOfTheGreatestLengthFits() {
    try (var server = with(Map.of())) {
      String key = "WORM--" + "%C3%A4".repeat(2045);
      assertThat(server.ask("GET", BASE + "/v4/key/" + key).status()).isEqualTo(404);
    }
  }
}
