package dev.penstock.p2p.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.flow.CrossedStream;
import dev.penstock.p2p.testing.Bodies;
import dev.penstock.p2p.testing.ScriptedChildren;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.ConnectionPool;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.ScriptedChild;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of connections, and that none is left over. */
class ShellPoolTest {
  private static final Key KEY = Key.parse("SHA256E-s3--abc.txt");
  private static final Caller CALLER = new Caller("c-1", Set.of(), 4);

  private final Vertx vertx = Vertx.vertx();
  private ScriptedChildren children = new ScriptedChildren(vertx, "u-1", 4, (_, _) -> {});
  private final ShellStore store = new ShellStore();

  @AfterEach
  void close() {
    Settled.done(store.close());
    Settled.done(vertx.close());
  }

  private void open(BiConsumer<ScriptedChild, String> script) {
    children = new ScriptedChildren(vertx, "u-1", 4, script);
    Map<String, Object> settings =
        Map.of("directory", "/a", "uuid", "u-1", "connections", "4", "locks", "2");
    Settled.done(
        store.open(
            FakeKeyStoreContext.of("remote", TestSettings.block("r", settings), vertx, children)));
  }

  private <T> T done(Supplier<Future<T>> asked) {
    return Settled.done(Bodies.on(vertx, asked));
  }

  private void nothingIsLent() {
    Awaitility.await().untilAsserted(() -> assertThat(store.connections().lent()).isZero());
  }

  /** A repository that does all that is asked. */
  private static void obliging(ScriptedChild child, String text) {
    if (text.startsWith("GET ")) child.says("DATA 3\nabcVALID\n");
    else if (text.startsWith("PUT ")) child.says("PUT-FROM 0\n");
    else if (text.endsWith("INVALID\n")) child.says("FAILURE\n");
    else if (text.endsWith("VALID\n") || text.contains("CONTENT ") || text.contains("PRESENT "))
      child.says("SUCCESS\n");
  }

  @Test
  void aConnectionThatDiedWhileItWasLeftOpenCostsNoRequest() {
    open(ShellPoolTest::obliging);
    assertThat(this.<Boolean>done(() -> store.isPresent(KEY, CALLER))).isTrue();
    nothingIsLent();

    children.started().getFirst().ends(1, "gone");
    Awaitility.await().until(() -> store.connections().waiting() == 0);

    assertThat(this.<Boolean>done(() -> store.isPresent(KEY, CALLER))).isTrue();
    assertThat(children.started()).hasSize(2);
  }

  @Test
  void aConnectionThatDiesAtTheSecondQuestionIsTriedOnceMore() {
    AtomicInteger asked = new AtomicInteger();
    open((child, _) -> {
      if (asked.incrementAndGet() == 2) child.ends(1, "gone");
      else child.says("SUCCESS\n");
    });
    assertThat(this.<Boolean>done(() -> store.isPresent(KEY, CALLER))).isTrue();
    nothingIsLent();

    assertThat(this.<Boolean>done(() -> store.isPresent(KEY, CALLER))).isTrue();
    assertThat(children.started()).hasSize(2);
    nothingIsLent();
  }

  @Test
  void aNewConnectionThatDiesIsNotTriedAgain() {
    open((child, _) -> child.ends(1, "gone"));

    Throwable why = Settled.failure(Bodies.on(vertx, () -> store.isPresent(KEY, CALLER)));
    assertThat(why).isInstanceOf(GatewayError.Unavailable.class).hasMessageContaining("gone");
    assertThat(children.started()).hasSize(1);
    nothingIsLent();
  }

  @Test
  void anotherClientHasAnotherConnection() {
    open(ShellPoolTest::obliging);
    done(() -> store.isPresent(KEY, CALLER));
    done(() -> store.isPresent(KEY, new Caller("c-2", Set.of(), 4)));
    done(() -> store.isPresent(KEY, new Caller("c-1", Set.of("g"), 4)));
    done(() -> store.isPresent(KEY, new Caller("c-1", Set.of(), 2)));

    assertThat(children.started()).hasSize(4);
  }

  @Test
  void itIsToldHowManyThereAreAndForWhom() {
    open(ShellPoolTest::obliging);
    Hold hold = done(() -> store.lock(KEY, CALLER)).orElseThrow();
    Content content = done(() -> store.get(KEY, Optional.empty(), 0, CALLER));
    assertThat(store.pool()).contains(new ConnectionPool(4, 2, 2, 0, 0, 0));

    content.close();
    Settled.done(hold.release());
    done(() -> store.isPresent(KEY, new Caller("c-2", Set.of(), 4)));

    Awaitility.await()
        .untilAsserted(() -> assertThat(store.pool()).get().returns(0, ConnectionPool::inUse));
    ConnectionPool quiet = store.pool().orElseThrow();
    assertThat(quiet.idle()).isBetween(1, 2).isLessThanOrEqualTo(quiet.keeps());
  }

