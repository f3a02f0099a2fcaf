package dev.penstock.p2p.remote;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.ServedStore;
import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.process.Children;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.MemoryKeyStore;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestCertificates;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another server is spoken to over TLS, and only if it is the one that is meant. */
@Tag("peer")
class RemoteTlsTest {
  private static final Key KEY = Key.parse("WORM-s300000-m1--large");
  private static final Buffer CONTENT = Buffer.buffer(new byte[300_000]);
  private static final Caller CALLER = new Caller("c", Set.of(), Caller.NEWEST);

  @TempDir Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final MemoryKeyStore far = new MemoryKeyStore();
  private final RemoteStore store = new RemoteStore();
  private Optional<ServedStore> server = Optional.empty();
  private Path authority = Path.of("");

  /** Of a certificate for localhost and 127.0.0.1. */
  @BeforeEach
  void serve() {
    serveAt("127.0.0.1");
  }

  private void serveAt(String address) {
    stop();
    var certificates = TestCertificates.in(folder.resolve(address));
    authority = certificates.file("ca-cert.pem");
    var tls =
        Map.of(
            "certificate", certificates.file("server-cert.pem").toString(),
            "key", certificates.file("server-key.pem").toString());
    Map<String, Object> settings = Map.of("listen", "tcp://%s:0".formatted(address), "tls", tls);
    server = Optional.of(new ServedStore(far, Map.of(), settings, RemoteTlsTest::noPrograms));
  }

  private static Children noPrograms(Vertx vertx) {
    return FakeKeyStoreContext.of("remote", TestSettings.block("x", Map.of()), vertx).children();
  }

  private void stop() {
    server.ifPresent(ServedStore::close);
  }

  @AfterEach
  void close() {
    Settled.done(store.close());
    stop();
    Settled.done(vertx.close());
  }

  private Future<Void> open(String scheme, String host, Optional<Path> ca) {
    Map<String, Object> settings = new HashMap<>();
    settings.put("url", "%s://%s:%d".formatted(scheme, host, server.orElseThrow().port()));
    settings.put("uuid", MemoryKeyStore.UUID);
    ca.ifPresent(file -> settings.put("ca", file));
    return store.open(FakeKeyStoreContext.of("remote", TestSettings.block("far", settings), vertx));
  }

  private <T> T done(Supplier<Future<T>> asked) {
    return Settled.done(Bodies.on(vertx, asked));
  }

  private Throwable refused() {
    Throwable why = Settled.failure(Bodies.on(vertx, () -> store.isPresent(KEY, CALLER)));
    assertThat(why).isInstanceOf(GatewayError.Unavailable.class);
    assertThat(far.callers()).as("what it was asked").isEmpty();
    return why;
  }

  @Test
  void contentGoesThereAndBackAndIsLockedAndRemoved() {
    Settled.done(open("annex+https", "localhost", Optional.of(authority)));

    assertThat(
            done(() ->
                    store
                        .put(KEY, Optional.empty(), CALLER)
                        .compose(putting -> Bodies.send(putting, CONTENT, 50_000, true)))
                .stored())
        .isTrue();
    assertThat(
            done(() -> store.get(KEY, Optional.empty(), 10, CALLER).compose(Bodies::read)).bytes())
        .isEqualTo(CONTENT.getBuffer(10, CONTENT.length()));
    Hold hold = done(() -> store.lock(KEY, CALLER)).orElseThrow();
    assertThat(done(() -> store.remove(KEY, OptionalLong.empty(), CALLER)).removed()).isFalse();
    Settled.done(hold.release());
    assertThat(this.<Removal>done(() -> store.remove(KEY, OptionalLong.empty(), CALLER)))
        .isEqualTo(Removal.DONE);
  }

  @Test
  void aServerOfAnotherAuthorityIsRefused() {
    Path other = TestCertificates.in(folder.resolve("other")).file("ca-cert.pem");
    Settled.done(open("annex+https", "localhost", Optional.of(other)));

    assertThat(refused()).hasMessageContainingAll("localhost", "certificate", "ca");
  }

  @Test
  void withoutAnAuthorityThatOfTheMachineHasToKnowTheServer() {
    Settled.done(open("annex+https", "localhost", Optional.empty()));

    assertThat(refused()).hasMessageContainingAll("localhost", "certificate", "ca");
  }

  @Test
  void aServerThatIsCalledOtherwiseIsRefused() {
    serveAt("127.0.0.2");
    Settled.done(open("annex+https", "127.0.0.2", Optional.of(authority)));

    assertThat(refused()).hasMessageContainingAll("127.0.0.2", "certificate", "name");
  }

  @Test
  void aServerThatSpeaksTlsIsNotSpokenToWithout() {
    Settled.done(open("annex+http", "localhost", Optional.empty()));

    refused();
  }

  @Test
  void aServerThatDoesNotSpeakTlsIsNotSpokenTo() {
    stop();
    server = Optional.of(new ServedStore(far, Map.of(), Map.of(), RemoteTlsTest::noPrograms));
    Settled.done(open("annex+https", "localhost", Optional.of(authority)));

    assertThat(refused()).hasMessageContaining("TLS does not come about");
  }

  @Test
  void anAuthorityThatIsNoneIsSaidWithItsFile() throws Exception {
    Path none = Files.writeString(folder.resolve("none.pem"), "nothing of that kind");

    assertThat(Settled.failure(open("annex+https", "localhost", Optional.of(none))))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining(none.toString());
  }
}
