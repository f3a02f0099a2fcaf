package dev.penstock.nbd;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.bus.GatewayEvent.ModuleEvent;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The module on real sockets, in a host that is a fake, with volumes in memory. */
public final class TestServer implements AutoCloseable {
  static final Duration AWAIT = Duration.ofSeconds(20);

  private final Vertx vertx;
  private final FakeModuleContext host;
  private final MemoryVolume demo;
  private final Map<String, Object> settings;
  private NbdModule module = new NbdModule();

  private TestServer(Map<String, Object> settings, MemoryVolume demo) {
    this.demo = demo;
    this.settings = settings;
    vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
    host = new FakeModuleContext(vertx, "nbd", TestSettings.block("modules.nbd", settings));
    host.volumes().add("demo", demo);
  }

  /** Serves a volume as exports "demo" (the default) and "frozen" (read-only), on any port. */
  public static TestServer of(MemoryVolume demo) {
    return of(demo, Map.of());
  }

  public static TestServer of(MemoryVolume demo, Map<String, ?> limits) {
    return of(demo, Map.of("listen", List.of("tcp://127.0.0.1:0"), "limits", limits), "demo");
  }

  public static TestServer onUnixSocket(Path socket, MemoryVolume demo) {
    return of(demo, Map.of("listen", List.of("unix:" + socket)), "demo");
  }

  static TestServer of(MemoryVolume demo, Map<String, ?> settings, String defaultExport) {
    Map<String, Object> all = new LinkedHashMap<>(settings);
    all.put("default_export", defaultExport);
    all.putIfAbsent(
        "exports",
        Map.of(
            "demo", Map.of("volume", "demo", "description", "a demo"),
            "frozen", Map.of("volume", "demo", "read_only", "true")));
    var server = new TestServer(all, demo);
    await(server.host.start(server.module));
    return server;
  }

  FakeModuleContext host() {
    return host;
  }

  /** What the module was started with; the caller's own copy. */
  Map<String, Object> settings() {
    return new LinkedHashMap<>(settings);
  }

  /** Stops the module, and starts another object of it with the same settings and state. */
  void restart() {
    await(host.stop());
    module = new NbdModule();
    await(host.start(module));
  }

  NbdModule module() {
    return module;
  }

  public MemoryVolume demo() {
    return demo;
  }

  /** Where the first listener is, with the port that it got. */
  String address() {
    host.events().await(NbdObserver.LISTENING);
    return detail(host.events().all(NbdObserver.LISTENING).getLast(), "address");
  }

  /** What NBD clients take: {@code nbd://…} or {@code nbd+unix://…}. */
  public String uri(String export) {
    String address = address();
    return address.startsWith("unix:")
        ? "nbd+unix:///%s?socket=%s".formatted(export, address.substring("unix:".length()))
        : "nbd" + address.substring("tcp".length()) + "/" + export;
  }

  public RawClient connect() {
    return RawClient.to(socketAddress());
  }

  /** A client of a listener that was made for old-style ones. */
  RawClient connectOldStyle() {
    return RawClient.oldStyleTo(socketAddress());
  }

  private SocketAddress socketAddress() {
    String address = address();
    if (address.startsWith("unix:")) {
      return java.net.UnixDomainSocketAddress.of(address.substring("unix:".length()));
    }
    URI tcp = URI.create(address);
    return new InetSocketAddress(tcp.getHost(), tcp.getPort());
  }

  /** Serves another volume of the host under its own name. */
  void addExport(String volume) {
    await(
        host.admin()
            .call(
                Route.Method.PUT, "/v1/exports/" + volume, new JsonObject().put("volume", volume)));
  }

  static String detail(ModuleEvent event, String key) {
    return event.details().getOrDefault(key, "");
  }

  /** How often connections were cut for a reason. */
  long counted(String metric, String why) {
    return host.metrics().counted(metric, "why", why);
  }

  ModuleEvent cut() {
    return host.events().await(NbdObserver.CONNECTION_CUT);
  }

  /** Waits, and throws what the future failed with. */
  static <T> T await(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(AWAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof GatewayError error) throw error;
      throw new AssertionError(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("not within " + AWAIT, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    await(host.stop());
    host.close();
    await(vertx.close());
  }
}
