package dev.penstock.p2p.hash;

import dev.penstock.spi.content.Key;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Whether content is what its key stands for: as far as the key says how many bytes it has, and
 * what they come to.
 *
 * <p><b>Lifecycle.</b> All bytes of the content in their order, then {@link #matches}, once.
 * <b>Threads.</b> One at a time, and each sees what the one before did.
 */
public final class KeyCheck {
  private final Key key;
  private final Optional<Hasher> hasher;
  private long bytes;

  private KeyCheck(Key key, Optional<Hasher> hasher) {
    this.key = key;
    this.hasher = hasher;
  }

  public static KeyCheck of(Key key) {
    return new KeyCheck(key, backend(key).map(Backend::hasher));
  }

  /** Whether only that very content passes, and nobody can make other that does. */
  public static boolean isSecure(Key key) {
    return backend(key).map(Backend::isSecure).orElse(false);
  }

  /** Whether the bytes matter, and not only how many there are. */
  public static boolean looksAtBytes(Key key) {
    return backend(key).isPresent();
  }

  private static Optional<Backend> backend(Key key) {
    return key.chunk().isPresent() ? Optional.empty() : Backend.of(key);
  }

  public void update(byte[] piece, int offset, int lengthBytes) {
    bytes += lengthBytes;
    hasher.ifPresent(to -> to.update(piece, offset, lengthBytes));
  }

  /** So many bytes, which nobody has to see if {@link #looksAtBytes} says so. */
  public void passOver(long lengthBytes) {
    bytes += lengthBytes;
  }

  public boolean matches() {
    boolean sized = key.contentBytes().isEmpty() || key.contentBytes().getAsLong() == bytes;
    return sized
        && hasher
            .map(Hasher::finish)
            .map(hash -> HexFormat.of().formatHex(hash).equals(written()))
            .orElse(true);
  }

  /** The hash in the key's name: an extension begins at the first dot. */
  private String written() {
    String name = key.name();
    int dot = Backend.hasExtension(key) ? name.indexOf('.') : -1;
    return dot < 0 ? name : name.substring(0, dot);
  }
}
