package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.BlockStatus;
import dev.penstock.spi.volume.Volume;

/**
 * One thing that clients can ask about blocks. Protocol document, "Metadata querying".
 *
 * <p><b>Threads.</b> Any; {@link #describe} may block.
 */
public interface MetaContext {
  /** How many a client may select at most: what an answer may take depends on it. */
  int SELECTED_MAX = 8;

  /** A namespace, a colon, and what it is called there. */
  String name();

  /**
   * Describes the range from its start, as far as there is room. To leave out the end is allowed,
   * to leave out the beginning is not.
   */
  void describe(Volume volume, long offset, long lengthBytes, BlockStatus into);
}
