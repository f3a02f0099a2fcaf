package dev.penstock.pruner.run;

import dev.penstock.spi.GatewayError;
import java.util.Map;

/**
 * Is told what happens in runs.
 *
 * <p><b>Threads.</b> Any.
 */
public interface Observer {
  void destroyed(int snapshots);

  /** Somebody needs them: they stay for now. */
  void deferred(int snapshots);

  /**
   * One went although somebody needed it, or the part of one that had come, since its store has
   * little room.
   *
   * @param by who needed it, or that it was a part
   */
  void wentForRoom(String volume, String snapshot, String by, long freeBytes);

  void snapshotsFailed(int snapshots);

  /**
   * An attempt at a volume failed.
   *
   * @param again whether this run tries it again
   */
  void volumeFailed(String volume, GatewayError why, int attempt, boolean again);

  /**
   * Snapshots of a volume go that no rule is for; by what their names look like. Once, until they
   * are others.
   */
  void unmatched(String volume, Map<String, Integer> names);

  void ended(RunReport report, long tookNanos);
}
