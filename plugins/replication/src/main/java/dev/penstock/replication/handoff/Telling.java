package dev.penstock.replication.handoff;

import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import java.util.Optional;

/** Who owns a volume, in a sentence for people. */
public final class Telling {
  private Telling() {}

  public static String of(Optional<Ownership> now) {
    return now.map(Telling::of).orElse("nothing is known of it here");
  }

  public static String of(Ownership now) {
    return switch (now.phase()) {
      case Ownership.None _ -> "it is not owned here";
      case Ownership.Owner(Optional<Counterpart> over) ->
          "it is owned here" + over.map(other -> ", taken by force from " + other).orElse("");
      case Ownership.Offered(_, Counterpart to) -> "it is on its way to " + to;
      case Ownership.Handed(_, Counterpart to) ->
          "it was given to %s, which has not confirmed it".formatted(to);
      case Ownership.Gone(_, Counterpart to) -> "it was handed over to " + to;
      case Ownership.Receiving(_, Counterpart from, _) -> "it comes here from " + from;
      case Ownership.Prepared(_, Counterpart from, _, _) ->
          "it has come here from %s, which has not said that it is ours".formatted(from);
      case Ownership.Forked(Epoch other, Counterpart with) ->
          "it is owned here and at %s, both in epoch %d".formatted(with, other.number());
    };
  }
}
