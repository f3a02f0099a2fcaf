package dev.penstock.gateway.admin;

/** Text of a caller's, made fit to stand in a log line or a message. */
final class Plain {
  static final int CHARACTERS_MAX = 200;

  private Plain() {}

  /** Without control characters, which could forge a line, and no longer than a line. */
  static String text(String sent) {
    var plain = new StringBuilder();
    for (int i = 0; i < sent.length() && i < CHARACTERS_MAX; i++) {
      char c = sent.charAt(i);
      plain.append(Character.isISOControl(c) ? '?' : c);
    }
    if (sent.length() > CHARACTERS_MAX) plain.append('…');
    return plain.toString();
  }
}
