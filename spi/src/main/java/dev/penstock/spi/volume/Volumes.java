package dev.penstock.spi.volume;

import io.vertx.core.Future;
import java.util.List;

/**
 * The volumes of all stores, by name.
 *
 * <p><b>Threads.</b> Any; nothing here blocks. <b>Errors</b> arrive in the futures.
 *
 * @since SPI 1.0
 */
public interface Volumes {
  /** Every volume of every store that is open. */
  Future<List<VolumeInfo>> list();

  /** Fails with {@link dev.penstock.spi.GatewayError.NotFound} if no store has it. */
  Future<VolumeInfo> find(String name);

  /**
   * The snapshots of a volume, the oldest first; none if its store has no snapshots. Fails with
   * {@link dev.penstock.spi.GatewayError.NotFound} if no store has the volume.
   */
  default Future<List<SnapshotInfo>> snapshots(String volume) {
    return find(volume).map(_ -> List.of());
  }

  /**
   * Opens a volume for a user, who can then be asked to freeze, thaw and retire.
   *
   * <p>Fails with {@link dev.penstock.spi.GatewayError.NotFound}, with {@link
   * dev.penstock.spi.GatewayError.Conflict} that names the user who writes it already, or with what
   * the store says.
   *
   * @param name of a volume; or of a snapshot, {@code demo@monday}, for reading: it is not
   *     destroyed while it is open
   */
  Future<OpenVolume> open(String name, Access access, VolumeUser user);
}
