package dev.penstock.replication.plan;

import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.volume.Partial;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * All that a plan depends on.
 *
 * @param sender what it has of the volume, in any order
 * @param receiver what it has of it, in any order
 * @param partial what the receiver has of a snapshot that is not there yet
 * @param letGoAtOnce of the sender's snapshots those that the receiver's pruner would destroy as
 *     soon as they came
 * @param receiverConsents whether the receiver may be brought back to an older snapshot
 */
public record Situation(
    List<Version> sender,
    List<Version> receiver,
    Optional<Partial> partial,
    Set<UUID> letGoAtOnce,
    boolean receiverConsents) {
  public Situation {
    sender = List.copyOf(sender);
    receiver = List.copyOf(receiver);
    letGoAtOnce = Set.copyOf(letGoAtOnce);
  }

  /** A receiver that keeps everything it gets, and is not to be brought back. */
  public static Situation of(VolumeHistory sender, Optional<VolumeHistory> receiver) {
    return new Situation(
        Version.of(sender),
        receiver.map(Version::of).orElse(List.of()),
        receiver.flatMap(VolumeHistory::partial),
        Set.of(),
        false);
  }

  public Situation lettingGo(Set<UUID> snapshots) {
    return new Situation(sender, receiver, partial, snapshots, receiverConsents);
  }

  public Situation consenting(boolean consents) {
    return new Situation(sender, receiver, partial, letGoAtOnce, consents);
  }

  Situation withoutPartial() {
    return new Situation(sender, receiver, Optional.empty(), letGoAtOnce, receiverConsents);
  }
}
