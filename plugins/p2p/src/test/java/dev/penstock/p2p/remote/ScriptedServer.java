package dev.penstock.p2p.remote;

import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;

/** A store of a server that does what a script says. */
abstract class ScriptedServer {
  static final Key KEY = Key.parse("SHA256E-s6--abc.txt");
  static final Optional<RawText> FILE = Optional.of(RawText.of("a b"));
  static final String LENGTH = "X-git-annex-data-length";

  final Vertx vertx = Vertx.vertx();
  final List<String> asked = new CopyOnWriteArrayList<>();
  final List<String> bodies = new CopyOnWriteArrayList<>();
  final AtomicInteger connections = new AtomicInteger();
  RemoteStore store = new RemoteStore();

  @AfterEach
  void close() {
    Settled.done(store.close());
    Settled.done(vertx.close());
  }

  void open(Consumer<HttpServerRequest> script) {
    open(script, Map.of());
  }

  void open(Consumer<HttpServerRequest> script, Map<String, Object> more) {
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
    Settled.done(
        store.open(FakeKeyStoreContext.of("remote", TestSettings.block("r", settings), vertx)));
  }

  static Caller caller(int version) {
    return new Caller("c-1", Set.of("g 1"), version);
  }

  <T> T done(Function<RemoteStore, Future<T>> asking) {
    return Settled.done(Bodies.on(vertx, () -> asking.apply(store)));
  }

  Throwable failure(Function<RemoteStore, Future<?>> asking) {
    return Settled.failure(Bodies.on(vertx, () -> asking.apply(store).mapEmpty()));
  }

  static Consumer<HttpServerRequest> answering(int status, String body) {
    return request -> {
      var _ = request.response().setStatusCode(status).end(body);
    };
  }

  /** One that has versions up to a newest, and says 404 to others. */
  static Consumer<HttpServerRequest> upTo(int newest, Consumer<HttpServerRequest> script) {
    return request -> {
      int version = path(request).charAt("/x/git-annex/u-1/v".length()) - '0';
      if (version > newest) answering(404, "").accept(request);
      else script.accept(request);
    };
  }

  static String path(HttpServerRequest request) {
    return request.uri().replaceFirst("\\?.*", "");
  }
}