  @Test
  void aLockKeepsItsConnectionAndNobodysPlace() {
    open(ShellPoolTest::obliging);
    Hold first = done(() -> store.lock(KEY, CALLER)).orElseThrow();
    Hold second = done(() -> store.lock(KEY, CALLER)).orElseThrow();

    assertThat(this.<Optional<Hold>>done(() -> store.lock(KEY, CALLER)))
        .as("one more than may be")
        .isEmpty();
    assertThat(store.connections().lent()).isZero();
    assertThat(this.<Boolean>done(() -> store.isPresent(KEY, CALLER))).isTrue();

    Settled.done(first.release());
    Settled.done(first.release());
    Settled.done(second.release());
    assertThat(children.started().getFirst().heard()).containsOnlyOnce("UNLOCKCONTENT\n");
    assertThat(this.<Optional<Hold>>done(() -> store.lock(KEY, CALLER))).isPresent();
  }

  @Test
  void aLockIsLostWithItsConnection() {
    open(ShellPoolTest::obliging);
    Hold hold = done(() -> store.lock(KEY, CALLER)).orElseThrow();

    children.started().getFirst().ends(1, "gone");

    Settled.done(hold.lost());
    Settled.done(hold.release());
    assertThat(store.connections().locks().underWay()).isZero();
  }

  @Test
  void aLockThatWasLetGoOfIsNotLostWhenItsConnectionEnds() {
    open(ShellPoolTest::obliging);
    Hold hold = done(() -> store.lock(KEY, CALLER)).orElseThrow();
    Settled.done(hold.release());

    children.started().getFirst().ends(1, "gone");
    Awaitility.await().until(() -> store.connections().running() == 0);

    assertThat(hold.lost().isComplete()).isFalse();
  }

  /** B3: upstream hung after some aborted requests. */
  @Test
  void nothingIsLeftOfAThousandAbortedRequests() {
    open(ShellPoolTest::obliging);
    for (int i = 0; i < 125; i++) {
      List<Future<?>> under = new ArrayList<>();
      for (int j = 0; j < 4; j++) {
        under.add(
            Bodies.on(vertx, () -> store.get(KEY, Optional.empty(), 0, CALLER))
                .onSuccess(Content::close));
        under.add(
            Bodies.on(
                vertx,
                () ->
                    store
                        .put(KEY, Optional.empty(), CALLER)
                        .map(Putting.Upload.class::cast)
                        .compose(upload ->
                            upload
                                .begin(3)
                                .compose(_ -> upload.write(Buffer.buffer("a")))
                                .onComplete(_ -> upload.close()))));
      }
      under.forEach(Settled::settled);
    }

    nothingIsLent();
    assertThat(store.connections().running()).isEqualTo(store.connections().waiting());
    assertThat(children.running()).isEqualTo(store.connections().running());
    assertThat(
            this.<Bodies.Read>done(
                    () -> store.get(KEY, Optional.empty(), 0, CALLER).compose(Bodies::read))
                .text())
        .isEqualTo("abc");
  }

  /** The connection was opened on another event loop than the one that reads. */
  @Test
  void aRepositoryIsReadNoFasterThanItsReader() throws Exception {
    int pieces = 200;
    Buffer piece = Buffer.buffer(new byte[64 << 10]);
    open((child, text) -> {
      if (!text.startsWith("GET ")) {
        obliging(child, text);
        return;
      }
      child.says("DATA " + pieces * piece.length() + "\n");
      for (int i = 0; i < pieces; i++) child.says(piece);
      child.says("VALID\n");
    });
    Thread other = Thread.ofPlatform().start(() -> done(() -> store.isPresent(KEY, CALLER)));
    other.join();
    nothingIsLent();

    AtomicLong most = new AtomicLong();
    assertThat(
            this.<Boolean>done(() ->
                store
                    .get(KEY, Optional.empty(), 0, CALLER)
                    .compose(content -> slowly(content, pieces + 1L, piece.length(), most))))
        .isTrue();
    assertThat(children.started()).hasSize(1);
    assertThat(most.get())
        .isPositive()
        .isLessThan(CrossedStream.WINDOW_BYTES + 3L * piece.length());
    nothingIsLent();
  }

  /** A piece at a time; notes the most bytes that were under way between child and reader. */
  private Future<Boolean> slowly(Content content, long said, long pieceBytes, AtomicLong most) {
    Promise<Void> end = Promise.promise();
    AtomicLong taken = new AtomicLong();
    content.bytes().exceptionHandler(end::tryFail).endHandler(_ -> end.complete());
    content
        .bytes()
        .handler(bytes -> {
          long left = said - children.started().getFirst().unread();
          most.accumulateAndGet(left * pieceBytes - taken.get(), Math::max);
          taken.addAndGet(bytes.length());
          content.bytes().pause();
          vertx.runOnContext(_ -> content.bytes().resume());
        });
    return end.future().compose(_ -> content.valid()).onComplete(_ -> content.close());
  }

  @Test
  void closingEndsEveryProgram() {
    open(ShellPoolTest::obliging);
    done(() -> store.lock(KEY, CALLER));
    done(() -> store.isPresent(KEY, CALLER));
    done(() -> store.get(KEY, Optional.empty(), 0, CALLER));

    Settled.done(store.close());

    Awaitility.await().until(() -> children.running() == 0);
  }
}
