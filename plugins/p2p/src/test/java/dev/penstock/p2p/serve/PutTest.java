package dev.penstock.p2p.serve;

import static dev.penstock.p2p.TestServer.BASE;
import static dev.penstock.p2p.TestServer.KEY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.p2p.RawClient;
import dev.penstock.p2p.TestServer;
import dev.penstock.spi.GatewayError;
import io.vertx.core.Promise;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes of a body, of whatever length. §5. */
class PutTest {
  private static final String NEW = "SHA256E-s10--bb.txt";
  private static final String LENGTH = "X-git-annex-data-length: ";

  private final TestServer server = TestServer.open();

  @AfterEach
  void close() {
    server.close();
    assertThat(server.store.uploads).hasValue(0);
  }

  private RawClient.Answer put(long announced, String body) {
    return server.put("key=" + NEW, announced, body);
  }

  @Test
  void aBodyOfTheAnnouncedLengthIsStored() {
    RawClient.Answer got = put(10, "0123456789");

    assertThat(got.body()).isEqualTo("{\"stored\":true,\"plusuuids\":[]}");
    assertThat(server.store.content(NEW)).contains("0123456789");
    assertThat(server.gauge("p2p_uploads")).isZero();
  }

  @Test
  void theBytesOfALargeBodyAreLentToAnUploadThatBorrows() {
    String body = "0123456789".repeat(200_000);
    String large = "SHA256E-s2000000--bb.txt";

    assertThat(server.put("key=" + large, body.length(), body).json().getBoolean("stored"))
        .isTrue();

    assertThat(server.store.content(large)).contains(body);
    assertThat(server.store.lentPieces).hasPositiveValue();
  }

  @Test
  void aBodyInChunksIsStored() {
    try (var client = server.client()) {
      client.send(
          "POST %s/v4/put?clientuuid=c&key=%s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n%s10\r\n\r\n"
              .formatted(BASE, NEW, LENGTH));
      client.send("0003\r\n012\r\n").send("7\r\n3456").send("789\r\n0\r\n\r\n");

      assertThat(client.read().json().getBoolean("stored")).isTrue();
    }
    assertThat(server.store.content(NEW)).contains("0123456789");
  }

  @Test
  void aBodyThatIsTooShortIsKeptForTheNextOffer() {
    assertThat(put(10, "0123").json().getBoolean("stored")).isFalse();

    assertThat(server.store.content(NEW)).isEmpty();
    assertThat(server.store.part(NEW)).contains("0123");
    assertThat(offset()).isEqualTo("{\"offset\":4}");
    assertThat(server.put("offset=4&key=" + NEW, 6, "456789").json().getBoolean("stored")).isTrue();
    assertThat(server.store.content(NEW)).contains("0123456789");
  }

