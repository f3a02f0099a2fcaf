package dev.penstock.pruner;

import dev.penstock.pruner.admin.PruneRoutes;
import dev.penstock.pruner.config.PrunerConfig;
import dev.penstock.pruner.config.Rules;
import dev.penstock.pruner.run.Foreseen;
import dev.penstock.pruner.run.Pruner;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.module.ModuleDescriptor;
import io.vertx.core.Future;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.pf4j.Extension;

/**
 * Destroys snapshots that no rule keeps any longer. The parts and how they hang together; each does
 * its own work.
 */
@Extension
public final class PrunerModule implements GatewayModule {
  /** What there is from start to stop. */
  private record Running(
      ModuleContext context,
      AtomicReference<PrunerConfig> config,
      Pruner pruner,
      Schedule schedule) {}

  private @Nullable Running running;

  @Override
  public ModuleDescriptor descriptor() {
    return new ModuleDescriptor("pruner", "Destroys snapshots that no rule keeps any longer");
  }

  @Override
  public void validate(Block settings, Problems problems) {
    validate(settings, Extensions.NONE, problems);
  }

  @Override
  public void validate(Block settings, Extensions extensions, Problems problems) {
    PrunerConfig.read(settings, new Rules(extensions), problems);
  }

  @Override
  public Future<Void> start(ModuleContext context) {
    var config = new AtomicReference<>(read(context, context.settings()));
    Supplier<Rules> rules = () -> new Rules(context.extensions());
    var snapshots = context.snapshots();
    var observer = new PrunerObserver(context);
    var pruner =
        new Pruner(context.tasks(), snapshots, config::get, rules, context.clock(), observer);
    observer.show(pruner.standings());
    var foreseen = new Foreseen(context.vertx(), snapshots, config::get, rules, context.clock());
    context.retention().offer(foreseen);
    context
        .admin()
        .mount(new PruneRoutes(config::get, pruner, foreseen, snapshots).routes(), openapi());
    running = new Running(context, config, pruner, new Schedule(context, pruner, config.get()));
    return Future.succeededFuture();
  }

  private static PrunerConfig read(ModuleContext context, Block settings) {
    return PrunerConfig.read(settings, new Rules(context.extensions()), new Problems());
  }

  static String openapi() {
    try (InputStream in = PrunerModule.class.getResourceAsStream("openapi.yaml")) {
      if (in == null) throw new IllegalStateException("the plugin's archive lacks openapi.yaml");
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All of it: a run that is under way goes on with what is new, from its next call on. */
  @Override
  public Future<Boolean> reconfigure(Block settings) {
    Running now = running;
    if (now == null) return Future.succeededFuture(false);
    PrunerConfig wanted = read(now.context, settings);
    now.config.set(wanted);
    now.schedule.change(wanted);
    now.pruner.standings().retain(volume -> !wanted.policiesOf(volume).isEmpty());
    return Future.succeededFuture(true);
  }

  @Override
  public Future<Void> stop() {
    Running now = running;
    running = null;
    if (now == null) return Future.succeededFuture();
    now.schedule.close();
    return now.pruner.stop();
  }
}
