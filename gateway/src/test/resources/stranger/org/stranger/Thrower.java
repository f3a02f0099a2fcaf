package org.stranger;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.module.ModuleDescriptor;
import io.vertx.core.Future;
import org.pf4j.Extension;

/** A module that cannot start. */
@Extension
public class Thrower implements GatewayModule {
  @Override
  public ModuleDescriptor descriptor() {
    return new ModuleDescriptor("thrower", "Throws.");
  }

  @Override
  public void validate(Block settings, Problems problems) {
    settings.refuseOtherKeys(problems);
  }

  @Override
  public Future<Void> start(ModuleContext context) {
    throw new IllegalStateException("thrown on purpose");
  }

  @Override
  public Future<Void> stop() {
    return Future.succeededFuture();
  }
}
