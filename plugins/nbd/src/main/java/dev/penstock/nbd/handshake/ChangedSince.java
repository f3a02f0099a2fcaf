package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.BlockStatus;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import java.util.UUID;

/**
 * {@code penstock:changed-since:SNAPSHOT}: which bytes may differ from what the snapshot shows. Bit
 * 0 says that they may, as in a dirty bitmap; all other bits are 0.
 *
 * @param snapshot its name
 * @param guid which one it was when the client chose it; another one that takes the name is not
 *     meant
 */
public record ChangedSince(String snapshot, UUID guid) implements MetaContext {
  /** What all names begin with. */
  public static final String PREFIX = "penstock:changed-since:";

  private static final int CHANGED = 1;

  @Override
  public String name() {
    return PREFIX + snapshot;
  }

  @Override
  public void describe(Volume volume, long offset, long lengthBytes, BlockStatus into) {
    try {
      volume.changes(
          guid,
          offset,
          lengthBytes,
          change -> into.add(change.lengthBytes(), change.changed() ? CHANGED : 0));
    } catch (GatewayError.NotFound gone) {
      // No I/O error: the bytes are well, and asking again for this cannot help.
      throw new GatewayError.Invalid(
          "%s: the snapshot was destroyed meanwhile, or is not one that %s comes from any more"
              .formatted(name(), volume.info().name()));
    }
  }
}
