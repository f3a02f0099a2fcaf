package dev.penstock.p2p.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.p2p.RawClient;
import dev.penstock.p2p.ServedStore;
import dev.penstock.p2p.testing.UnkindStore;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.testing.MemoryKeyStore;
import io.vertx.core.Future;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A kind of repository whose every {@code close} throws: clients are answered all the same. */
class UnkindStoreTest {
  private static final String LENGTH = "X-git-annex-data-length: ";
  private static final String SIX = "WORM-s6-m1--six";

  private final MemoryKeyStore memory = new MemoryKeyStore();
  private final ServedStore server =
      new ServedStore(
          UnkindStore.throwingOnClose(memory),
          Map.of(),
          Map.of(),
          _ ->
              _ ->
                  Future.failedFuture(
                      new GatewayError.Failed(Scope.RESOURCE, "no program is started")));

  @AfterEach
  void nothingIsLeft() {
    await()
        .untilAsserted(() -> {
          assertThat(memory.lent()).as("lent").isZero();
          assertThat(server.gauge("p2p_uploads")).as("uploads").isZero();
          assertThat(server.gauge("p2p_connections")).as("connections").isZero();
          assertThat(server.transfers()).as("transfers").isZero();
        });
    server.close();
  }

  private static String put(String body) {
    return "/v4/put?clientuuid=c&key=%s&offset=%d".formatted(SIX, 6 - body.length());
  }

  @Test
  void contentIsSentToItsEnd() {
    memory.has(Key.parse(SIX), "abcdef".getBytes(UTF_8));

    assertThat(server.ask("GET", "/v4/key/" + SIX, "").body()).isEqualTo("abcdef");
    assertThat(server.ask("HEAD", "/v4/key/" + SIX, "").status()).isEqualTo(200);
    assertThat(server.ask("GET", "/v4/key/" + SIX, "", "Range: bytes=1-2").body()).isEqualTo("bc");
  }

  @Test
  void contentIsStored() {
    assertThat(server.ask("POST", put("abcdef"), "abcdef", LENGTH + 6).json().getBoolean("stored"))
        .isTrue();
  }

  @Test
  void anOfferIsAnswered() {
    assertThat(
            server
                .ask("POST", "/v4/putoffset?clientuuid=c&key=" + SIX, "")
                .json()
                .getInteger("offset"))
        .isZero();
  }

  /** Nothing can be made of what begins behind the end of what is there. */
  @Test
  void aPutThatDoesNotFitIsAnswered() {
    assertThat(server.ask("POST", put("def"), "def", LENGTH + 3).json().getBoolean("stored"))
        .isFalse();
  }

  @Test
  void aBodyThatIsTooShortIsAnswered() {
    assertThat(server.ask("POST", put("abcdef"), "abc", LENGTH + 6).json().getBoolean("stored"))
        .isFalse();
  }

  @Test
  void clientsThatGoInTheMiddleLeaveNothing() {
    var client = new RawClient(server.port());
    client.send(
        "POST %s%s HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n%s6\r\n\r\nabc"
            .formatted(server.base(), put("abcdef"), LENGTH));
    await().untilAsserted(() -> assertThat(memory.lent()).isOne());

    client.abort();
  }
}
