package dev.penstock.p2p.line;

import dev.penstock.spi.content.RawText;
import java.io.ByteArrayOutputStream;
import java.util.Optional;

/** How the name of a file is said in one word: blanks are percent signs, and those are two. */
final class FileWord {
  /** What a line has left beside a key. A name that is longer is only left out: it is a hint. */
  private static final int BYTES_MAX = 16 << 10;

  private static final byte[] NONE = {};

  private FileWord() {}

  /** Empty for no name, and for an absolute one, which the other side rejects. */
  static byte[] of(Optional<RawText> file) {
    byte[] name = file.map(RawText::bytes).orElse(NONE);
    if (name.length == 0 || name.length > BYTES_MAX || name[0] == '/') return NONE;
    var word = new ByteArrayOutputStream(name.length);
    for (byte one : name) {
      switch (one) {
        case ' ', '\t', '\n', '\r', '\f', 0x0b -> word.write('%');
        case '%' -> {
          word.write('%');
          word.write('%');
        }
        default -> word.write(isControl(one) ? '_' : one);
      }
    }
    return word.toByteArray();
  }

  private static boolean isControl(byte one) {
    return (one >= 0 && one < ' ') || one == 0x7f;
  }
}
