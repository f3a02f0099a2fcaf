package dev.penstock.p2p.serve;

import static dev.penstock.p2p.TestServer.BASE;
import static dev.penstock.p2p.TestServer.HELLO;
import static dev.penstock.p2p.TestServer.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.RawClient;
import dev.penstock.p2p.TestServer;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GET and HEAD of keys, from memory and from files. */
class GetTest {
  private static final String URL = BASE + "/v4/key/" + KEY;
  private static final String LENGTH = "x-git-annex-data-length";

  @TempDir Path folder = Path.of("");

  private final TestServer server = TestServer.open();

  @AfterEach
  void close() {
    server.close();
    assertThat(server.store.contents).hasValue(0);
  }

  private void from(String where) {
    if (where.equals("files")) server.store.asFiles(folder);
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "files"})
  void largeContentComesWhole(String where) {
    from(where);
    byte[] bytes = new byte[5_000_001];
    new Random(1).nextBytes(bytes);
    server.store.has("WORM--large", Buffer.buffer(bytes));

    RawClient.Answer got = server.ask("GET", BASE + "/v4/key/WORM--large");

    assertThat(got.bytes()).isEqualTo(Buffer.buffer(bytes));
    assertThat(got.header(LENGTH)).isEqualTo("5000001");
  }

  @ParameterizedTest(name = "{0}, from {1} on: {2}")
  @CsvSource({
    "memory,0,'hello, world'",
    "memory,7,world",
    "memory,11,d",
    "memory,12,''",
    "memory,99,''",
    "files,0,'hello, world'",
    "files,7,world",
    "files,12,''",
    "files,9223372036854775807,''"
  })
  void aTransferIsResumedFromAnOffset(String where, String offset, String rest) {
    from(where);

    RawClient.Answer got = server.ask("GET", URL + "?clientuuid=c&offset=" + offset);

    assertThat(got.status()).isEqualTo(200);
    assertThat(got.body()).isEqualTo(rest);
    assertThat(got.header(LENGTH)).isEqualTo(Integer.toString(rest.length()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"-1", "a", "", "9223372036854775808"})
  void anOffsetThatIsNoneIsABadRequest(String offset) {
    assertThat(server.ask("GET", URL + "?offset=" + offset).status()).isEqualTo(400);
  }

  @Test
  void contentThatIsNotThereIsNotFound() {
    assertThat(server.ask("GET", BASE + "/v4/key/SHA256--absent").status()).isEqualTo(404);
    assertThat(server.ask("HEAD", BASE + "/v4/key/SHA256--absent").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "files"})
  void headTellsTheSizeAndSendsNothing(String where) {
    from(where);
    try (var client = server.client()) {
      RawClient.Answer got = client.ask("HEAD", URL);

      assertThat(got.status()).isEqualTo(200);
      assertThat(got.header("content-length")).isEqualTo("12");
      assertThat(got.header(LENGTH)).isEqualTo("12");
      assertThat(client.ask("GET", URL).body()).isEqualTo(HELLO);
    }
  }

  @ParameterizedTest(name = "{0}, {1}: {3}")
  @CsvSource({
    "memory,bytes=0-,bytes 0-11/12,'hello, world'",
    "memory,bytes=0-4,bytes 0-4/12,hello",
    "memory,bytes=7-,bytes 7-11/12,world",
    "memory,bytes=-5,bytes 7-11/12,world",
    "memory,bytes=11-11,bytes 11-11/12,d",
    "files,bytes=0-4,bytes 0-4/12,hello",
    "files,bytes=7-,bytes 7-11/12,world",
    "files,bytes=-5,bytes 7-11/12,world",
    "files,bytes=3-5,bytes 3-5/12,'lo,'"
  })
  void aRangeIsPartialContent(String where, String range, String contentRange, String body) {
    from(where);

    RawClient.Answer got = server.ask("GET", URL, "Range: " + range);

    assertThat(got.status()).isEqualTo(206);
    assertThat(got.header("content-range")).isEqualTo(contentRange);
    assertThat(got.header(LENGTH)).isEqualTo(Integer.toString(body.length()));
    assertThat(got.body()).isEqualTo(body);
  }

  @Test
  void aRangeOfContentWhoseSizeNoKeyTells() {
    server.store.has("URL--u", HELLO);

    assertThat(server.ask("GET", BASE + "/key/URL--u", "Range: bytes=-5").body())
        .isEqualTo("world");
    assertThat(server.ask("GET", BASE + "/key/URL--u", "Range: bytes=7-8").body()).isEqualTo("wo");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=12-", "bytes=99-100", "bytes=-0"})
  void aRangeBehindTheContentIsNotSatisfiable(String range) {
    RawClient.Answer got = server.ask("GET", URL, "Range: " + range);

    assertThat(got.status()).isEqualTo(416);
    assertThat(got.header("content-range")).isEqualTo("bytes */12");
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-1,3-4", "lines=1-2", "bytes=5-1", "nonsense"})
  void anythingElseIsTheWhole(String range) {
    RawClient.Answer got = server.ask("GET", URL, "Range: " + range);

    assertThat(got.status()).isEqualTo(200);
    assertThat(got.body()).isEqualTo(HELLO);
  }

  @Test
  void whoeverHasItAlreadyIsToldSo() {
    String etag = server.ask("GET", URL).header("etag");
    assertThat(etag).isEqualTo("\"" + KEY + "\"");

    RawClient.Answer got = server.ask("GET", URL, "If-None-Match: " + etag);

    assertThat(got.status()).isEqualTo(304);
    assertThat(server.ask("GET", URL, "If-None-Match: \"other\"").status()).isEqualTo(200);
  }

  @Test
  void aRangeOfSomethingElseIsTheWhole() {
    assertThat(server.ask("GET", URL, "Range: bytes=0-1", "If-Range: \"other\"").status())
        .isEqualTo(200);
    assertThat(server.ask("GET", URL, "Range: bytes=0-1", "If-Range: \"" + KEY + "\"").status())
        .isEqualTo(206);
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "files"})
  void aBodyIsNeverCompressed(String where) {
    from(where);

    RawClient.Answer got = server.ask("GET", URL, "Accept-Encoding: gzip, deflate, br");

    assertThat(got.header("content-encoding")).isEmpty();
    assertThat(got.body()).isEqualTo(HELLO);
  }

  /** The mark of §4: one byte less than announced, and a clean end. */
  @ParameterizedTest
  @ValueSource(strings = {"/v4/key/", "/v0/key/", "/key/"})
  void contentThatChangedWhileItWasReadIsOneByteShort(String path) {
    server.store.changesContent();
    try (var client = server.client()) {
      RawClient.Answer got = client.ask("GET", BASE + path + KEY);

      assertThat(got.header(LENGTH)).isEqualTo("12");
      assertThat(got.body()).isEqualTo("hello, worl");
      assertThat(client.ask("HEAD", BASE + path + KEY).status()).isEqualTo(200);
    }
  }

  @Test
  void theNameInTheTreeIsToldToTheRepository() {
    server.ask("GET", URL + "?associatedfile=%2Fetc%2Fpasswd");

    assertThat(server.store.files()).containsExactly("/etc/passwd");
  }

  @Test
  void emptyContentIsAnEmptyBody() {
    server.store.has("SHA256-s0--e3", "");
    server.store.changesContent();

    RawClient.Answer got = server.ask("GET", BASE + "/v4/key/SHA256-s0--e3");

    assertThat(got.status()).isEqualTo(200);
    assertThat(got.header(LENGTH)).isEqualTo("0");
    assertThat(got.body()).isEmpty();
  }

  @Test
  void whatIsSentIsCounted() {
    server.ask("GET", URL);

    assertThat(server.host.metrics().counted("p2p_sent_bytes", "repository", "photos"))
        .isEqualTo(12);
  }
}
