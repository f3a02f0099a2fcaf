package dev.penstock.nbd.config;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Who may have an export, by where it comes from. An empty list is nobody. Immutable.
 *
 * @param all whether everybody may, wherever it comes from
 * @param local whether those may who come through a unix socket, which have no address
 */
public record AllowList(boolean all, boolean local, List<Network> networks) {
  /** Everybody, from everywhere. */
  public static final String ALL = "all";

  /** Whoever comes through a unix socket: whether it may is decided by the socket's permissions. */
  public static final String LOCAL = "local";

  /** What an export has that says nothing of it. */
  public static final AllowList EVERYBODY = new AllowList(true, false, List.of());

  /** Each client that connects is held against every entry. */
  static final int ENTRIES_MAX = 256;

  public AllowList {
    networks = List.copyOf(networks);
  }

  /** Whether a client from there may; empty for a unix socket. */
  public boolean allows(Optional<InetAddress> from) {
    if (all) return true;
    return from.map(address -> networks.stream().anyMatch(n -> n.contains(address))).orElse(local);
  }

  /**
   * Whether whoever may by the other list may by this one. Networks are looked at one by one: two
   * halves are not known to be the whole.
   */
  boolean covers(AllowList other) {
    if (all) return true;
    return !other.all
        && (local || !other.local)
        && other.networks.stream()
            .allMatch(theirs -> networks.stream().anyMatch(ours -> ours.contains(theirs)));
  }

  /** As it is written. */
  public List<String> words() {
    return Stream.of(
            all ? Stream.of(ALL) : Stream.<String>empty(),
            local ? Stream.of(LOCAL) : Stream.<String>empty(),
            networks.stream().map(Network::toString))
        .flatMap(words -> words)
        .toList();
  }

  /** Reads the setting {@code allow}; a block without it allows everybody. */
  static AllowList read(Block block, Problems problems) {
    if (!block.has("allow")) return EVERYBODY;
    boolean all = false;
    boolean local = false;
    List<Network> networks = new ArrayList<>();
    List<Setting.Text> words = block.texts("allow", List.of(), problems);
    for (Setting.Text word : words) {
      switch (word.text()) {
        case ALL -> all = true;
        case LOCAL -> local = true;
        default -> {
          try {
            networks.add(Network.parse(word.text()));
          } catch (IllegalArgumentException e) {
            problems.add(word.at(), "%s: allow: %s".formatted(block.name(), e.getMessage()));
          }
        }
      }
    }
    if (words.size() > ENTRIES_MAX) {
      problems.add(
          block.at("allow"),
          "%s: allow has %d entries; the most is %d"
              .formatted(block.name(), words.size(), ENTRIES_MAX));
    }
    return new AllowList(all, local, networks.stream().distinct().toList());
  }
}
