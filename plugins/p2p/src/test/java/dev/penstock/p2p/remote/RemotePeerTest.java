package dev.penstock.p2p.remote;

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
import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.testing.Trixie;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real {@code git-annex p2phttp} takes what is asked of it, in every version. */
@Tag("peer")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RemotePeerTest {
  private static final Optional<RawText> FILE = Optional.of(RawText.of("some file%.dat"));
  private static final String PASSWORD = "???>>>";

  private final Vertx vertx = Vertx.vertx();
  private final Random random = new Random(7);
  private final AnnexRepository repository = AnnexRepository.create();
  private final int port = freePort();
  private final Peer.Running server =
      Peer.start(
          Trixie.command(
              AnnexRepository.env(
                      List.of(
                          "sh",
                          "-c",
                          "cd %s && exec git-annex p2phttp --bind 127.0.0.1 --port %d -J8 --unauth-readonly --authenv-http"
                              .formatted(repository.inside(), port)),
                      "GIT_ANNEX_P2PHTTP_PASSWORD_alice=" + PASSWORD)
                  .toArray()));
  private RemoteStore store = new RemoteStore();

  /** It takes a number only, so one that was free a moment ago has to do. */
  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @BeforeAll
  void open(@TempDir Path folder) throws Exception {
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .failFast("git-annex p2phttp ended", () -> !server.isAlive())
        .ignoreExceptions()
        .until(() -> {
          new Socket(InetAddress.getLoopbackAddress(), port).close();
          return true;
        });
    Path file = Files.writeString(folder.resolve("password"), PASSWORD + "\n");
    store = open(Map.of("user", "alice", "password_file", file.toString()));
  }

  private RemoteStore open(Map<String, Object> login) {
    Map<String, Object> settings = new HashMap<>(login);
    settings.put("url", "annex+http://127.0.0.1:" + port + "/git-annex/");
    settings.put("uuid", repository.uuid());
    var opened = new RemoteStore();
    Settled.done(
        opened.open(FakeKeyStoreContext.of("remote", TestSettings.block("r", settings), vertx)));
    return opened;
  }

  @AfterAll
  void close() {
    Settled.done(store.close());
    server.close();
    Settled.done(vertx.close());
    repository.close();
  }

  private static Caller caller(int version) {
    return new Caller("11111111-2222-3333-4444-555555555555", Set.of("g-1"), version);
  }

  private <T> T done(Supplier<Future<T>> asked) {
    return Settled.done(Bodies.on(vertx, asked));
  }

  private byte[] bytes(int count) {
    byte[] bytes = new byte[count];
    random.nextBytes(bytes);
    return bytes;
  }

  private Putting.Stored put(Key key, byte[] content, Caller caller, boolean valid) {
    return done(() ->
        store
            .put(key, FILE, caller)
            .compose(putting -> Bodies.send(putting, Buffer.buffer(content), 50_000, valid)));
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

    assertThat(put(key, content, caller, true).stored()).isTrue();
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
  void anUploadThatEndedTooEarlyIsGoneOnWith() {
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
                    .compose(_ -> upload.complete(false))));

    assertThat(put(key, content, caller(4), true).stored()).isTrue();
    assertThat(get(key, 0, caller(4))).isEqualTo(Buffer.buffer(content));
  }

  @Test
  void contentThatIsNotWhatItsKeySaysIsNotStored() {
    Key key = AnnexRepository.key(bytes(1000));

    assertThat(put(key, bytes(1000), caller(4), true).stored()).isFalse();
    assertThat(this.<Boolean>done(() -> store.isPresent(key, caller(4)))).isFalse();
  }

  @Test
  void contentThatTheSenderDoesNotVouchForIsNotStored() {
    byte[] content = bytes(1000);

    assertThat(put(AnnexRepository.key(content), content, caller(4), false).stored()).isFalse();
  }

  @Test
  void whatIsLockedIsLetGoOf() {
    byte[] content = bytes(1000);
    Key key = AnnexRepository.key(content);
    put(key, content, caller(4), true);

    Hold hold = done(() -> store.lock(key, caller(4))).orElseThrow();
    assertThat(hold.lost().isComplete()).isFalse();
    Settled.done(hold.release());
    assertThat(hold.lost().isComplete()).isFalse();
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
    put(key, content, caller(4), true);
    long now = done(() -> store.timestamp(caller(4)));

    assertThat(
            this.<Removal>done(() -> store.remove(key, OptionalLong.of(now), caller(4))).removed())
        .isFalse();
    assertThat(
            this.<Removal>done(() -> store.remove(key, OptionalLong.of(now + 600), caller(4)))
                .removed())
        .isTrue();
  }

  @Test
  void thirtyAbortedDownloadsLeaveNothing() {
    byte[] content = bytes(3_000_000);
    Key key = AnnexRepository.key(content);
    put(key, content, caller(4), true);
    for (int i = 0; i < 30; i++)
      done(() -> store.get(key, FILE, 0, caller(4)).onSuccess(Content::close));

    assertThat(get(key, 0, caller(4))).isEqualTo(Buffer.buffer(content));
  }

  @Test
  void whoMayOnlyReadIsDeniedTheRest() {
    RemoteStore anonymous = open(Map.of());
    Key key = AnnexRepository.key(bytes(9));
    try {
      assertThat(Settled.failure(Bodies.on(vertx, () -> anonymous.put(key, FILE, caller(4)))))
          .isInstanceOf(GatewayError.Denied.class);
      assertThat(Settled.done(Bodies.on(vertx, () -> anonymous.isPresent(key, caller(4)))))
          .isFalse();
    } finally {
      Settled.done(anonymous.close());
    }
  }
}
