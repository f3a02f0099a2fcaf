package dev.penstock.p2p.remote;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that does what a script says: every version, and every way to misbehave. */
class RemoteStoreTest {
  private static final Key KEY = Key.parse("SHA256E-s6--abc.txt");
  private static final Optional<RawText> FILE = Optional.of(RawText.of("a b"));
  private static final String LENGTH = "X-git-annex-data-length";

  private final Vertx vertx = Vertx.vertx();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private RemoteStore store = new RemoteStore();

  @AfterEach
  void close() {
    Settled.done(store.close());
    Settled.done(vertx.close());
  }

  private void open(Consumer<HttpServerRequest> script) {
    open(script, Map.of());
  }

  private void open(Consumer<HttpServerRequest> script, Map<String, Object> more) {
    var server =
        vertx
            .createHttpServer()
            .connectionHandler(connection -> {
              connections.incrementAndGet();
              connection.closeHandler(_ -> connections.decrementAndGet());
            })
            .requestHandler(request -> {
              asked.add(request.method() + " " + request.uri());
              script.accept(request);
            });
    int port = Settled.done(server.listen(0, "127.0.0.1")).actualPort();
    Map<String, Object> settings =
        new HashMap<>(Map.of("url", "annex+http://127.0.0.1:" + port + "/x/", "uuid", "u-1"));
    settings.putAll(more);
    store = new RemoteStore();
    Settled.done(store.open(FakeKeyStoreContext.of("remote", TestSettings.block("r", settings), vertx)));
  }

  private static Caller caller(int version) {
    return new Caller("c-1", Set.of("g 1"), version);
  }

  private <T> T done(Function<RemoteStore, Future<T>> asking) {
    return Settled.done(Bodies.on(vertx, () -> asking.apply(store)));
  }

  private Throwable failure(Function<RemoteStore, Future<?>> asking) {
    return Settled.failure(Bodies.on(vertx, () -> asking.apply(store).mapEmpty()));
  }

  private static Consumer<HttpServerRequest> answering(int status, String body) {
    return request -> {
      var _ = request.response().setStatusCode(status).end(body);
    };
  }

  /** One that has versions up to a newest, and says 404 to others. */
  private static Consumer<HttpServerRequest> upTo(int newest, Consumer<HttpServerRequest> script) {
    return request -> {
      int version = path(request).charAt("/x/git-annex/u-1/v".length()) - '0';
      if (version > newest) answering(404, "").accept(request);
      else script.accept(request);
    };
  }

  private static String path(HttpServerRequest request) {
    return request.uri().replaceFirst("\\?.*", "");
  }

  private static void content(HttpServerRequest request, long length, String bytes) {
    var _ = request.response().setChunked(true).putHeader(LENGTH, Long.toString(length)).end(bytes);
  }

  private Bodies.Read read() {
    return done(_ -> reading());
  }

  private Future<Bodies.Read> reading() {
    return store.get(KEY, FILE, 2, caller(4)).compose(Bodies::read);
  }

  private Future<Putting.Stored> sending(boolean valid) {
    return store
        .put(KEY, FILE, caller(4))
        .compose(putting -> Bodies.send(putting, Buffer.buffer("abcdef"), 4, valid));
  }

  /** Remembers a body, and says that it was stored. */
  private void storing(HttpServerRequest request) {
    if (path(request).endsWith("/putoffset")) {
      answering(200, "{\"offset\":1}").accept(request);
      return;
    }
    request
        .body()
        .onSuccess(body -> {
          bodies.add(request.getHeader(LENGTH) + " " + body);
          boolean whole = Long.parseLong(request.getHeader(LENGTH)) == body.length();
          answering(200, "{\"stored\":%s,\"plusuuids\":[\"n-1\"]}".formatted(whole))
              .accept(request);
        });
  }

