package dev.penstock.replication.migrate;

import dev.penstock.replication.flow.Bandwidth;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.BlockTarget.Farewell;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.task.Task;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * One volume on its way to somewhere else, at its source: to a gateway ({@link Migration}), or to
 * something that is none ({@link Mirroring}).
 *
 * <p><b>Lifecycle.</b> Either {@link #run}, once, or {@link #discard}. <b>Threads.</b> {@link #run}
 * is a task; the rest comes from any.
 */
interface Move {
  String volume();

  Counterpart to();

  Wishes wishes();

  Bandwidth bandwidth();

  Progress.Seen seen();

  /** What is known of a last word that nobody acknowledges; empty where it is, or before it. */
  default Optional<Farewell> farewell() {
    return Optional.empty();
  }

  /** Whether it was given up, and is not known to be confirmed. */
  default boolean isLeft() {
    return false;
  }

  /** Somebody else has brought to its end what this one has left: see {@link #isLeft}. */
  default void settled() {}

  /** The operator says that it may be handed over. */
  void confirm();

  /**
   * Keeps the volume. {@link GatewayError.Conflict} if it was given up already.
   *
   * @return completes when it is durable that nothing comes of it
   */
  Future<Void> abort();

  /**
   * The gateway stops: what is not decided is kept, durably, and what is decided is left to the
   * next start. Harmless twice.
   */
  void leave();

  /** Ends whatever it waits for. */
  void interrupt();

  /** To its end. */
  Optional<Void> run(Task task) throws InterruptedException;

  /** It is never run. */
  default void discard() {}
}
