package dev.penstock.replication.plan;

import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What a receiver's newest snapshot means for a step that somebody wants to take. */
public enum Base {
  /** The step follows it: it can be received. */
  FITS,
  /** It is what the step would bring: there is nothing left to do but to say so. */
  DONE,
  /** It is neither. Whoever wants the step has to plan again. */
  MOVED;

  public static Base of(Collection<Version> receiver, Optional<UUID> from, UUID to) {
    List<Version> snapshots = Version.snapshots(receiver);
    Optional<UUID> newest =
        snapshots.isEmpty() ? Optional.empty() : Optional.of(snapshots.getLast().guid());
    if (newest.equals(Optional.of(to))) return DONE;
    return newest.equals(from) ? FITS : MOVED;
  }
}
