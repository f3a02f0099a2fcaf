package dev.penstock.pruner;

import dev.penstock.pruner.run.FakeSnapshots;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.ModuleContract;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class PrunerModuleContractTest extends ModuleContract {
  @Override
  protected GatewayModule newModule() {
    return new PrunerModule();
  }

  @Override
  protected Map<String, ?> settings(Path folder) {
    return Map.of(
        "policies",
        Map.of(
            "local",
            Map.of(
                "volumes",
                List.of("*", "!scratch*"),
                "every",
                "1s",
                "keep",
                List.of(Map.of("last", Map.of("count", 1))))),
        "limits",
        Map.of("volumes", 2));
  }

  @Override
  protected void furnish(FakeModuleContext host) {
    host.lend(new OwnRules());
    host.lend(new FakeSnapshots().volume("demo", Taken.all("a@1 b@2")));
  }
}
