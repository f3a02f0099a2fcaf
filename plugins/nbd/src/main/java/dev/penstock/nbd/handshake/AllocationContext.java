package dev.penstock.nbd.handshake;

import java.util.List;

/**
 * {@code base:allocation}, the one metadata context there is. Protocol document, "Metadata
 * querying" and "base: namespace".
 */
public final class AllocationContext {
  /** What a block status chunk calls it, on every connection. */
  public static final int ID = 1;

  static final String NAME = "base:allocation";
  private static final String NAMESPACE = "base:";

  private AllocationContext() {}

  /** Whether LIST names it: asked for nothing in particular, for its namespace, or for itself. */
  static boolean listedBy(List<String> queries) {
    return queries.isEmpty() || queries.contains(NAMESPACE) || selectedBy(queries);
  }

  /** Whether SET selects it: only by its full name, a namespace alone selects nothing. */
  static boolean selectedBy(List<String> queries) {
    return queries.contains(NAME);
  }
}
