package dev.penstock.p2p.remote;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a server is asked in each version, and every way to answer wrongly or not at all. */
class RemoteAskingTest extends ScriptedServer {
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
  void aServerThatDoesNotAnswerIsGivenUp() {
    open(_ -> {}, Map.of("stall_limit", "100ms"));

    assertThat(failure(s -> s.isPresent(KEY, caller(4))))
        .isInstanceOf(GatewayError.Unavailable.class);
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
    Settled.done(
        store.open(FakeKeyStoreContext.of("remote", TestSettings.block("r", settings), vertx)));

    assertThat(failure(s -> s.isPresent(KEY, caller(4))))
        .isInstanceOf(GatewayError.Unavailable.class);
  }
}
