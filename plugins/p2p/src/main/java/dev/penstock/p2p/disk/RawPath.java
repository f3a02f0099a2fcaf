package dev.penstock.p2p.disk;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A file's name as Linux has it: bytes. Java's paths take what the locale of the process can say,
 * and keys need not be text in any locale. Two are equal if their bytes are.
 */
public final class RawPath {
  private final byte[] bytes;

  private RawPath(byte[] bytes) {
    this.bytes = bytes;
  }

  /** The same file, whatever the locale: a path's URI has its bytes. */
  public static RawPath of(Path path) {
    String encoded = path.toAbsolutePath().toUri().getRawPath();
    var out = new ByteArrayOutputStream(encoded.length());
    for (int i = 0; i < encoded.length(); i++) {
      char letter = encoded.charAt(i);
      if (letter != '%') {
        out.write(letter);
        continue;
      }
      out.write(Integer.parseInt(encoded.substring(i + 1, i + 3), 16));
      i += 2;
    }
    byte[] bytes = out.toByteArray();
    boolean slashed = bytes.length > 1 && bytes[bytes.length - 1] == '/';
    return new RawPath(slashed ? Arrays.copyOf(bytes, bytes.length - 1) : bytes);
  }

  public RawPath resolve(String name) {
    return resolve(name.getBytes(UTF_8));
  }

  /** One that begins with a slash stands for itself. */
  public RawPath resolve(byte[] name) {
    if (name.length > 0 && name[0] == '/') return new RawPath(name.clone());
    byte[] joined = Arrays.copyOf(bytes, bytes.length + 1 + name.length);
    joined[bytes.length] = '/';
    System.arraycopy(name, 0, joined, bytes.length + 1, name.length);
    return new RawPath(joined);
  }

  /** The same with something behind its last name. */
  public RawPath with(String suffix) {
    byte[] more = suffix.getBytes(UTF_8);
    byte[] longer = Arrays.copyOf(bytes, bytes.length + more.length);
    System.arraycopy(more, 0, longer, bytes.length, more.length);
    return new RawPath(longer);
  }

  /** The directory that it is in; itself at the root. */
  public RawPath parent() {
    int slash = bytes.length - 1;
    while (slash > 0 && bytes[slash] != '/') slash--;
    return new RawPath(slash == 0 ? new byte[] {'/'} : Arrays.copyOf(bytes, slash));
  }

  byte[] terminated() {
    return Arrays.copyOf(bytes, bytes.length + 1);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof RawPath path && Arrays.equals(bytes, path.bytes);
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
