package dev.penstock.volumes;

import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** What is kept of who owns volumes, whether there are any of these names or not. */
final class HistoryOwnerships {
  private static final List<String> NAMES = List.of("a", "b", "c", "in0", "nobody", "a.json");
  private static final Counterpart OTHER = new Counterpart("peer", "there");

  private final HistoryState state;
  private final Random random;

  HistoryOwnerships(HistoryState state, Random random) {
    this.state = state;
    this.random = random;
  }

  void step() {
    String name = NAMES.get(random.nextInt(NAMES.size()));
    if (random.nextInt(5) == 0) record(name, Optional.empty());
    else record(name, Optional.of(another()));
  }

  /** Never the same twice, so that an old one is told from a new one. */
  private Ownership another() {
    var epoch = new Epoch(state.next("epoch"), new UUID(0, 7));
    return switch (random.nextInt(4)) {
      case 0 -> new Ownership(new Ownership.Owner(), epoch, Optional.of(epoch));
      case 1 -> new Ownership(new Ownership.Handed(epoch, OTHER), epoch, Optional.of(Epoch.FIRST));
      case 2 -> new Ownership(new Ownership.Gone(epoch, OTHER), epoch, Optional.of(Epoch.FIRST));
      default -> {
        var before = new Ownership.Gone(Epoch.FIRST, OTHER);
        var prepared = new Ownership.Prepared(epoch, OTHER, "d".repeat(64), before);
        yield new Ownership(prepared, epoch, Optional.empty());
      }
    };
  }

  void record(String name, Optional<Ownership> next) {
    state.note("%s is owned as %s", name, next);
    state.inFlight = new InFlight.Recording(name, next);
    if (next.isPresent()) state.store().ownerships().keep(name, next.get());
    else state.store().ownerships().forget(name);
    recorded(state, name, next);
    state.inFlight = new InFlight.Nothing();
  }

  static void recorded(HistoryState state, String name, Optional<Ownership> now) {
    if (now.isPresent()) state.ownerships.put(name, now.get());
    else state.ownerships.remove(name);
  }
}