  @Test
  void aQuestionIsAskedAsGitAnnexAsksIt() {
    open(answering(200, "{\"present\":true}"));

    assertThat(this.<Boolean>done(s -> s.isPresent(Key.parse("WORM--a/b é"), caller(4)))).isTrue();
    assertThat(asked)
        .containsExactly(
            "POST /x/git-annex/u-1/v4/checkpresent?clientuuid=c-1&key=WORM--a%2Fb%20%C3%A9&bypass=g%201");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void anOlderServerIsAskedInItsVersionAndThatIsRemembered(int newest) {
    open(upTo(newest, answering(200, "{\"present\":true}")));

    for (int i = 0; i < 3; i++)
      assertThat(this.<Boolean>done(s -> s.isPresent(KEY, caller(4)))).isTrue();
    assertThat(asked).hasSize(4 - newest + 3).last().asString().contains("/v" + newest + "/");
    assertThat(asked.getLast().contains("bypass")).isEqualTo(newest >= 2);
  }

  @Test
  void aServerThatSaysBadVersionIsAskedInAnOlderOne() {
    open(request -> {
      boolean old = path(request).contains("/v3/");
      answering(old ? 200 : 400, old ? "{\"present\":true}" : "bad version").accept(request);
    });

    assertThat(this.<Boolean>done(s -> s.isPresent(KEY, caller(4)))).isTrue();
  }

  @Test
  void anAbsentKeyCostsOneRequestOnceTheVersionIsKnown() {
    open(request -> {
      if (path(request).contains("/key/")) answering(404, "").accept(request);
      else answering(200, "{\"present\":false}").accept(request);
    });
    done(s -> s.isPresent(KEY, caller(4)));
    asked.clear();

    assertThat(failure(s -> s.get(KEY, FILE, 0, caller(4))))
        .isInstanceOf(GatewayError.NotFound.class);
    assertThat(asked).hasSize(1);
  }

  @Test
  void aRepositoryThatTheServerDoesNotHaveIsNotFound() {
    open(answering(404, "unknown"));

    assertThat(failure(s -> s.isPresent(KEY, caller(4)))).isInstanceOf(GatewayError.NotFound.class);
    assertThat(asked).hasSize(5);
  }

  @ParameterizedTest
  @CsvSource({
    "400, Invalid",
    "401, Denied",
    "403, Denied",
    "500, Failed",
    "502, Unavailable",
    "302, Failed"
  })
  void aRefusalIsNotTriedInAnotherVersion(int status, String type) {
    open(answering(status, "why"));

    Throwable why = failure(s -> s.isPresent(KEY, caller(4)));
    assertThat(why.getClass().getSimpleName()).isEqualTo(type);
    assertThat(why).hasMessageContaining("why");
    assertThat(asked).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "no json", "{}", "{\"present\":\"x\"}", "[]"})
  void anAnswerThatIsNoneFails(String body) {
    open(answering(200, body));

    assertThat(failure(s -> s.isPresent(KEY, caller(4)))).isInstanceOf(GatewayError.Failed.class);
  }

  @Test
  void contentComesFromAnOffset() {
    open(request -> content(request, 4, "cdef"));

    Bodies.Read read = read();
    assertThat(read.text()).isEqualTo("cdef");
    assertThat(read.valid()).isTrue();
    assertThat(asked)
        .containsExactly(
            "GET /x/git-annex/u-1/v4/key/SHA256E-s6--abc.txt?clientuuid=c-1&associatedfile=a%20b&offset=2&bypass=g%201");
  }

  @Test
  void contentThatIsShorterThanWasSaidIsNotValid() {
    open(request -> content(request, 4, "cde"));

    assertThat(read().valid()).isFalse();
  }

  @Test
  void contentThatIsLongerThanWasSaidIsCutAndNotValid() {
    open(request -> content(request, 4, "cdefgh"));

    Bodies.Read read = read();
    assertThat(read.text()).isEqualTo("cdef");
    assertThat(read.valid()).isFalse();
  }

  @Test
  void contentWithoutALengthIsRefused() {
    open(request -> {
      var _ = request.response().setChunked(true).end("cdef");
    });

    assertThat(failure(s -> s.get(KEY, FILE, 0, caller(4))))
        .isInstanceOf(GatewayError.Failed.class)
        .hasMessageContaining(LENGTH);
  }

