package dev.penstock.nbd.mirror;

import dev.penstock.nbd.client.ServerUri;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;

/**
 * Where a mirror goes: a URI of the NBD project's, or {@code flexnbd://host:port} for a listener
 * that speaks old-style NBD and takes the disconnect message for the end of a move.
 *
 * @param oldStyle whether nothing else is taken for the right one
 */
record MirrorUri(ServerUri server, boolean oldStyle) {
  static final String FLEXNBD = "flexnbd";
  static final Set<String> SCHEMES = Set.of("nbd", "nbds", "nbd+unix", "nbds+unix", FLEXNBD);

  static final String EXAMPLES = "flexnbd://host:4777, " + ServerUri.EXAMPLES;

  /**
   * Reads a URI.
   *
   * @return empty if it is none; one of flexnbd's names a port, which has no default, and no export
   */
  static Optional<MirrorUri> parse(String text) {
    boolean flexnbd = text.startsWith(FLEXNBD + "://");
    Optional<ServerUri> server =
        ServerUri.parse(flexnbd ? "nbd" + text.substring(FLEXNBD.length()) : text, Path.of("/"));
    if (flexnbd && !text.matches(FLEXNBD + "://[^/?#]+:[0-9]+/?")) return Optional.empty();
    return server.map(there -> new MirrorUri(there, flexnbd));
  }

  /** As it was written. */
  @Override
  public String toString() {
    if (!oldStyle) return server.toString();
    String text = server.toString();
    return FLEXNBD + text.substring("nbd".length(), text.length() - 1);
  }
}
