package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.penstock.spi.content.Key;
import java.io.ByteArrayOutputStream;

/** What files of a key are called: the key, without what no name can have. */
final class KeyFile {
  private KeyFile() {}

  /** Different keys have different ones. */
  static byte[] of(Key key) {
    byte[] in = key.text().bytes();
    var out = new ByteArrayOutputStream(in.length);
    for (byte one : in)
      switch (one) {
        case '&' -> out.writeBytes("&a".getBytes(US_ASCII));
        case '%' -> out.writeBytes("&s".getBytes(US_ASCII));
        case ':' -> out.writeBytes("&c".getBytes(US_ASCII));
        case '/' -> out.write('%');
        default -> out.write(one);
      }
    return out.toByteArray();
  }
}
