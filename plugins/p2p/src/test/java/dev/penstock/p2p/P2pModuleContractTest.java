package dev.penstock.p2p;

import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.ModuleContract;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class P2pModuleContractTest extends ModuleContract {
  @Override
  protected GatewayModule newModule() {
    return new P2pModule();
  }

  @Override
  protected Map<String, ?> settings(Path folder) {
    return Map.of(
        "listen", List.of("tcp://127.0.0.1:0"),
        "repositories", Map.of("photos", Map.of("kind", "memory", "anonymous", "read")),
        "users",
            Map.of("alice", Map.of("tokens", List.of("sha256$" + "0".repeat(64)), "rights", "all")),
        "limits", Map.of("locks", 7));
  }

  @Override
  protected void furnish(FakeModuleContext host) {
    host.lend(TestServer.kinds(List.of(new TestStore())));
  }
}
