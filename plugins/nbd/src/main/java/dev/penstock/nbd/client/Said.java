package dev.penstock.nbd.client;

import static java.util.stream.Collectors.joining;

/** What a server says in words, made fit for our messages and logs: it may be anybody. */
final class Said {
  /** A reason is a sentence or two; the protocol would let it be thousands of bytes. */
  static final int CHARACTERS_MAX = 200;

  private Said() {}

  /** The beginning of it, in one line, with a question mark for what cannot be seen. */
  static String of(String text) {
    String said =
        text.codePoints()
            .limit(CHARACTERS_MAX)
            .mapToObj(c -> isVisible(c) ? Character.toString(c) : "?")
            .collect(joining());
    return text.codePointCount(0, text.length()) > CHARACTERS_MAX ? said + "…" : said;
  }

  /** Controls end a line or move a terminal's cursor; formats turn the reading direction. */
  private static boolean isVisible(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
