package dev.penstock.spi.module;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import io.vertx.core.Future;
import java.util.List;
import org.pf4j.ExtensionPoint;

/**
 * One service that the gateway runs. The host makes an object per module that is configured, with
 * the constructor that takes nothing.
 *
 * <p><b>Lifecycle.</b>
 *
 * <pre>
 *   descriptor ─► validate ─► start ─► (reconfigure)* ─► stop
 * </pre>
 *
 * {@code descriptor} and {@code validate} also come on objects that are never started. {@link
 * #stop} comes once per {@link #start} that was entered, failed or not; nothing of the module
 * outlives its future.
 *
 * <p><b>Threads.</b> All calls but {@code descriptor} and {@code validate} come on the module's own
 * event-loop context, one at a time, and must not block: fields need no locks. A module starts no
 * thread, timer off its context, executor or shutdown hook of its own.
 *
 * @since SPI 1.0
 */
public interface GatewayModule extends ExtensionPoint {
  ModuleDescriptor descriptor();

  /** Checks the settings without touching disk or network; reports every problem at once. */
  void validate(Block settings, Problems problems);

  /** The same, for a module that uses what other plugins bring. */
  default void validate(Block settings, Extensions extensions, Problems problems) {
    validate(settings, problems);
  }

  /**
   * File handles that these settings, in which {@link #validate} found nothing wrong, allow to be
   * open at once. The host compares them with what the process may have. Touches neither disk nor
   * network.
   */
  default List<FileHandles> fileHandles(Block settings) {
    return List.of();
  }

  /** Completes when the module serves. */
  Future<Void> start(ModuleContext context);

  /**
   * Ends everything: no new work, what is under way gets its time, then what is left is closed. The
   * host waits for as long as its shutdown limit allows, and then undeploys what is left.
   */
  Future<Void> stop();

  /**
   * Applies changed settings, which were validated, without interrupting anybody.
   *
   * @return whether all of them are in force; if not, nothing was changed and the host restarts the
   *     module. Fails if they could be taken like this, and something stood in the way (a disk, a
   *     peer): then the module goes on, and whoever changed the settings is told
   */
  default Future<Boolean> reconfigure(Block settings) {
    return Future.succeededFuture(false);
  }
}
