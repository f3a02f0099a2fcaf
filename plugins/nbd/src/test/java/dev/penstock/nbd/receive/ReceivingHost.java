package dev.penstock.nbd.receive;

import static org.awaitility.Awaitility.await;

import dev.penstock.nbd.NbdModule;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.testing.FakeHandoffs;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.MemoryVolumeStore;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The module with one volume to receive, {@code vm}, in a host that is a fake. */
final class ReceivingHost implements AutoCloseable {
  final int port;
  final FakeModuleContext host;
  final FakeHandoffs handoffs;
  private final Vertx vertx = Vertx.vertx(new VertxOptions().setPreferNativeTransport(true));
  private NbdModule module = new NbdModule();

  ReceivingHost(long sizeBytes) {
    this(sizeBytes, "127.0.0.1", freePort());
  }

  ReceivingHost(long sizeBytes, String from, int port) {
    this.port = port;
    Map<String, Object> settings =
        Map.of(
            "listen", List.of("tcp://127.0.0.1:0"),
            "exports", Map.of("vm", Map.of("volume", "vm")),
            "receive",
                Map.of(
                    "vm",
                    Map.of(
                        "listen",
                        "tcp://127.0.0.1:" + port,
                        "from",
                        from,
                        "store",
                        "memory",
                        "size",
                        Long.toString(sizeBytes))));
    host = new FakeModuleContext(vertx, "nbd", TestSettings.block("modules.nbd", settings));
    handoffs = new FakeHandoffs("memory", new MemoryVolumeStore(), host.volumes());
    host.lend(handoffs);
  }

  ReceivingHost started() {
    done(host.start(module));
    return this;
  }

  static ReceivingHost of(long sizeBytes) {
    return new ReceivingHost(sizeBytes).started();
  }

  static int freePort() {
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** A stop as by a signal, and a start on what is durable. */
  void restart() {
    done(host.stop());
    module = new NbdModule();
    done(host.start(module));
  }

  static <T> T done(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  MemoryVolume volume() {
    return host.volumes().inMemory("vm");
  }

  Ownership record() {
    return done(handoffs.find("vm")).orElseThrow();
  }

  JsonObject reception() {
    Reply reply = done(host.admin().call(Route.Method.GET, "/v1/receptions"));
    return ((Reply.Body.Items) reply.body()).items().next();
  }

  String state() {
    return reception().getString("state");
  }

  void awaitState(String state) {
    await().until(() -> state().equals(state));
  }

  /** The host would say so; the fake says nothing. */
  void tellOwnership() {
    host.events()
        .publish(new GatewayEvent.OwnershipChanged(host.clock().instant(), "vm", record()));
  }

  @Override
  public void close() {
    done(host.stop());
    host.close();
    done(vertx.close());
  }
}
