package dev.penstock.nbd;

import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.ModuleContract;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class NbdModuleContractTest extends ModuleContract {
  @Override
  protected GatewayModule newModule() {
    return new NbdModule();
  }

  @Override
  protected Map<String, ?> settings(Path folder) {
    return Map.of(
        "listen", List.of("tcp://127.0.0.1:0", "unix:" + folder.resolve("nbd.sock")),
        "default_export", "demo",
        "exports", Map.of("demo", Map.of("volume", "demo")),
        "limits", Map.of("handshake", "5s"));
  }

  @Override
  protected void furnish(FakeModuleContext host) {
    host.volumes().add("demo", 1 << 20);
  }
}
