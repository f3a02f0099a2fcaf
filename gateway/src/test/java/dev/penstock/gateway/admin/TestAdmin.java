package dev.penstock.gateway.admin;

import dev.penstock.gateway.config.AdminConfig;
import dev.penstock.gateway.config.AdminLimits;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeEvents;
import dev.penstock.spi.testing.FakeListeners;
import dev.penstock.spi.testing.FakeMetrics;
import dev.penstock.spi.tls.PemFiles;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** An admin API on loopback and a unix socket, with routes that a test chooses. */
public final class TestAdmin implements AutoCloseable {
  public static final String ADMIN = "secret-of-an-admin";
  static final String OPERATOR = "secret-of-an-operator";
  static final String READER = "secret-of-a-reader";

  static final Map<String, Caller> TOKENS =
      Map.of(
          ADMIN, new Caller("ada", Role.ADMIN),
          OPERATOR, new Caller("oda", Role.OPERATOR),
          READER, new Caller("rea", Role.READER));

  final Vertx vertx = Vertx.vertx();
  final FakeMetrics metrics = new FakeMetrics();
  public final FakeEvents bus = new FakeEvents();
  public final Remembered events = new Remembered(10);
  final AdminServer server;
  final Path folder;

  TestAdmin(Path folder, CoreRoutes... routes) {
    this(folder, AdminLimits.DEFAULTS, routes);
  }

  TestAdmin(Path folder, AdminLimits limits, CoreRoutes... routes) {
    this(config(folder, limits), folder, routes);
  }

  TestAdmin(AdminConfig config, Path folder, CoreRoutes... routes) {
    this.folder = folder;
    server = new AdminServer(vertx, config, host(), List.of(routes));
    await(server.start());
  }

  /** The whole API, with the rooms of a fake gateway behind it. */
  public TestAdmin(Path folder, FakeSubjects subjects) {
    this(config(folder, AdminLimits.DEFAULTS), folder, subjects);
  }

  /** The same over TLS. */
  public static TestAdmin withTls(Path folder, Path certificate, Path key, FakeSubjects subjects) {
    var plain = config(folder, AdminLimits.DEFAULTS);
    var tls = Optional.of(new PemFiles(certificate, key, Optional.empty()));
    var config =
        new AdminConfig(plain.socket(), plain.listen(), plain.names(), tls, true, plain.limits());
    return new TestAdmin(config, folder, subjects);
  }

  TestAdmin(AdminConfig config, Path folder, FakeSubjects subjects) {
    this.folder = folder;
    server = new AdminServer(vertx, config, host(), subjects.subjects());
    await(server.start());
  }

  private AdminServer.Host host() {
    return new AdminServer.Host(
        new FakeListeners(),
        secret -> Optional.ofNullable(TOKENS.get(secret)),
        events,
        bus,
        metrics,
        "run1",
        folder,
        new FakeClock());
  }

  static AdminConfig config(Path folder, AdminLimits limits) {
    return new AdminConfig(
        folder.resolve("sock").resolve("admin.sock"),
        Optional.of(new ListenAddress.Tcp("127.0.0.1", 0)),
        List.of("box.example"),
        Optional.empty(),
        true,
        limits);
  }

  /** As a module does. */
  public void mount(String module, List<Route> routes) {
    await(
        Future.<Void>future(mounted ->
            vertx.runOnContext(_ -> {
              server.routesOf(module).mount(routes, "openapi: 3.1.0");
              mounted.complete();
            })));
  }

  public int port() {
    return server.addresses().stream()
        .filter(ListenAddress.Tcp.class::isInstance)
        .mapToInt(address -> ((ListenAddress.Tcp) address).port())
        .findFirst()
        .orElseThrow();
  }

  public Path socket() {
    return folder.resolve("sock").resolve("admin.sock");
  }

  RawCaller raw() {
    return RawCaller.tcp(port());
  }

  /** A call as the admin, over TCP. */
  Answer call(String method, String path, String... headersAndBody) {
    return as(ADMIN, method, path, headersAndBody);
  }

  Answer as(String token, String method, String path, String... headers) {
    try (RawCaller caller = raw()) {
      var text = new StringBuilder("%s %s HTTP/1.1\r\nHost: localhost\r\n".formatted(method, path));
      if (!token.isEmpty()) text.append("Authorization: Bearer ").append(token).append("\r\n");
      for (String header : headers) text.append(header).append("\r\n");
      return caller.send(text + "Connection: close\r\n\r\n").answer();
    }
  }

  Answer withBody(String method, String path, String body) {
    try (RawCaller caller = raw()) {
      return caller
          .send(
              """
              %s %s HTTP/1.1\r
              Host: localhost\r
              Authorization: Bearer %s\r
              Content-Type: application/json\r
              Content-Length: %d\r
              Connection: close\r
              \r
              %s\
              """
                  .formatted(method, path, ADMIN, body.length(), body))
          .answer();
    }
  }

  @SuppressWarnings("NullAway") // a Future<Void> has nothing to give
  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public void close() {
    await(server.stop(Duration.ofMillis(200)));
    await(vertx.close());
  }

  static CoreRoutes routes(Rowing rowing) {
    return (Context context) -> {
      var rows = new Rows(context);
      rowing.on(rows);
      return rows.all();
    };
  }

  interface Rowing {
    void on(Rows rows);
  }

  /** A log of events as small as a test likes. */
  public static final class Remembered implements EventSource {
    private final int max;
    private final List<Numbered> ring = new ArrayList<>();
    private final List<Runnable> ears = new CopyOnWriteArrayList<>();
    private long latest;

    Remembered(int max) {
      this.max = max;
    }

    public void publish(String subject) {
      synchronized (this) {
        ring.add(new Numbered(++latest, new GatewayEvent.ModuleStarted(Instant.EPOCH, subject)));
        if (ring.size() > max) ring.removeFirst();
      }
      ears.forEach(Runnable::run);
    }

    private static Context vertxContext() {
      return Objects.requireNonNull(Vertx.currentContext());
    }

    @Override
    public synchronized List<Numbered> after(long number, int most) {
      return ring.stream().filter(one -> one.number() > number).limit(most).toList();
    }

    @Override
    public synchronized long latest() {
      return latest;
    }

    @Override
    public Events.Subscription onNew(Runnable listener) {
      Context context = vertxContext();
      Runnable ear = () -> context.runOnContext(_ -> listener.run());
      ears.add(ear);
      return () -> ears.remove(ear);
    }
  }
}
