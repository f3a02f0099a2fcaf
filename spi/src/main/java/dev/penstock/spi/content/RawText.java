package dev.penstock.spi.content;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/**
 * Bytes that are text for most people: a key, or a file's name, which Unix does not promise to be
 * UTF-8. Two are equal if their bytes are.
 *
 * @since SPI 1.0
 */
public final class RawText {
  private final byte[] bytes;

  private RawText(byte[] bytes) {
    this.bytes = bytes;
  }

  public static RawText of(byte[] bytes) {
    return new RawText(bytes.clone());
  }

  public static RawText of(String text) {
    return new RawText(text.getBytes(UTF_8));
  }

  public byte[] bytes() {
    return bytes.clone();
  }

  public boolean isEmpty() {
    return bytes.length == 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RawText text && Arrays.equals(bytes, text.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  /** For people: what is no UTF-8 is replaced. */
  @Override
  public String toString() {
    return new String(bytes, UTF_8);
  }
}
