package dev.penstock.p2p.line;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.p2p.testing.ScriptedChildren;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.ScriptedChild;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;

/** A store of a repository that does what a script says; nothing may be left lent of it. */
abstract class ScriptedRepository {
  static final String UUID = "0000aaaa-1111";
  static final Key KEY = Key.parse("SHA256E-s3--abc.txt");
  static final Optional<RawText> FILE = Optional.of(RawText.of("a b"));

  final Vertx vertx = Vertx.vertx();
  ScriptedChildren children = new ScriptedChildren(vertx, UUID, 4, (_, _) -> {});
  ShellStore store = new ShellStore();

  @AfterEach
  void close() {
    Settled.done(store.close());
    Settled.done(vertx.close());
  }

  void open(int version, BiConsumer<ScriptedChild, String> script) {
    open(version, script, Map.of());
  }

  void open(int version, BiConsumer<ScriptedChild, String> script, Map<String, Object> more) {
    children = new ScriptedChildren(vertx, UUID, version, script);
    Map<String, Object> settings =
        new HashMap<>(Map.of("directory", "/srv/a", "uuid", UUID, "stall_limit", "10s"));
    settings.putAll(more);
    store = new ShellStore();
    Settled.done(
        store.open(
            FakeKeyStoreContext.of("remote", TestSettings.block("r", settings), vertx, children)));
  }

  static BiConsumer<ScriptedChild, String> answering(String answer) {
    return (child, _) -> child.says(answer);
  }

  static Caller caller(int version) {
    return new Caller("c-1", Set.of("g-1"), version);
  }

  <T> T done(Function<ShellStore, Future<T>> asked) {
    return Settled.done(Bodies.on(vertx, () -> asked.apply(store)));
  }

  Throwable failure(Function<ShellStore, Future<?>> asked) {
    return Settled.failure(Bodies.on(vertx, () -> asked.apply(store).mapEmpty()));
  }

  Future<Bodies.Read> read(Key key) {
    return store.get(key, FILE, 0, caller(4)).compose(Bodies::read);
  }

  String heard() {
    return children.started().getLast().heard();
  }

  void nothingIsLent() {
    Awaitility.await().untilAsserted(() -> assertThat(store.connections().lent()).isZero());
  }
}
