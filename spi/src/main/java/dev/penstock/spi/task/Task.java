package dev.penstock.spi.task;

import java.util.UUID;

/**
 * A piece of work under way, as the work itself sees it.
 *
 * <p><b>Threads.</b> The thread that the work runs on. <b>Units.</b> Those that {@link Tasks#run}
 * was given a total of.
 *
 * @since SPI 1.0
 */
public interface Task {
  UUID guid();

  String name();

  /** How far the work is, from the beginning; less than before is no progress. */
  void reached(long units);

  /** How much there is to do has become known, or is another than {@link Tasks#run} was told. */
  default void outOf(long unitsTotal) {}

  /** The work begins to move again after {@link #idle}. */
  void busy();

  /**
   * The work waits for somebody who may take as long as he likes: no stall is reported until {@link
   * #busy} or {@link #reached}.
   */
  void idle();
}
