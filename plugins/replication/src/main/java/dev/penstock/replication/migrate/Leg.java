package dev.penstock.replication.migrate;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumeInfo;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What has to be done next so that the destination has a snapshot of the source's. Pure. */
sealed interface Leg {
  /** It has it, and nothing newer. */
  record There() implements Leg {}

  /** This snapshot is sent, from the offset on. */
  record Send(StreamHeader header) implements Leg {}

  /** What has come of a snapshot there can never be completed. */
  record Discard() implements Leg {}

  /**
   * @param here with {@code target} among its snapshots
   * @param there empty if the destination has nothing, and nothing of it
   * @param all whether the snapshots in between are sent as well
   * @throws GatewayError.Conflict if the destination has what the source has not
   */
  static Leg next(
      VolumeHistory here, Optional<VolumeHistory> there, SnapshotInfo target, boolean all) {
    List<SnapshotInfo> theirs = there.map(VolumeHistory::snapshots).orElse(List.of());
    Optional<UUID> newest =
        theirs.isEmpty() ? Optional.empty() : Optional.of(theirs.getLast().guid());
    int base = newest.map(guid -> place(here, guid)).orElse(-1);
    if (newest.isPresent() && base < 0)
      throw new GatewayError.Conflict(
          "the copy of %s there has snapshot %s, which is none of those here: bring it back to one that both have, or remove it there"
              .formatted(here.name(), theirs.getLast().name()));
    if (newest.equals(Optional.of(target.guid()))) return new There();
    Optional<Partial> partial = there.flatMap(VolumeHistory::partial);
    if (partial.isPresent()) {
      int to = place(here, partial.get().to());
      boolean goesOn = to > base && partial.get().from().equals(newest);
      if (!goesOn) return new Discard();
      return new Send(header(here, newest, here.snapshots().get(to), partial.get().offset()));
    }
    int last = place(here, target.guid());
    return new Send(header(here, newest, here.snapshots().get(all ? base + 1 : last), 0));
  }

  private static int place(VolumeHistory here, UUID guid) {
    List<SnapshotInfo> ours = here.snapshots();
    for (int i = 0; i < ours.size(); i++) if (ours.get(i).guid().equals(guid)) return i;
    return -1;
  }

  private static StreamHeader header(
      VolumeHistory here, Optional<UUID> from, SnapshotInfo to, long offset) {
    UUID volume =
        here.volume()
            .map(VolumeInfo::guid)
            .orElseThrow(
                () -> new GatewayError.NotFound("there is no volume %s".formatted(here.name())));
    return new StreamHeader(
        volume, from, to.guid(), to.name(), to.createdAt(), to.sizeBytes(), offset);
  }
}
