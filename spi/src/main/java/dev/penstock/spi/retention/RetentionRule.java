package dev.penstock.spi.retention;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import org.pf4j.ExtensionPoint;

/**
 * A kind of rule by which snapshots are kept: {@code last}, {@code grid}. Of the rules of a policy
 * each names what it keeps; what every one of them lets go is destroyed.
 *
 * <p><b>Lifecycle.</b> The host makes an object whenever somebody asks for the rules that there
 * are, with the constructor that takes nothing; nobody keeps it, or what it made, for longer than
 * it takes to plan, so that its plugin can be unloaded at any time. <b>Threads.</b> Any, one at a
 * time for one object; nothing here blocks, or asks a disk, a network or the time of day.
 *
 * @since SPI 1.0
 */
public interface RetentionRule extends ExtensionPoint {
  /**
   * What a policy's list of rules calls it. Small letters, digits and {@code _}; no two plugins
   * bring the same.
   */
  String key();

  /** One line for {@code penstock plugin list}. */
  String summary();

  /**
   * Reads the block below the key. Every problem goes to {@code problems}, with file and line; then
   * the answer is not used. Comes whenever a configuration is checked, and again before each plan.
   */
  ConfiguredRule read(Block settings, Problems problems);
}
