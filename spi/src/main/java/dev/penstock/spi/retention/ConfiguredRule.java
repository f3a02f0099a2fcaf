package dev.penstock.spi.retention;

import dev.penstock.spi.volume.SnapshotInfo;
import java.util.BitSet;

/**
 * A rule with its settings: a pure function. The same series gives the same answer, however often
 * it is asked.
 *
 * @since SPI 1.0
 */
@FunctionalInterface
public interface ConfiguredRule {
  /** The places in the series of those that it lets go. It keeps all others. */
  BitSet letsGo(Series series);

  /**
   * Whether it is a rule for snapshots like this one, and so decides how long such are kept. A rule
   * for {@code ^auto-} is none for {@code before-upgrade}, which it lets go at once. Whoever means
   * to keep that has to say so in another rule; who seems to have forgotten it is warned.
   */
  default boolean isFor(SnapshotInfo snapshot) {
    return true;
  }
}
