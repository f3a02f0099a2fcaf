package dev.penstock.nbd.handshake;

import java.util.List;

/**
 * What a client wants to know of the blocks of an export. Protocol document,
 * "NBD_OPT_LIST_META_CONTEXT" and "NBD_OPT_SET_META_CONTEXT".
 *
 * @param lists whether it asks what there is: then a namespace stands for all that is in it, and no
 *     word at all for everything
 * @param words names and namespaces
 */
public record ContextQuery(boolean lists, List<String> words) {
  /** Nothing, for now. */
  public static final ContextQuery NOTHING = new ContextQuery(false, List.of());

  public ContextQuery {
    words = List.copyOf(words);
  }

  /** Whether this context is among what is asked for. */
  public boolean asksFor(String name) {
    if (lists && words.isEmpty()) return true;
    return words.stream().anyMatch(word -> word.equals(name) || asksForAll(word, name));
  }

  /** Whether any context whose name begins like this could be. */
  public boolean asksForAnyOf(String prefix) {
    if (lists && words.isEmpty()) return true;
    return words.stream().anyMatch(word -> word.startsWith(prefix) || asksForAll(word, prefix));
  }

  private boolean asksForAll(String word, String begins) {
    return lists && word.endsWith(":") && begins.startsWith(word);
  }
}
