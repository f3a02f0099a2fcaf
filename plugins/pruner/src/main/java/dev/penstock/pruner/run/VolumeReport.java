package dev.penstock.pruner.run;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a run made of one volume.
 *
 * @param attempts how often it was tried
 * @param stay how many snapshots it has that are not to go
 * @param destroyed the names, of the first {@link #NAMES_MAX}
 * @param destroyedCount of how many
 * @param deferred those that somebody needs, of the first {@link #NAMES_MAX}: no failure
 * @param deferredCount of how many
 * @param forRoom those that went since the store had little room: of the destroyed those that
 *     somebody needed, and who, and a part of a snapshot that had come; the first {@link
 *     #NAMES_MAX}
 * @param forRoomCount of how many
 * @param failed those that are still there, or nobody knows, of the first {@link #NAMES_MAX}
 * @param failedCount of how many
 * @param error why it is not done
 * @param notBefore when it is tried again, at the soonest
 * @param unmatched see {@link dev.penstock.pruner.plan.VolumePlan#unmatchedNames}
 */
public record VolumeReport(
    String volume,
    State state,
    int attempts,
    int stay,
    List<String> destroyed,
    int destroyedCount,
    List<Stayed> deferred,
    int deferredCount,
    List<Stayed> forRoom,
    int forRoomCount,
    List<Stayed> failed,
    int failedCount,
    Optional<String> error,
    Optional<Instant> notBefore,
    Map<String, Integer> unmatched) {

  /** Of a list: the counts are complete, and the log has every name. */
  public static final int NAMES_MAX = 100;

  /** How a volume fared. */
  public enum State {
    /** Everything that was to go is gone, or needed by somebody. */
    DONE,
    /** It failed as often as a run tries, or for good. */
    FAILED,
    /** A call did not come back in time; nothing is asked of the volume until it does. */
    HANGS,
    /** It failed before, and is not tried again yet. */
    BACKING_OFF,
    /** The run ended before it. */
    CANCELLED
  }

  /** A snapshot, and why it is still there, or was for so long. */
  public record Stayed(String snapshot, String why) {}

  public VolumeReport {
    destroyed = List.copyOf(destroyed);
    deferred = List.copyOf(deferred);
    forRoom = List.copyOf(forRoom);
    failed = List.copyOf(failed);
    unmatched = Map.copyOf(unmatched);
  }

  /** Whether an operator would want to read it. */
  boolean tells() {
    return state != State.DONE || destroyedCount > 0 || deferredCount > 0 || forRoomCount > 0;
  }
}
