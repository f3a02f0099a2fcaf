package dev.penstock.p2p.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.ScriptedChild;
import dev.penstock.p2p.testing.ScriptedChildren;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way in which a repository can misbehave, and that nothing is left of it. */
class ShellStoreTest {
  private static final String UUID = "0000aaaa-1111";
  private static final Key KEY = Key.parse("SHA256E-s3--abc.txt");
  private static final Optional<RawText> FILE = Optional.of(RawText.of("a b"));

  private final Vertx vertx = Vertx.vertx();
  private ScriptedChildren children = new ScriptedChildren(vertx, UUID, 4, (_, _) -> {});
  private ShellStore store = new ShellStore();

  @AfterEach
  void close() {
    Settled.done(store.close());
    Settled.done(vertx.close());
  }

  private void open(int version, BiConsumer<ScriptedChild, String> script) {
    open(version, script, Map.of());
  }

  private void open(
      int version, BiConsumer<ScriptedChild, String> script, Map<String, Object> more) {
    children = new ScriptedChildren(vertx, UUID, version, script);
    Map<String, Object> settings =
        new HashMap<>(Map.of("directory", "/srv/a", "uuid", UUID, "stall_limit", "10s"));
    settings.putAll(more);
    store = new ShellStore();
    Settled.done(
        store.open(FakeKeyStoreContext.of("remote", TestSettings.block("r", settings), vertx, children)));
  }

  private static BiConsumer<ScriptedChild, String> answering(String answer) {
    return (child, _) -> child.says(answer);
  }

  private static Caller caller(int version) {
    return new Caller("c-1", Set.of("g-1"), version);
  }

  private <T> T done(Function<ShellStore, Future<T>> asked) {
    return Settled.done(Bodies.on(vertx, () -> asked.apply(store)));
  }

  private Throwable failure(Function<ShellStore, Future<?>> asked) {
    return Settled.failure(Bodies.on(vertx, () -> asked.apply(store).mapEmpty()));
  }

  private Future<Bodies.Read> read(Key key) {
    return store.get(key, FILE, 0, caller(4)).compose(Bodies::read);
  }

  private String heard() {
    return children.started().getLast().heard();
  }

  private void nothingIsLent() {
    Awaitility.await().untilAsserted(() -> assertThat(store.connections().lent()).isZero());
  }

  @Test
  void aRepositoryIsAskedInTheVersionThatBothSpeak() {
    open(4, answering("SUCCESS\n"));

    assertThat(this.<Boolean>done(s -> s.isPresent(KEY, caller(3)))).isTrue();
    assertThat(heard()).isEqualTo("VERSION 3\nBYPASS g-1\nCHECKPRESENT " + KEY + "\n");
    assertThat(children.commands())
        .containsExactly(List.of("git-annex-shell", "p2pstdio", "/srv/a", "c-1", "--uuid", UUID));
  }

  @Test
  void aClientOfVersionZeroIsOfferedNoOther() {
    open(4, answering("FAILURE\n"));

    assertThat(this.<Boolean>done(s -> s.isPresent(KEY, caller(0)))).isFalse();
    assertThat(heard()).isEqualTo("CHECKPRESENT " + KEY + "\n");
  }

  @Test
  void aRepositoryThatKnowsNoVersionsIsSpokenToInTheFirst() {
    open(0, answering("SUCCESS\n"));

    assertThat(this.<Removal>done(s -> s.remove(KEY, OptionalLong.empty(), caller(4))))
        .isEqualTo(Removal.DONE);
    assertThat(heard()).isEqualTo("VERSION 4\nREMOVE " + KEY + "\n");
  }

  @Test
  void anotherRepositoryThanTheOneThatIsMeantIsNotAsked() {
    open(4, answering("SUCCESS\n"), Map.of("uuid", "another"));

    assertThat(failure(s -> s.isPresent(KEY, caller(4))))
        .isInstanceOf(GatewayError.Failed.class)
        .hasMessageContaining("has uuid " + UUID + ", and not another");
    assertThat(children.running()).isZero();
    nothingIsLent();
  }

