package dev.penstock.p2p;

import static dev.penstock.spi.testing.Settled.done;

import dev.penstock.p2p.serve.Observer;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pf4j.ExtensionPoint;

/** The module on a port of its own, with one repository in memory. */
public final class TestServer implements AutoCloseable {
  /** Of the key {@link #KEY}. */
  public static final String HELLO = "hello, world";

  public static final String KEY = "SHA256E-s12--aa.txt";
  public static final String BASE = "/git-annex/" + TestStore.UUID;

  public final TestStore store;
  public final FakeModuleContext host;
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final int port;

  private TestServer(TestStore store, FakeStart start, Map<String, ?> settings) {
    this.store = store;
    this.host = new FakeModuleContext(vertx, "p2p", TestSettings.block("modules.p2p", settings));
    host.lend(kinds(List.of(store)));
    start.prepare(host);
    done(host.start(new P2pModule()));
    URI address = URI.create(host.events().await(Observer.LISTENING).details().get("address"));
    port = address.getPort();
  }

  /** What is done before the module starts. */
  @FunctionalInterface
  public interface FakeStart {
    void prepare(FakeModuleContext host);
  }

  /** Anybody may do everything. */
  public static TestServer open() {
    return with(Map.of("anonymous", "all"));
  }

  /** With these settings besides those of the listener and the repository. */
  public static TestServer with(Map<String, ?> settings) {
    return with(new TestStore().has(KEY, HELLO), settings, _ -> {});
  }

  public static TestServer with(TestStore store, Map<String, ?> settings, FakeStart start) {
    Map<String, Object> all = new HashMap<>();
    all.put("listen", "tcp://127.0.0.1:0");
    all.put("repositories", Map.of("photos", Map.of("kind", "memory")));
    all.putAll(settings);
    return new TestServer(store, start, all);
  }

  public static Extensions kinds(List<? extends KeyStore> stores) {
    return new Extensions() {
      @Override
      public <T extends ExtensionPoint> List<T> of(Class<T> type) {
        return stores.stream().filter(type::isInstance).map(type::cast).toList();
      }
    };
  }

  public int port() {
    return port;
  }

  public RawClient client() {
    return new RawClient(port);
  }

  /** One request on a connection of its own. */
  public RawClient.Answer ask(String method, String path, String... headers) {
    try (var client = client()) {
      return client.ask(method, path, headers);
    }
  }

  public RawClient.Answer post(String path, String... headers) {
    return ask("POST", path, headers);
  }

  /** A put with this body, and what it announces. */
  public RawClient.Answer put(String query, long announced, String body) {
    try (var client = client()) {
      return client.ask(
          "POST",
          BASE + "/v4/put?clientuuid=c&" + query,
          body,
          new String[] {"X-git-annex-data-length: " + announced});
    }
  }

  public double gauge(String name) {
    return host.metrics().gauged(name);
  }

  @Override
  public void close() {
    done(host.stop());
    host.close();
    done(vertx.close());
  }
}
