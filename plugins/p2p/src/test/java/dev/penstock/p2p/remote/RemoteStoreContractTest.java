package dev.penstock.p2p.remote;

import static dev.penstock.spi.testing.Settled.done;

import dev.penstock.p2p.P2pModule;
import dev.penstock.p2p.TestServer;
import dev.penstock.p2p.serve.Observer;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.KeyStoreContract;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.MemoryKeyStore;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Vertx;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;

/** A repository behind our own server is one like any other: both ends of the protocol at once. */
class RemoteStoreContractTest extends KeyStoreContract {
  private Optional<FakeModuleContext> server = Optional.empty();

  @Override
  protected KeyStore open(Vertx vertx) {
    var memory = new MemoryKeyStore();
    var host =
        new FakeModuleContext(
            vertx,
            "p2p",
            TestSettings.block(
                "modules.p2p",
                Map.of(
                    "listen",
                    "tcp://127.0.0.1:0",
                    "anonymous",
                    "all",
                    "repositories",
                    Map.of("far", Map.of("kind", memory.kind())))));
    server = Optional.of(host);
    host.lend(TestServer.kinds(List.of(memory)));
    done(host.start(new P2pModule()));
    URI address = URI.create(host.events().await(Observer.LISTENING).details().get("address"));
    var store = new RemoteStore();
    var settings =
        TestSettings.block(
            "far",
            Map.of(
                "url",
                "annex+http://127.0.0.1:%d".formatted(address.getPort()),
                "uuid",
                MemoryKeyStore.UUID));
    done(store.open(FakeKeyStoreContext.of("far", settings, vertx)));
    return store;
  }

  @AfterEach
  void stop() {
    server.ifPresent(host -> {
      done(host.stop());
      host.close();
    });
  }
}
