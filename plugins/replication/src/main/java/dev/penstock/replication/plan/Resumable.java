package dev.penstock.replication.plan;

import dev.penstock.spi.volume.Partial;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** Whether the sender can send the rest of what the receiver has a part of. */
sealed interface Resumable {
  record Yes(Step step) implements Resumable {}

  record No(String why) implements Resumable {}

  static Resumable of(Partial partial, Situation situation) {
    Optional<Version> to =
        Version.snapshots(situation.sender()).stream()
            .filter(one -> one.guid().equals(partial.to()))
            .findFirst();
    if (to.isEmpty())
      return new No(
          "the receiver has a part of @%s, which the sender has no more".formatted(partial.name()));
    if (Base.of(situation.receiver(), partial.from(), partial.to()) != Base.FITS)
      return new No(
          "the receiver has a part of @%s, which does not follow its newest snapshot any more"
              .formatted(partial.name()));
    if (partial.from().isEmpty()) return new Yes(new Step(Optional.empty(), to.get(), true));
    return known(situation.sender(), partial.from().get())
        .<Resumable>map(from -> new Yes(new Step(Optional.of(from), to.get(), true)))
        .orElseGet(() ->
            new No(
                "the receiver has a part of @%s, and the sender has no more what it follows"
                    .formatted(partial.name())));
  }

  /** The snapshot rather than the bookmark: it comes last of the two. */
  private static Optional<Version> known(List<Version> versions, UUID guid) {
    return Version.sorted(versions).reversed().stream()
        .filter(one -> one.guid().equals(guid))
        .findFirst();
  }
}
