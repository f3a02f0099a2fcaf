package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.penstock.spi.content.Key;
import java.util.regex.Pattern;

/** The key of the whole content that a chunk is a part of. */
final class WholeKey {
  private static final Pattern CHUNK = Pattern.compile("^([^-]+(?:-[sm]\\d+)*)-S\\d+-C\\d+--");

  private WholeKey() {}

  static byte[] bytes(Key key) {
    if (key.chunk().isEmpty()) return key.text().bytes();
    String latin = new String(key.text().bytes(), ISO_8859_1);
    return CHUNK.matcher(latin).replaceFirst("$1--").getBytes(ISO_8859_1);
  }
}
