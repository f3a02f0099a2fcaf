package dev.penstock.spi.retention;

import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/**
 * What would become of snapshots that are not here yet: modules that prune say so, and modules that
 * receive ask them, so that nothing is sent that would be destroyed as soon as it is there.
 *
 * <p><b>Threads.</b> Any; nothing here blocks.
 *
 * @since SPI 1.0
 */
public interface Retention {
  /** Says what a module would destroy. */
  @FunctionalInterface
  interface Foresight {
    /** As {@link Retention#letsGo}. Comes on the context that it was offered from. */
    Future<Set<UUID>> letsGo(String volume, List<SnapshotInfo> planned);
  }

  /** Nobody lets anything go. */
  Retention NONE =
      new Retention() {
        @Override
        public void offer(Foresight foresight) {}

        @Override
        public Future<Set<UUID>> letsGo(String volume, List<SnapshotInfo> planned) {
          return Future.succeededFuture(Set.of());
        }
      };

  /** Others ask this one too, until the module stops. */
  void offer(Foresight foresight);

  /**
   * Which of the planned snapshots somebody would let go, if all of them were there beside those
   * that are. Does not fail: who cannot tell, or not in time, lets nothing go.
   *
   * @param volume here; it need not be there yet
   * @param planned the oldest first
   */
  Future<Set<UUID>> letsGo(String volume, List<SnapshotInfo> planned);
}
