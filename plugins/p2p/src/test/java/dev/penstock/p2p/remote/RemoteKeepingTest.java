package dev.penstock.p2p.remote;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.testing.Settled;
import io.vertx.core.http.HttpServerRequest;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Content that a server keeps for us, or removes. */
class RemoteKeepingTest extends ScriptedServer {
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
}