  private String offset() {
    return server.post(BASE + "/v4/putoffset?clientuuid=c&key=" + NEW).body();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000, 200_000})
  void aBodyThatIsTooLongIsNotStored(int excess) {
    RawClient.Answer got = put(10, "0123456789" + "x".repeat(excess));

    assertThat(got.json().getBoolean("stored")).isFalse();
    assertThat(server.store.content(NEW)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "a", "1.5", "9223372036854775808", "+5", "0x10"})
  void aLengthThatIsNoneIsABadRequest(String length) {
    assertThat(server.post(BASE + "/v4/put?clientuuid=c&key=" + NEW, LENGTH + length).status())
        .isEqualTo(400);
  }

  @Test
  void withoutALengthItIsABadRequestInEveryVersionAlsoWithDataPresent() {
    for (int version = 0; version <= 4; version++)
      assertThat(
              server
                  .post(
                      "%s/v%d/put?clientuuid=c&data-present=true&key=%s"
                          .formatted(BASE, version, NEW))
                  .status())
          .isEqualTo(400);
  }

  @Test
  void anOffsetAndALengthThatAreTooMuchTogetherAreABadRequest() {
    assertThat(server.put("offset=2&key=" + NEW, Long.MAX_VALUE - 1, "").status()).isEqualTo(400);
  }

  @ParameterizedTest(name = "has 4, comes from {0}: \"{1}\" is {2}")
  @CsvSource({
    "0,0123456789,true",
    "4,456789,true",
    "2,23456789,true",
    "5,56789,false",
    "0,012,false"
  })
  void whatIsThereAlreadyIsSkippedAndAGapIsRefused(int offset, String body, boolean stored) {
    server.store.hasPart(NEW, "0123");

    RawClient.Answer got = server.put("offset=" + offset + "&key=" + NEW, body.length(), body);

    assertThat(got.json().getBoolean("stored")).isEqualTo(stored);
    if (stored) assertThat(server.store.content(NEW)).contains("0123456789");
    else assertThat(server.store.part(NEW)).contains("0123");
  }

  @Test
  void contentThatIsThereIsReadToItsEndAndStored() {
    try (var client = server.client()) {
      String[] length = {LENGTH + 300_000};
      RawClient.Answer got =
          client.ask("POST", BASE + "/v4/put?clientuuid=c&key=" + KEY, "x".repeat(300_000), length);

      assertThat(got.json().getBoolean("stored")).isTrue();
      assertThat(client.ask("HEAD", BASE + "/v4/key/" + KEY).status()).isEqualTo(200);
    }
    assertThat(server.store.content(KEY)).contains(TestServer.HELLO);
  }

  @Test
  void whatTheKeyDoesNotStandForIsNotStored() {
    server.store.refusesStored();

    assertThat(put(10, "0123456789").json().getBoolean("stored")).isFalse();
  }

  @ParameterizedTest(name = "v{0}, {1}: {2}")
  @CsvSource({"4,SHA256E-s12--aa.txt,true", "4,SHA256--b,false"})
  void dataThatCameAnotherWayIsLookedFor(int version, String key, boolean stored) {
    RawClient.Answer got =
        server.post(
            "%s/v%d/put?clientuuid=c&data-present=true&key=%s".formatted(BASE, version, key),
            LENGTH + 12);

    assertThat(got.json().getBoolean("stored")).isEqualTo(stored);
  }

  @Test
  void aRepositoryThatFailsMeanwhileIsToldAndTheConnectionGoesOn() {
    server.store.fail("write", new GatewayError.NoSpace("the disk is full"));
    try (var client = server.client()) {
      String[] length = {LENGTH + 500_000};
      RawClient.Answer got =
          client.ask("POST", BASE + "/v4/put?clientuuid=c&key=" + NEW, "x".repeat(500_000), length);

      assertThat(got.status()).isEqualTo(500);
      assertThat(got.body()).contains("the disk is full");
      assertThat(client.ask("HEAD", BASE + "/v4/key/" + KEY).status()).isEqualTo(200);
    }
  }

  @Test
  void oneKeyMayBePutByTwoAtOnce() {
    try (var first = server.client();
        var second = server.client()) {
      String head =
          "POST %s/v4/put?clientuuid=c&key=%s HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n%s10\r\n\r\n"
              .formatted(BASE, NEW, LENGTH);
      first.send(head + "01234");
      second.send(head + "01234");
      await().untilAsserted(() -> assertThat(server.store.uploads).hasValue(2));
      second.send("56789");
      assertThat(second.read().json().getBoolean("stored")).isTrue();
      first.send("56789");

      assertThat(first.read().json().getBoolean("stored")).isTrue();
    }
  }

  @Test
  void theFirstByteIsLookedAtWhenTheRepositoryHasAnswered() {
    Promise<Void> answer = server.store.hang("put");
    try (var client = server.client()) {
      client.send(
          RawClient.request(
              "POST", BASE + "/v4/put?clientuuid=c&key=" + NEW, "0123456789", LENGTH + 10));
      await().untilAsserted(() -> assertThat(server.store.asked).hasValue(1));
      answer.complete();

      assertThat(client.read().json().getBoolean("stored")).isTrue();
    }
  }

  @Test
  void noMoreUploadsAreUnderWayThanMayBe() {
    try (var few = TestServer.with(Map.of("anonymous", "all", "limits", Map.of("uploads", 1)));
        var client = few.client()) {
      client.send(
          "POST %s/v4/put?clientuuid=c&key=%s HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n%s10\r\n\r\n"
              .formatted(BASE, NEW, LENGTH));
      await().untilAsserted(() -> assertThat(few.store.uploads).hasValue(1));

      RawClient.Answer second = few.put("key=" + NEW, 10, "0123456789");
      assertThat(second.status()).isEqualTo(503);
      assertThat(second.header("retry-after")).isNotEmpty();

      client.send("0123456789");
      assertThat(client.read().json().getBoolean("stored")).isTrue();
      assertThat(few.put("key=SHA256--c", 1, "x").status()).isEqualTo(200);
    }
  }

  @Test
  void whoStoredWhatIsNotedAndTold() {
    put(10, "0123456789");

    assertThat(server.host.events().await(Observer.STORED).details())
        .containsEntry("repository", "photos")
        .containsEntry("key", NEW);
    assertThat(server.host.audit().notes())
        .singleElement()
        .satisfies(note -> {
          assertThat(note.action()).isEqualTo("put");
          assertThat(note.details()).containsEntry("user", "anonymous").containsEntry("key", NEW);
        });
  }

  @Test
  void putOffsetLeavesNothingBehind() {
    for (int i = 0; i < 10; i++) assertThat(offset()).isEqualTo("{\"offset\":0}");

    assertThat(server.store.uploads).hasValue(0);
  }
}
