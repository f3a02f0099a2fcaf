package dev.penstock.replication.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Where a job's snapshots come from and where they go. */
public sealed interface Role {
  /** From here to a peer. */
  record Push(String peer) implements Role {}

  /** From a peer to here. */
  record Pull(String peer, Root root) implements Role {}

  /** From here to here: usually into another store. */
  record Local(Root root) implements Role {}

  /**
   * Where copies are made here.
   *
   * @param store where new ones are
   * @param below what their names begin with
   * @param home what the sender's names begin with for volumes that were here first and come back;
   *     empty if none do
   */
  record Root(String store, String below, Optional<String> home) {
    /**
     * @param from what the copies are called after if nothing else is said
     */
    static Root read(Reader reader, String from) {
      String store = reader.block().requiredText("store", reader.problems());
      // A name that is missing has its problem already.
      String below = reader.prefix("below", (from.isEmpty() ? "copy" : from) + ".");
      Optional<String> home =
          reader.block().has("home") ? Optional.of(reader.prefix("home", "")) : Optional.empty();
      return new Root(store, below, home);
    }
  }

  /** They stay where they are taken. */
  record SnapshotsOnly() implements Role {}

  /** What the names of the copies begin with that are made here. */
  default Optional<String> copiesBelow() {
    return switch (this) {
      case Push _, SnapshotsOnly _ -> Optional.empty();
      case Pull(var _, Root root) -> Optional.of(root.below());
      case Local(Root root) -> Optional.of(root.below());
    };
  }

  /** The peer that it needs. */
  default Optional<String> peerName() {
    return switch (this) {
      case Push(String peer) -> Optional.of(peer);
      case Pull(String peer, var _) -> Optional.of(peer);
      case Local _, SnapshotsOnly _ -> Optional.empty();
    };
  }

  static Role read(Block block, Problems problems) {
    var reader = new Reader(block, problems);
    Optional<String> push = block.optionalText("push", problems);
    Optional<String> pull = block.optionalText("pull", problems);
    boolean local = block.bool("local", false, problems);
    List<String> said = new ArrayList<>();
    if (push.isPresent()) said.add("push");
    if (pull.isPresent()) said.add("pull");
    if (local) said.add("local");
    if (said.size() > 1)
      reader.problem(
          said.getLast(),
          "%s are different jobs: write one for each".formatted(String.join(" and ", said)));
    if (pull.isPresent()) return new Pull(pull.get(), Root.read(reader, pull.get()));
    if (local)
      return new Local(Root.read(reader, block.optionalText("store", problems).orElse("")));
    for (String key : List.of("store", "below", "home"))
      if (block.has(key))
        reader.problem(
            key,
            "%s is for pull and local, which make copies here%s"
                .formatted(key, push.isPresent() ? "; where these go, their receiver says" : ""));
    return push.<Role>map(Push::new).orElseGet(SnapshotsOnly::new);
  }
}