  @Test
  void aClientThatIsNoWordIsRefusedBeforeAnythingIsStarted() {
    open(4, answering("SUCCESS\n"));

    assertThat(failure(s -> s.isPresent(KEY, new Caller("--x", Set.of(), 4))))
        .isInstanceOf(GatewayError.Invalid.class);
    assertThat(children.started()).isEmpty();
    nothingIsLent();
  }

  @Test
  void whatGoesThroughSshIsQuoted() {
    open(
        4,
        answering("SUCCESS\n"),
        Map.of("command", List.of("ssh", "h", "git-annex-shell"), "directory", "/s/it's"));

    assertThat(this.<Boolean>done(s -> s.isPresent(KEY, caller(4)))).isTrue();
    assertThat(children.commands().getFirst())
        .containsExactly(
            "ssh",
            "h",
            "git-annex-shell",
            "'p2pstdio'",
            "'/s/it'\\''s'",
            "'c-1'",
            "'--uuid'",
            "'" + UUID + "'");
  }

  @Test
  void contentComesWithItsVerdictAndTheConnectionIsUsedAgain() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("GET")) child.says("DATA 3\nabcVALID\n");
        });

    for (int i = 0; i < 3; i++) {
      Bodies.Read read = done(_ -> read(KEY));
      assertThat(read.text()).isEqualTo("abc");
      assertThat(read.valid()).isTrue();
    }
    assertThat(children.started()).hasSize(1);
    assertThat(heard()).contains("GET 0 a%b " + KEY + "\nSUCCESS\n");
    nothingIsLent();
  }

  @Test
  void contentThatWasChangedMeanwhileIsNotValid() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("GET")) child.says("DATA 3\nabcINVALID\n");
        });

    assertThat(this.<Bodies.Read>done(_ -> read(KEY)).valid()).isFalse();
    assertThat(heard()).endsWith("FAILURE\n");
  }

  @Test
  void ofVersionZeroThereIsNoVerdict() {
    open(
        0,
        (child, text) -> {
          if (text.startsWith("GET")) child.says("DATA 3\nabc");
        });

    assertThat(this.<Bodies.Read>done(_ -> read(KEY)).valid()).isTrue();
    nothingIsLent();
  }

  @Test
  void contentThatIsNotThereIsNotFound() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("GET")) child.says("DATA 0\nINVALID\n");
        });

    assertThat(failure(s -> s.get(KEY, FILE, 0, caller(4))))
        .isInstanceOf(GatewayError.NotFound.class);
    assertThat(heard()).endsWith("FAILURE\n");
    assertThat(children.running()).isEqualTo(1);
    nothingIsLent();
  }

  @ParameterizedTest(name = "CHECKPRESENT says {0}: found is {1}")
  @CsvSource({"SUCCESS, true", "FAILURE, false"})
  void ofVersionZeroAQuestionTellsNoBytesFromNoContent(String answer, boolean found) {
    open(
        0,
        (child, text) -> {
          if (text.startsWith("GET")) child.says("DATA 0\n");
          if (text.startsWith("CHECK")) child.says(answer + "\n");
        });

    Future<Content> got =
        Settled.settled(Bodies.on(vertx, () -> store.get(KEY, FILE, 9, caller(0))));
    assertThat(got.succeeded()).isEqualTo(found);
    nothingIsLent();
  }

  @Test
  void contentThatNobodyReadsToItsEndEndsItsConnection() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("GET")) child.says("DATA 1000\nabc");
        });

    done(s -> s.get(KEY, FILE, 0, caller(4)).onSuccess(Content::close));
    nothingIsLent();
    Awaitility.await().until(() -> children.running() == 0);
    assertThat(store.connections().waiting()).isZero();
  }

  @Test
  void aRepositoryThatDiesInTheMiddleFailsTheContent() {
    open(
        4,
        (child, text) -> {
          if (!text.startsWith("GET")) return;
          child.says("DATA 1000\nabc");
          child.ends(1, "disk on fire");
        });

    assertThat(failure(_ -> read(KEY)))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("disk on fire");
    nothingIsLent();
  }

  @Test
  void aRepositoryThatHangsInTheMiddleIsEnded() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("GET")) child.says("DATA 1000\nabc");
        },
        Map.of("stall_limit", "50ms"));

    assertThat(failure(_ -> read(KEY)))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("has done nothing");
    assertThat(children.running()).isZero();
    nothingIsLent();
  }

  @Test
  void aRepositoryThatDoesNotAnswerIsEnded() {
    open(4, (_, _) -> {}, Map.of("stall_limit", "50ms"));

    assertThat(failure(s -> s.isPresent(KEY, caller(4))))
        .isInstanceOf(GatewayError.Unavailable.class);
    assertThat(children.running()).isZero();
    nothingIsLent();
  }

  @Test
  void aRepositoryThatTakesNothingIsEnded() {
    open(
        4,
        (child, text) -> {
          if (!text.startsWith("PUT")) return;
          child.says("PUT-FROM 0\n");
          child.sticks();
        },
        Map.of("stall_limit", "50ms"));

    assertThat(failure(_ -> sent(Buffer.buffer("abc"), true)))
        .isInstanceOf(GatewayError.Unavailable.class);
    assertThat(children.running()).isZero();
    nothingIsLent();
  }

  private Future<Putting.Stored> sent(Buffer whole, boolean valid) {
    return store
        .put(KEY, FILE, caller(4))
        .compose(putting -> Bodies.send(putting, whole, 2, valid));
  }

  @ParameterizedTest
  @ValueSource(strings = {"HELLO\n", "SUCCESS\nSUCCESS\n", "DATA 1\n", "PUT-FROM 1\n"})
  void garbageEndsTheConnection(String garbage) {
    open(4, answering(garbage));

    var answer = Settled.settled(Bodies.on(vertx, () -> store.isPresent(KEY, caller(4))));
    Awaitility.await().until(() -> children.running() == 0);
    assertThat(store.connections().waiting()).isZero();
    assertThat(answer.failed()).isEqualTo(!garbage.startsWith("SUCCESS"));
    nothingIsLent();
  }

  @Test
  void aLineWithoutEndEndsTheConnection() {
    open(4, answering("x".repeat(40_000)));

    assertThat(failure(s -> s.isPresent(KEY, caller(4)))).isInstanceOf(GatewayError.Failed.class);
    assertThat(children.running()).isZero();
  }

  @Test
  void aRefusalLeavesTheConnectionAsItWas() {
    open(4, answering("ERROR this repository is read-only; write access denied\n"));

    for (int i = 0; i < 2; i++)
      assertThat(failure(s -> s.remove(KEY, OptionalLong.empty(), caller(4))))
          .isInstanceOf(GatewayError.Denied.class);
    assertThat(children.started()).hasSize(1);
    nothingIsLent();
  }

  /** As git-annex-shell does it. */
  @Test
  void aRepositoryThatDiesOfALockHasRefused() {
    open(4, (child, _) -> child.ends(1, "git-annex: content is locked"));

    assertThat(this.<Removal>done(s -> s.remove(KEY, OptionalLong.empty(), caller(4))))
        .isEqualTo(Removal.REFUSED);
    nothingIsLent();
  }

  @Test
  void contentIsPutFromWhereItIsWanted() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("PUT")) child.says("PUT-FROM 2\n");
          if (text.endsWith("VALID\n")) child.says("SUCCESS-PLUS n-1 n-2\n");
        });

    assertThat(this.<Putting.Stored>done(_ -> sent(Buffer.buffer("abcdef"), true)))
        .isEqualTo(new Putting.Stored(true, Set.of("n-1", "n-2")));
    assertThat(heard()).endsWith("PUT a%b " + KEY + "\nDATA 4\ncdefVALID\n");
    assertThat(children.running()).isEqualTo(1);
    nothingIsLent();
  }

  @Test
  void contentThatIsThereIsNotWanted() {
    open(4, answering("ALREADY-HAVE-PLUS n-1\n"));

    assertThat(this.<Putting>done(s -> s.put(KEY, FILE, caller(4))))
        .isEqualTo(new Putting.There(Set.of("n-1")));
    nothingIsLent();
  }

  /** git-annex-shell keeps what is said to be invalid, if its key has no hash. */
  @ParameterizedTest
  @ValueSource(ints = {0, 4})
  void whatTheSenderDoesNotVouchForLacksItsLastByte(int version) {
    open(
        version,
        (child, text) -> {
          if (text.startsWith("PUT")) child.says("PUT-FROM 0\n");
        });

    assertThat(this.<Putting.Stored>done(_ -> sent(Buffer.buffer("abc"), false)))
        .isEqualTo(Putting.Stored.NOT);
    assertThat(heard()).endsWith("DATA 3\nab");
    assertThat(children.running()).isZero();
    nothingIsLent();
  }

  @Test
  void noBytesThatTheSenderDoesNotVouchForAreSaidToBeInvalid() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("PUT")) child.says("PUT-FROM 0\n");
          if (text.equals("INVALID\n")) child.says("FAILURE\n");
        });

    assertThat(this.<Putting.Stored>done(_ -> sent(Buffer.buffer(), false)))
        .isEqualTo(Putting.Stored.NOT);
    assertThat(children.running()).isEqualTo(1);
    nothingIsLent();
  }

  @Test
  void anOfferThatIsNotTakenUpBringsTheConnectionBack() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("PUT")) child.says("PUT-FROM 7\n");
          if (text.endsWith("INVALID\n")) child.says("FAILURE\n");
        });

    done(s -> s.put(KEY, FILE, caller(4)).onSuccess(putting -> ((Putting.Upload) putting).close()));
    nothingIsLent();
    assertThat(heard()).endsWith("DATA 0\nINVALID\n");
    assertThat(store.connections().waiting()).isEqualTo(1);
  }

  @Test
  void anUploadThatIsLeftInItsMiddleEndsItsConnection() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("PUT")) child.says("PUT-FROM 0\n");
        });

    done(s ->
        s.put(KEY, FILE, caller(4))
            .map(Putting.Upload.class::cast)
            .compose(upload -> upload.begin(100).onComplete(_ -> upload.close())));
    nothingIsLent();
    assertThat(children.running()).isZero();
  }

  @Test
  void moreThanWasAnnouncedIsNotSent() {
    open(
        4,
        (child, text) -> {
          if (text.startsWith("PUT")) child.says("PUT-FROM 0\n");
        });

    assertThat(
            failure(s ->
                s.put(KEY, FILE, caller(4))
                    .map(Putting.Upload.class::cast)
                    .compose(upload ->
                        upload
                            .begin(2)
                            .compose(_ -> upload.write(Buffer.buffer("abc")))
                            .onComplete(_ -> upload.close()))))
        .isInstanceOf(GatewayError.Invalid.class);
    nothingIsLent();
  }

  @ParameterizedTest(name = "version {0} is asked {1}")
  @CsvSource({"4, DATA-PRESENT", "3, CHECKPRESENT", "0, CHECKPRESENT"})
  void whatCameOtherwiseIsLookedForInTheWordsOfTheVersion(int version, String word) {
    open(
        version,
        (child, text) -> {
          if (text.startsWith("PUT")) child.says("PUT-FROM 0\n");
          if (text.startsWith(word)) child.says("SUCCESS\n");
        });

    assertThat(this.<Putting.Stored>done(s -> s.cameOtherwise(KEY, FILE, caller(4))).stored())
        .isTrue();
    nothingIsLent();
  }

  @Test
  void sinceVersionThreeTheRepositoryLooksAtItsClock() {
    open(3, answering("FAILURE-PLUS n-1\n"));

    assertThat(this.<Removal>done(s -> s.remove(KEY, OptionalLong.of(17), caller(4))))
        .isEqualTo(new Removal(false, Set.of("n-1")));
    assertThat(heard()).endsWith("REMOVE-BEFORE 17 " + KEY + "\n");
  }

  @Test
  void beforeVersionThreeOurOwnClockIsLookedAt() {
    open(2, answering("SUCCESS\n"));

    long now = done(s -> s.timestamp(caller(4)));
    assertThat(this.<Removal>done(s -> s.remove(KEY, OptionalLong.of(now - 1), caller(4))))
        .isEqualTo(Removal.REFUSED);
    assertThat(this.<Removal>done(s -> s.remove(KEY, OptionalLong.of(now + 600), caller(4))))
        .isEqualTo(Removal.DONE);
    assertThat(heard()).doesNotContain("GETTIMESTAMP", "REMOVE-BEFORE");
  }
}
