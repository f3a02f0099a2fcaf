package dev.penstock.p2p;

import static dev.penstock.spi.testing.Settled.done;

import dev.penstock.p2p.serve.Observer;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.process.Children;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.ProcessChildren;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The module on a port of its own, with one repository of a real kind; anybody may do all. */
public final class ServedStore implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private final FakeModuleContext host;
  private final Children children;
  private final URI address;
  private final String base;

  /** What starts the repository's programs. */
  @FunctionalInterface
  public interface Starting {
    Children on(Vertx vertx);
  }

  /**
   * @param settings of the module besides; a {@code listen} of its own, for one
   */
  public ServedStore(
      KeyStore store, Map<String, ?> repository, Map<String, ?> settings, Starting programs) {
    Map<String, Object> served = new HashMap<>(repository);
    served.put("kind", store.kind());
    Map<String, Object> all = new HashMap<>();
    all.put("listen", "tcp://127.0.0.1:0");
    all.put("anonymous", "all");
    all.put("repositories", Map.of("served", served));
    all.putAll(settings);
    host = new FakeModuleContext(vertx, "p2p", TestSettings.block("modules.p2p", all));
    children = programs.on(vertx);
    host.children().startBy(children);
    host.lend(TestServer.kinds(List.of(store)));
    done(host.start(new P2pModule()));
    address = URI.create(host.events().await(Observer.LISTENING).details().get("address"));
    base = "/git-annex/" + store.uuid();
  }

  public int port() {
    return address.getPort();
  }

  /** What every path begins with. */
  public String base() {
    return base;
  }

  public double gauge(String name) {
    return host.metrics().gauged(name);
  }

  public double transfers() {
    return transfers("in") + transfers("out");
  }

  private double transfers(String direction) {
    return host.metrics().gauged("p2p_transfers", "repository", "served", "direction", direction);
  }

  /** One request on a connection of its own. */
  public RawClient.Answer ask(String method, String path, String body, String... headers) {
    try (var client = new RawClient(port())) {
      return client.ask(method, base + path, body, headers);
    }
  }

  /** As an operator does it; how many there were. */
  public int releaseLocks() {
    List<String> ids = new ArrayList<>();
    var body = done(host.admin().call(Method.GET, "/v1/p2p/locks")).body();
    ((Reply.Body.Items) body).items().forEachRemaining(lock -> ids.add(lock.getString("lock")));
    for (String id : ids) done(host.admin().call(Method.DELETE, "/v1/p2p/locks/" + id));
    return ids.size();
  }

  /** Stops the module, and leaves the programs that it does not end. */
  public void stop() {
    done(host.stop());
  }

  /** Ends all there is, of the module or not. */
  @Override
  public void close() {
    stop();
    host.close();
    if (children instanceof ProcessChildren programs) programs.close();
    done(vertx.close());
  }
}