  @ParameterizedTest(name = "present: {0}")
  @ValueSource(booleans = {true, false})
  void noBytesAreNoContentOnlyIfItIsNotThere(boolean present) {
    open(request -> {
      if (path(request).contains("/key/")) content(request, 0, "");
      else answering(200, "{\"present\":" + present + "}").accept(request);
    });

    var got = Settled.settled(Bodies.on(vertx, this::reading));
    assertThat(got.succeeded()).isEqualTo(present);
    if (!present) assertThat(got.cause()).isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void aConnectionThatDiesInTheMiddleFailsTheContent() {
    open(request -> {
      var response = request.response().setChunked(true).putHeader(LENGTH, "4");
      response.write("cd").onComplete(_ -> request.connection().close());
    });

    assertThat(failure(_ -> reading())).isInstanceOf(GatewayError.Unavailable.class);
  }

  @Test
  void aServerThatSendsNoMoreIsGivenUp() {
    open(
        request -> {
          var _ = request.response().setChunked(true).putHeader(LENGTH, "4").write("cd");
        },
        Map.of("stall_limit", "100ms"));

    assertThat(failure(_ -> reading()))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("does not answer in time");
    Awaitility.await().until(() -> connections.get() == 0);
  }

  @Test
  void aServerThatDoesNotAnswerIsGivenUp() {
    open(_ -> {}, Map.of("stall_limit", "100ms"));

    assertThat(failure(s -> s.isPresent(KEY, caller(4))))
        .isInstanceOf(GatewayError.Unavailable.class);
    Awaitility.await().until(() -> connections.get() == 0);
  }

  @Test
  void contentThatIsGivenUpEndsItsConnection() {
    open(request -> {
      var _ = request.response().setChunked(true).putHeader(LENGTH, "4").write("cd");
    });

    done(s -> s.get(KEY, FILE, 0, caller(4)).onSuccess(Content::close));
    Awaitility.await().until(() -> connections.get() == 0);
  }

  @Test
  void aConnectionThatWasLeftOpenAndDiesIsTriedOnceMore() {
    AtomicInteger count = new AtomicInteger();
    open(request -> {
      if (count.incrementAndGet() == 2) request.connection().close();
      else answering(200, "{\"present\":true}").accept(request);
    });

    done(s -> s.isPresent(KEY, caller(4)));
    assertThat(this.<Boolean>done(s -> s.isPresent(KEY, caller(4)))).isTrue();
    assertThat(count).hasValue(3);
  }

  @Test
  void contentIsPutFromWhereItIsWanted() {
    open(this::storing);

    assertThat(this.<Putting.Stored>done(_ -> sending(true)))
        .isEqualTo(new Putting.Stored(true, Set.of("n-1")));
    assertThat(bodies).containsExactly("5 bcdef");
    assertThat(asked.getLast())
        .startsWith("POST /x/git-annex/u-1/v4/put?clientuuid=c-1&")
        .contains("key=SHA256E-s6--abc.txt", "associatedfile=a%20b", "offset=1");
  }

  @Test
  void whatTheSenderDoesNotVouchForLacksItsLastByte() {
    open(this::storing);

    assertThat(this.<Putting.Stored>done(_ -> sending(false))).isEqualTo(Putting.Stored.NOT);
    assertThat(bodies).containsExactly("5 bcde");
  }

  @Test
  void contentThatIsThereIsNotWanted() {
    open(answering(200, "{\"alreadyhave\":true,\"plusuuids\":[\"n-1\"]}"));

    assertThat(this.<Putting>done(s -> s.put(KEY, FILE, caller(4))))
        .isEqualTo(new Putting.There(Set.of("n-1")));
  }

  @Test
  void versionZeroIsPutToWithoutAsking() {
    open(
        upTo(
            0,
            request -> {
              if (path(request).endsWith("/putoffset")) answering(404, "").accept(request);
              else if (path(request).endsWith("/checkpresent"))
                answering(200, "{\"present\":false}").accept(request);
              else storing(request);
            }));

    assertThat(this.<Putting.Stored>done(_ -> sending(true)).stored()).isTrue();
    assertThat(bodies).containsExactly("6 abcdef");
    assertThat(asked.getLast()).contains("/v0/put?");
  }

  @Test
  void aRefusalInTheMiddleOfAnUploadIsSaid() {
    open(request -> {
      if (path(request).endsWith("/putoffset")) answering(200, "{\"offset\":0}").accept(request);
      else answering(403, "no").accept(request);
    });

    assertThat(failure(_ -> sending(true))).isInstanceOf(GatewayError.Denied.class);
  }

  private void giveUpAnUpload() {
    done(s ->
        s.put(KEY, FILE, caller(4))
            .map(Putting.Upload.class::cast)
            .compose(upload ->
                upload
                    .begin(5)
                    .compose(_ -> upload.write(Buffer.buffer("bcdef")))
                    .onComplete(_ -> upload.close())));
  }

  @Test
  void anUploadThatIsGivenUpIsEndedTooShort() {
    open(this::storing);

    giveUpAnUpload();

    Awaitility.await().untilAsserted(() -> assertThat(bodies).containsExactly("5 bcde"));
  }

  @Test
  void anUploadThatIsGivenUpAndNotAnsweredEndsItsConnection() {
    AtomicInteger ended = new AtomicInteger();
    open(
        request -> {
          if (path(request).endsWith("/putoffset"))
            answering(200, "{\"offset\":0}").accept(request);
          else request.connection().closeHandler(_ -> ended.incrementAndGet());
        },
        Map.of("stall_limit", "100ms"));

    giveUpAnUpload();

    Awaitility.await().until(() -> ended.get() == 1);
  }

  @Test
  void whatCameOtherwiseIsLookedFor() {
    open(answering(200, "{\"stored\":true,\"plusuuids\":[]}"));

    assertThat(this.<Putting.Stored>done(s -> s.cameOtherwise(KEY, FILE, caller(4))).stored())
        .isTrue();
    assertThat(asked.getFirst()).contains("/v4/put?", "data-present=true");
  }

  @ParameterizedTest(name = "version {0}")
  @ValueSource(ints = {0, 2, 3})
  void anOlderServerIsAskedWhetherItIsThere(int newest) {
    open(upTo(newest, answering(200, "{\"present\":true}")));

    assertThat(this.<Putting.Stored>done(s -> s.cameOtherwise(KEY, FILE, caller(4))).stored())
        .isTrue();
  }

  @Test
  void aRemovalTellsOfOthers() {
    open(answering(200, "{\"removed\":false,\"plusuuids\":[\"n-1\"]}"));

    assertThat(this.<Removal>done(s -> s.remove(KEY, OptionalLong.of(17), caller(4))))
        .isEqualTo(new Removal(false, Set.of("n-1")));
    assertThat(asked.getFirst()).contains("/v4/remove-before?", "timestamp=17");
  }

  @Test
  void withAServerThatHasNoClockOursIsLookedAt() {
    open(
        upTo(
            2,
            request -> {
              if (path(request).endsWith("/remove"))
                answering(200, "{\"removed\":true,\"plusuuids\":[]}").accept(request);
              else answering(404, "").accept(request);
            }));

    long now = done(s -> s.timestamp(caller(4)));
    assertThat(this.<Removal>done(s -> s.remove(KEY, OptionalLong.of(now - 1), caller(4))))
        .isEqualTo(Removal.REFUSED);
    assertThat(this.<Removal>done(s -> s.remove(KEY, OptionalLong.of(now + 600), caller(4))))
        .isEqualTo(Removal.DONE);
  }

  /** Holds what is locked until the body says otherwise. */
  private void locking(HttpServerRequest request) {
    if (path(request).endsWith("/lockcontent")) {
      answering(200, "{\"locked\":true,\"lockid\":\"[aWQ=]\"}").accept(request);
      return;
    }
    request.handler(piece -> bodies.add(piece.toString()));
    request.endHandler(_ -> answering(200, "{\"locked\":false}").accept(request));
  }

  @Test
  void aLockIsHeldByABodyThatGoesOn() {
    open(this::locking);
    Hold hold = done(s -> s.lock(KEY, caller(4))).orElseThrow();
    Awaitility.await().until(() -> bodies.contains("{\"unlock\":false}\n"));
    assertThat(asked.getLast()).contains("/v4/keeplocked?", "lockid=id");

    Settled.done(hold.release());
    Settled.done(hold.release());

    assertThat(bodies).endsWith("{\"unlock\":true}\n");
    assertThat(hold.lost().isComplete()).isFalse();
  }

  @Test
  void aLockIsLostWithItsConnection() {
    open(request -> {
      locking(request);
      if (path(request).endsWith("/keeplocked")) request.handler(_ -> request.connection().close());
    });

    Hold hold = done(s -> s.lock(KEY, caller(4))).orElseThrow();

    Settled.done(hold.lost());
    Settled.done(hold.release());
  }

  @Test
  void locksDoNotTakeThePlaceOfQuestionsAndOneTooManyIsNone() {
    open(
        request -> {
          if (path(request).endsWith("/checkpresent"))
            answering(200, "{\"present\":true}").accept(request);
          else locking(request);
        },
        Map.of("connections", "1", "locks", "3"));
    for (int i = 0; i < 3; i++)
      assertThat(this.<Optional<Hold>>done(s -> s.lock(KEY, caller(4)))).isPresent();

    assertThat(this.<Boolean>done(s -> s.isPresent(KEY, caller(4)))).isTrue();
    assertThat(this.<Optional<Hold>>done(s -> s.lock(KEY, caller(4)))).isEmpty();
  }

  @Test
  void credentialsAreSentFromTheStart(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("password"), "???>>>\n");
    List<String> sent = new CopyOnWriteArrayList<>();
    open(
        request -> {
          sent.add(String.valueOf(request.getHeader("Authorization")));
          answering(200, "{\"present\":true}").accept(request);
        },
        Map.of("user", "a", "password_file", file.toString()));

    done(s -> s.isPresent(KEY, caller(4)));
    assertThat(sent).containsExactly("Basic YTo_Pz8-Pj4=");
  }

  @Test
  void aServerThatIsNotThereIsUnavailable() {
    Map<String, Object> settings = Map.of("url", "http://127.0.0.1:1", "uuid", "u-1");
    store = new RemoteStore();
    Settled.done(store.open(FakeKeyStoreContext.of("remote", TestSettings.block("r", settings), vertx)));

    assertThat(failure(s -> s.isPresent(KEY, caller(4))))
        .isInstanceOf(GatewayError.Unavailable.class);
  }
}
