package dev.penstock.p2p.remote;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Putting;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Content that goes to a server, and uploads that come to another end. */
class RemotePuttingTest extends ScriptedServer {
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
}
