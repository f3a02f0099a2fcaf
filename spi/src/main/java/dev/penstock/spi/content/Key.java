package dev.penstock.spi.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.penstock.spi.GatewayError;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of content: {@code BACKEND[-sSIZE][-mMTIME][-SCHUNK-CNUM]--NAME}. Source: git-annex's
 * {@code doc/internals/key_format}. Two are equal if their bytes are.
 *
 * @since SPI 1.0
 */
public final class Key {
  /** The most bytes of one: names of files are made of it. */
  public static final int BYTES_MAX = 4096;

  /** In this order, each at most once. A name has any bytes but those that would end a line. */
  private static final Pattern GRAMMAR =
      Pattern.compile(
          "(?<backend>[A-Z0-9_]+)(?:-s(?<size>\\d{1,19}))?(?:-m(?<mtime>\\d{1,19}))?(?:-S(?<chunk>\\d{1,19})-C(?<number>\\d{1,19}))?--(?<name>[^\\x00\\n\\r]+)");

  private final RawText text;
  private final String backend;
  private final OptionalLong sizeBytes;
  private final Optional<Chunk> chunk;
  private final String name;

  /**
   * One part of content that was cut into parts of a size.
   *
   * @param sizeBytes of each part but the last
   * @param number from 1 on
   */
  public record Chunk(long sizeBytes, long number) {}

  private Key(RawText text, Matcher parts) {
    this.text = text;
    this.backend = parts.group("backend");
    this.sizeBytes = number(parts, "size");
    this.chunk =
        number(parts, "chunk").isEmpty()
            ? Optional.empty()
            : Optional.of(
                new Chunk(number(parts, "chunk").getAsLong(), number(parts, "number").getAsLong()));
    this.name = parts.group("name");
  }

  private static OptionalLong number(Matcher parts, String group) {
    String digits = parts.group(group);
    return digits == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(digits));
  }

  /** {@link GatewayError.Invalid} if it is none. */
  public static Key parse(RawText text) {
    byte[] bytes = text.bytes();
    String latin = new String(bytes, ISO_8859_1);
    Matcher parts = GRAMMAR.matcher(latin);
    try {
      if (bytes.length <= BYTES_MAX && parts.matches()) return new Key(text, parts);
    } catch (NumberFormatException _) {
      // More than a long holds: nobody has content of that size.
    }
    throw new GatewayError.Invalid("\"%s\" is no key".formatted(abbreviated(text)));
  }

  private static String abbreviated(RawText text) {
    String all = text.toString().replaceAll("\\p{Cntrl}", "?");
    return all.length() <= 100 ? all : all.substring(0, 100) + "…";
  }

  public static Key parse(String text) {
    return parse(RawText.of(text));
  }

  /** As it was written. */
  public RawText text() {
    return text;
  }

  /** How content is named: {@code SHA256E}, {@code WORM}. */
  public String backend() {
    return backend;
  }

  /** Of the whole content, if the key says it. Of a part see {@link #contentBytes}. */
  public OptionalLong sizeBytes() {
    return sizeBytes;
  }

  public Optional<Chunk> chunk() {
    return chunk;
  }

  /** How many bytes its content has, if the key says it. */
  public OptionalLong contentBytes() {
    if (chunk.isEmpty() || sizeBytes.isEmpty()) return sizeBytes;
    Chunk part = chunk.get();
    if (part.number() < 1 || part.sizeBytes() < 1) return OptionalLong.empty();
    long before =
        part.number() - 1 > Long.MAX_VALUE / part.sizeBytes()
            ? Long.MAX_VALUE
            : (part.number() - 1) * part.sizeBytes();
    return OptionalLong.of(Math.max(0, Math.min(part.sizeBytes(), sizeBytes.getAsLong() - before)));
  }

  /** What comes after the dashes, each byte as one char. */
  public String name() {
    return name;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Key key && text.equals(key.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text.toString();
  }
}
