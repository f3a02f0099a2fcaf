package dev.penstock.spi.module;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.AdminRoutes;
import dev.penstock.spi.bus.Commands;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.metrics.Metrics;
import dev.penstock.spi.process.Children;
import dev.penstock.spi.retention.Retention;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.stream.RecordCompression;
import dev.penstock.spi.task.Tasks;
import dev.penstock.spi.volume.Volumes;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/**
 * What a module may use of the host, from {@link GatewayModule#start} until its {@code stop} has
 * completed. The host takes back whatever the module leaves behind.
 *
 * @since SPI 1.0
 */
public interface ModuleContext {
  /** The module's name in the configuration. */
  String module();

  /** Settings that {@link GatewayModule#validate} found nothing wrong with. */
  Block settings();

  /** For servers, clients and timers, on the contexts of the module and of what it serves with. */
  Vertx vertx();

  /**
   * Serves on several event loops at once.
   *
   * @param instances how many; {@link #CORES} for one per core
   * @param factory comes once per instance, on its event loop
   * @return completes when all have started; if one fails, all are stopped and the future fails
   *     with its reason
   */
  Future<Void> serve(int instances, Supplier<? extends Serving> factory);

  /** One instance per core. */
  int CORES = 0;

  Listeners listeners();

  Volumes volumes();

  /** {@link GatewayError.Unsupported} from a host that lends none. */
  default Snapshots snapshots() {
    throw new GatewayError.Unsupported("this host lends no snapshots to modules");
  }

  /** {@link GatewayError.Unsupported} from a host that hands nothing over. */
  default Handoffs handoffs() {
    throw new GatewayError.Unsupported("this host hands no volumes over");
  }

  /** What would become of snapshots that are not here yet. */
  default Retention retention() {
    return Retention.NONE;
  }

  /** What other plugins bring for this one to use. */
  default Extensions extensions() {
    return Extensions.NONE;
  }

  Tasks tasks();

  /** {@link GatewayError.Unsupported} from a host that lends none. */
  default FileWorkers workers() {
    throw new GatewayError.Unsupported("this host lends no workers to modules");
  }

  /** {@link GatewayError.Unsupported} from a host that starts no programs. */
  default Children children() {
    throw new GatewayError.Unsupported("this host starts no programs for modules");
  }

  Events events();

  Commands commands();

  AdminRoutes admin();

  ModuleState state();

  Metrics metrics();

  InstantSource clock();

  /**
   * Where clients that were let in or refused are noted. A host that keeps no such log drops it.
   */
  default Audit audit() {
    return Audit.NONE;
  }

  /** What a stop makes of something that was under way. */
  enum Rest {
    /** It came to nothing: whoever wants it starts it anew. */
    BROKEN_OFF,
    /** A next start finishes it, and nothing else does. */
    FOR_THE_NEXT_START
  }

  /**
   * Says, before its {@code stop} completes, that something was under way and is not done. If it is
   * the process that stops it ends with an exit code of its own for each of the two, and with this
   * as one of its last lines. A host whose process goes on drops it.
   *
   * @param what a line for an operator: what it is, and what to do
   */
  default void leaveUnfinished(Rest rest, String what) {}

  /**
   * What block streams may be compressed with here, the best first; empty where there is nothing.
   * They keep nothing: one serves any number of streams at once.
   */
  default List<RecordCompression> compressions() {
    return List.of();
  }
}
