package dev.penstock.replication.config;

import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.snapshot.Snapshots;
import java.util.regex.Pattern;

/** What peers, jobs and anchors may be called: their names become parts of tags. */
final class Names {
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*");
  private static final Pattern WORDS = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  /** What the receiver's own anchor is called: {@code anchor.received}. */
  static final String RESERVED = "received";

  private Names() {}

  /**
   * A dot would make the tags of two jobs one: {@link Snapshots#ANCHOR_PREFIX} with a peer and a
   * job has one between them.
   */
  static void checkAnchor(String name, String what, Mark at, Problems problems) {
    if (!WORD.matcher(name).matches() || name.length() > Limits.NAME_CHARACTERS_MAX)
      problems.add(
          at,
          "%s is \"%s\"; it takes letters, digits, '_' and '-', %d at most"
              .formatted(what, name, Limits.NAME_CHARACTERS_MAX));
    else if (name.equals(RESERVED))
      problems.add(at, "%s is \"%s\", which is what receivers call theirs".formatted(what, name));
  }

  static void checkPeer(String name, String what, Mark at, Problems problems) {
    if (!WORDS.matcher(name).matches() || name.length() > Limits.NAME_CHARACTERS_MAX)
      problems.add(
          at,
          "%s is \"%s\"; it takes letters, digits, '.', '_' and '-', %d at most"
              .formatted(what, name, Limits.NAME_CHARACTERS_MAX));
  }
}
