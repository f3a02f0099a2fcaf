package dev.penstock.p2p.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.AnnexRepository;
import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.ProcessChildren;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.testing.Trixie;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real git-annex-shell takes what is said to it, in every version, and gives it back. */
@Tag("peer")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ShellPeerTest {
  private static final Optional<RawText> FILE = Optional.of(RawText.of("some file%.dat"));
  private static final String CLIENT = "11111111-2222-3333-4444-555555555555";

  private final Vertx vertx = Vertx.vertx();
  private final Random random = new Random(7);
  private AnnexRepository repository = AnnexRepository.create();
  private ProcessChildren children = new ProcessChildren(vertx, Trixie.command());
  private ShellStore store = new ShellStore();

  @BeforeAll
  void open() {
    open(List.of());
  }

  private void open(List<String> environment) {
    List<String> command =
        AnnexRepository.env(List.of("git-annex-shell"), environment.toArray(String[]::new));
    Map<String, Object> settings =
        Map.of("command", command, "directory", repository.inside(), "uuid", repository.uuid());
    store = new ShellStore();
    Settled.done(
        store.open(
            FakeKeyStoreContext.of("remote", TestSettings.block("r", settings), vertx, children)));
  }

  @AfterEach
  void nothingIsLent() {
    Awaitility.await().untilAsserted(() -> assertThat(store.connections().lent()).isZero());
  }

  @AfterAll
  void close() {
    Settled.done(store.close());
    Awaitility.await().until(() -> children.running() == 0);
    children.close();
    Settled.done(vertx.close());
    repository.close();
  }

  private static Caller caller(int version) {
    return new Caller(CLIENT, Set.of(), version);
  }

  private <T> T done(Supplier<Future<T>> asked) {
    return Settled.done(Bodies.on(vertx, asked));
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private Putting.Stored put(Key key, byte[] content, Caller caller) {
    return done(() ->
        store
            .put(key, FILE, caller)
            .compose(putting -> Bodies.send(putting, Buffer.buffer(content), 50_000, true)));
  }

  private Buffer get(Key key, long offset, Caller caller) {
    Bodies.Read read = done(() -> store.get(key, FILE, offset, caller).compose(Bodies::read));
    assertThat(read.valid()).isTrue();
    return read.bytes();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4})
  void contentGoesThereAndBackAndAwayInEveryVersion(int version) {
    byte[] content = bytes(1_000_000);
    Key key = AnnexRepository.key(content);
    Caller caller = caller(version);
    assertThat(this.<Boolean>done(() -> store.isPresent(key, caller))).isFalse();

    assertThat(put(key, content, caller).stored()).isTrue();
    assertThat(this.<Boolean>done(() -> store.isPresent(key, caller))).isTrue();
    assertThat(this.<Putting>done(() -> store.put(key, FILE, caller)))
        .isInstanceOf(Putting.There.class);
    assertThat(this.<Putting.Stored>done(() -> store.cameOtherwise(key, FILE, caller)).stored())
        .isTrue();
    assertThat(get(key, 0, caller)).isEqualTo(Buffer.buffer(content));
    assertThat(get(key, 999_000, caller))
        .isEqualTo(Buffer.buffer(content).getBuffer(999_000, 1_000_000));
    assertThat(get(key, 1_000_000, caller).length()).isZero();

    assertThat(this.<Removal>done(() -> store.remove(key, OptionalLong.empty(), caller)).removed())
        .isTrue();
    assertThat(Settled.failure(Bodies.on(vertx, () -> store.get(key, FILE, 0, caller))))
        .isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void anUploadThatWasLeftIsGoneOnWith() {
    byte[] content = bytes(300_000);
    Key key = AnnexRepository.key(content);
    done(() ->
        store
            .put(key, FILE, caller(4))
            .map(Putting.Upload.class::cast)
            .compose(upload ->
                upload
                    .begin(300_000)
                    .compose(_ -> upload.write(Buffer.buffer(content).getBuffer(0, 200_000)))
                    .onComplete(_ -> upload.close())));

    // The program that got the first part may still hold the key.
    Awaitility.await().until(() -> children.running() == store.connections().waiting());
    Putting again = done(() -> store.put(key, FILE, caller(4)));
    assertThat(((Putting.Upload) again).offset()).isLessThanOrEqualTo(200_000);
    assertThat(done(() -> Bodies.send(again, Buffer.buffer(content), 50_000, true)).stored())
        .isTrue();
    assertThat(get(key, 0, caller(4))).isEqualTo(Buffer.buffer(content));
  }

  @Test
  void contentThatIsNotWhatItsKeySaysIsNotStored() {
    Key key = AnnexRepository.key(bytes(1000));

    assertThat(put(key, bytes(1000), caller(4)).stored()).isFalse();
    assertThat(this.<Boolean>done(() -> store.isPresent(key, caller(4)))).isFalse();
  }

  @Test
  void contentThatTheSenderDoesNotVouchForIsNotStored() {
    byte[] content = bytes(1000);
    Key key = Key.parse("WORM-s1000-m1--nobody knows");

    Putting.Stored stored =
        done(() ->
            store
                .put(key, FILE, caller(4))
                .compose(putting -> Bodies.send(putting, Buffer.buffer(content), 500, false)));
    assertThat(stored.stored()).isFalse();
  }

  @Test
  void whatIsLockedIsNotRemoved() {
    byte[] content = bytes(1000);
    Key key = AnnexRepository.key(content);
    put(key, content, caller(4));
    Hold hold = done(() -> store.lock(key, caller(4))).orElseThrow();

    assertThat(this.<Removal>done(() -> store.remove(key, OptionalLong.empty(), caller(4))))
        .isEqualTo(Removal.REFUSED);
    Settled.done(hold.release());
    assertThat(this.<Boolean>done(() -> store.isPresent(key, caller(4)))).isTrue();
  }

  @Test
  void whatIsNotThereIsNotLocked() {
    Key key = AnnexRepository.key(bytes(10));

    assertThat(this.<Optional<Hold>>done(() -> store.lock(key, caller(4)))).isEmpty();
  }

  @Test
  void itsClockTellsWhenItIsTooLateToRemove() {
    byte[] content = bytes(1000);
    Key key = AnnexRepository.key(content);
    put(key, content, caller(4));
    long now = done(() -> store.timestamp(caller(4)));

    assertThat(this.<Removal>done(() -> store.remove(key, OptionalLong.of(now), caller(4))))
        .isEqualTo(Removal.REFUSED);
    assertThat(
            this.<Removal>done(() -> store.remove(key, OptionalLong.of(now + 600), caller(4)))
                .removed())
        .isTrue();
  }

  @Test
  void tenAbortedDownloadsLeaveNothing() {
    byte[] content = bytes(3_000_000);
    Key key = AnnexRepository.key(content);
    put(key, content, caller(4));
    for (int i = 0; i < 10; i++)
      done(() -> store.get(key, FILE, 0, caller(4)).onSuccess(Content::close));

    assertThat(get(key, 0, caller(4))).isEqualTo(Buffer.buffer(content));
    Awaitility.await().until(() -> children.running() == store.connections().waiting());
  }

  @Test
  void aRepositoryThatMayOnlyBeReadDeniesTheRest() {
    byte[] content = bytes(1000);
    Key key = AnnexRepository.key(content);
    put(key, content, caller(4));
    Settled.done(store.close());
    open(List.of("GIT_ANNEX_SHELL_READONLY=1"));
    try {
      Throwable removing =
          Settled.failure(
              Bodies.on(vertx, () -> store.remove(key, OptionalLong.empty(), caller(4))));
      assertThat(removing).isInstanceOf(GatewayError.Denied.class);
      Key other = AnnexRepository.key(bytes(9));
      assertThat(Settled.failure(Bodies.on(vertx, () -> store.put(other, FILE, caller(4)))))
          .isInstanceOf(GatewayError.Denied.class);
      assertThat(get(key, 0, caller(4))).isEqualTo(Buffer.buffer(content));
    } finally {
      Settled.done(store.close());
      open(List.of());
    }
  }

  @Test
  void aClientThatDoesNotSayWhoItIsIsServed() {
    Key key = AnnexRepository.key(bytes(10));

    assertThat(this.<Boolean>done(() -> store.isPresent(key, new Caller("", Set.of("g-1"), 4))))
        .isFalse();
  }
}
