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

  /**
   * From a peer to here.
   *
   * @param below what the names of the copies begin with
   * @param store where they are made
   */
  record Pull(String peer, String store, String below) implements Role {}

  /** From here to here: usually into another store. */
  record Local(String store, String below) implements Role {}

  /** They stay where they are taken. */
  record SnapshotsOnly() implements Role {}

  /** What the names of the copies begin with that are made here. */
  default Optional<String> root() {
    return switch (this) {
      case Push _, SnapshotsOnly _ -> Optional.empty();
      case Pull(var _, var _, String below) -> Optional.of(below);
      case Local(var _, String below) -> Optional.of(below);
    };
  }

  /** The peer that it needs. */
  default Optional<String> peerName() {
    return switch (this) {
      case Push(String peer) -> Optional.of(peer);
      case Pull(String peer, var _, var _) -> Optional.of(peer);
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
    if (pull.isPresent()) return new Pull(pull.get(), store(reader), below(reader, pull.get()));
    if (local) {
      String store = store(reader);
      return new Local(store, below(reader, store));
    }
    for (String key : List.of("store", "below"))
      if (block.has(key))
        reader.problem(
            key,
            "%s is for pull and local, which make copies here%s"
                .formatted(key, push.isPresent() ? "; where these go, their receiver says" : ""));
    return push.<Role>map(Push::new).orElseGet(SnapshotsOnly::new);
  }

  private static String store(Reader reader) {
    return reader.block().requiredText("store", reader.problems());
  }

  /** A name that is missing has its problem already. */
  private static String below(Reader reader, String from) {
    return reader.prefix("below", (from.isEmpty() ? "copy" : from) + ".");
  }
}
