package dev.penstock.p2p.hash;

import dev.penstock.spi.content.Key;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.bouncycastle.crypto.digests.Blake2bDigest;
import org.bouncycastle.crypto.digests.Blake2bpDigest;
import org.bouncycastle.crypto.digests.Blake2sDigest;
import org.bouncycastle.crypto.digests.Blake2spDigest;
import org.bouncycastle.crypto.digests.SkeinDigest;

/**
 * The hashes that git-annex names content by. Each also comes with an E at its end: the same hash,
 * and the name of the key ends with the file's extension. Source: git-annex's manual page {@code
 * backends}; each is compared with the real program's in a test.
 *
 * <p>Of all other keys ({@code WORM}, {@code URL}, external backends, {@code BLAKE2SP224}, which no
 * library has) and of chunks, whose key has the hash of the whole, only the size can be verified.
 */
@SuppressWarnings("ImmutableEnumChecker") // what makes a hasher keeps nothing
enum Backend {
  SHA256(true, () -> Hasher.ofJdk("SHA-256")),
  SHA512(true, () -> Hasher.ofJdk("SHA-512")),
  SHA384(true, () -> Hasher.ofJdk("SHA-384")),
  SHA224(true, () -> Hasher.ofJdk("SHA-224")),
  SHA1(false, () -> Hasher.ofJdk("SHA-1")),
  MD5(false, () -> Hasher.ofJdk("MD5")),
  SHA3_512(true, () -> Hasher.ofJdk("SHA3-512")),
  SHA3_384(true, () -> Hasher.ofJdk("SHA3-384")),
  SHA3_256(true, () -> Hasher.ofJdk("SHA3-256")),
  SHA3_224(true, () -> Hasher.ofJdk("SHA3-224")),
  SKEIN512(true, () -> Hasher.of(new SkeinDigest(SkeinDigest.SKEIN_512, 512))),
  SKEIN256(true, () -> Hasher.of(new SkeinDigest(SkeinDigest.SKEIN_256, 256))),
  BLAKE2B512(true, () -> Hasher.of(new Blake2bDigest(512))),
  BLAKE2B384(true, () -> Hasher.of(new Blake2bDigest(384))),
  BLAKE2B256(true, () -> Hasher.of(new Blake2bDigest(256))),
  BLAKE2B224(true, () -> Hasher.of(new Blake2bDigest(224))),
  BLAKE2B160(true, () -> Hasher.of(new Blake2bDigest(160))),
  BLAKE2BP512(true, () -> Hasher.of(new Blake2bpDigest(new byte[0]))),
  BLAKE2S256(true, () -> Hasher.of(new Blake2sDigest(256))),
  BLAKE2S224(true, () -> Hasher.of(new Blake2sDigest(224))),
  BLAKE2S160(true, () -> Hasher.of(new Blake2sDigest(160))),
  BLAKE2SP256(true, () -> Hasher.of(new Blake2spDigest(new byte[0])));

  private static final Map<String, Backend> NAMED =
      Arrays.stream(values()).collect(Collectors.toMap(Backend::name, Function.identity()));

  private final boolean secure;

  @SuppressWarnings("ImmutableEnumChecker") // it has no state
  private final Supplier<Hasher> hasher;

  Backend(boolean secure, Supplier<Hasher> hasher) {
    this.secure = secure;
    this.hasher = hasher;
  }

  /** Empty if nothing but the size can be verified of such keys. */
  static Optional<Backend> of(Key key) {
    return Optional.ofNullable(NAMED.get(plain(key)));
  }

  /** Without the E that says that the name has an extension. */
  private static String plain(Key key) {
    return hasExtension(key)
        ? key.backend().substring(0, key.backend().length() - 1)
        : key.backend();
  }

  /** No hash's own name ends so. */
  static boolean hasExtension(Key key) {
    return key.backend().endsWith("E");
  }

  /** Whether nobody can make other content of the same key. */
  boolean isSecure() {
    return secure;
  }

  Hasher hasher() {
    return hasher.get();
  }
}
