package dev.penstock.spi.content;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.penstock.spi.GatewayError;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The name of content: {@code BACKEND[-sSIZE][-mMTIME][-SCHUNK-CNUM]--NAME}. Source: git-annex's
 * {@code doc/internals/key_format}. Two are equal if their bytes are.
 *
 * @since SPI 1.0
 */
public final class Key {
  /** The most bytes of one: names of files are made of it. */
  public static final int BYTES_MAX = 4096;

  /** More than a long holds has as many at least. */
  private static final int DIGITS_MAX = 19;

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

  private Key(
      RawText text, String backend, OptionalLong sizeBytes, Optional<Chunk> chunk, String name) {
    this.text = text;
    this.backend = backend;
    this.sizeBytes = sizeBytes;
    this.chunk = chunk;
    this.name = name;
  }

  /** {@link GatewayError.Invalid} if it is none. */
  public static Key parse(RawText text) {
    byte[] bytes = text.bytes();
    if (bytes.length <= BYTES_MAX) {
      Optional<Key> key = new Reader(text, bytes).read();
      if (key.isPresent()) return key.get();
    }
    throw new GatewayError.Invalid("\"%s\" is no key".formatted(abbreviated(text)));
  }

  /**
   * From left to right: the fields come in this order, each at most once. By hand, since a server
   * reads one for each request.
   */
  private static final class Reader {
    private final RawText text;
    private final byte[] bytes;
    private int at;

    private Reader(RawText text, byte[] bytes) {
      this.text = text;
      this.bytes = bytes;
    }

    private Optional<Key> read() {
      while (at < bytes.length && isOfBackend(bytes[at])) at++;
      int backendBytes = at;
      if (backendBytes == 0) return Optional.empty();
      try {
        OptionalLong size = number('s');
        number('m');
        OptionalLong chunkSize = number('S');
        OptionalLong chunkNumber = number('C');
        if (chunkSize.isPresent() != chunkNumber.isPresent() || !isAt('-', '-') || !isName(at + 2))
          return Optional.empty();
        Optional<Chunk> chunk =
            chunkSize.isPresent()
                ? Optional.of(new Chunk(chunkSize.getAsLong(), chunkNumber.getAsLong()))
                : Optional.empty();
        return Optional.of(
            new Key(text, latin(0, backendBytes), size, chunk, latin(at + 2, bytes.length)));
      } catch (NumberFormatException _) {
        return Optional.empty(); // more than a long holds: nobody has content of that size
      }
    }

    private static boolean isOfBackend(byte one) {
      return (one >= 'A' && one <= 'Z') || isDigit(one) || one == '_';
    }

    private static boolean isDigit(byte one) {
      return one >= '0' && one <= '9';
    }

    private boolean isAt(char first, char second) {
      return at + 1 < bytes.length && bytes[at] == first && bytes[at + 1] == second;
    }

    /** Empty, and nothing read, if there is no such field; zero digits are no number. */
    private OptionalLong number(char field) {
      if (!isAt('-', field)) return OptionalLong.empty();
      int from = at + 2;
      int end = from;
      while (end < bytes.length && isDigit(bytes[end])) end++;
      if (end - from > DIGITS_MAX) throw new NumberFormatException();
      at = end;
      return OptionalLong.of(Long.parseLong(latin(from, end)));
    }

    /** Any bytes but those that would end a line, and one of them at least. */
    private boolean isName(int from) {
      for (int i = from; i < bytes.length; i++)
        if (bytes[i] == 0 || bytes[i] == '\n' || bytes[i] == '\r') return false;
      return from < bytes.length;
    }

    private String latin(int from, int to) {
      return new String(bytes, from, to - from, ISO_8859_1);
    }
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
