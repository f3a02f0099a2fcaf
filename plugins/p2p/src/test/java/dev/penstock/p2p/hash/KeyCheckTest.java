package dev.penstock.p2p.hash;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.content.Key;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class KeyCheckTest {
  /** Of {@code hello}, by {@code git annex calckey}. */
  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "SHA1-s5--aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d",
        "SHA224-s5--ea09ae9cc6768c50fcee903ed054556e5bfc8347907f12598aa24193",
        "SHA256-s5--2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        "SHA384-s5--59e1748777448c69de6b800d7a33bbfb9ff1b463e44354c3553bcdb9c666fa90125a3c79f90397bdf5f6a13de828684f",
        "SHA512-s5--9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043",
        "SHA3_224-s5--b87f88c72702fff1748e58b87e9141a42c0dbedc29a78cb0d4a5cd81",
        "SHA3_256-s5--3338be694f50c5f338814986cdf0686453a888b84f424d792af4b9202398f392",
        "SHA3_384-s5--720aea11019ef06440fbf05d87aa24680a2153df3907b23631e7177ce620fa1330ff07c0fddee54699a4c3ee0ee9d887",
        "SHA3_512-s5--75d527c368f2efe848ecf6b073a36767800805e9eef2b1857d5f984f036eb6df891d75f72d9b154518c1cd58835286d1da9a38deba3de98b5a53e5ed78a84976",
        "SKEIN256-s5--8b467f67dd324c9c9fe9aff562ee0e3746d88abcb2879e4e1b4fbd06a5061f89",
        "SKEIN512-s5--178ba59a793145d36f78ae2742ecbd967825f4c1e228c732340d00f8d08e221714e19cf70be2764aa7bed2277e80328cce01e105c739f96fe3be11f71652545d",
        "BLAKE2B160-s5--b5531c7037f06c9f2947132a6a77202c308e8939",
        "BLAKE2B224-s5--a4963e4ea2aa9b4120672abfc4c4299ba365368fa5a3910d5c559fc5",
        "BLAKE2B256-s5--324dcf027dd4a30a932c441f365a25e86b173defa4b8e58948253471b81b72cf",
        "BLAKE2B384-s5--85f19170be541e7774da197c12ce959b91a280b2f23e3113d6638a3335507ed72ddc30f81244dbe9fa8d195c23bceb7e",
        "BLAKE2B512-s5--e4cfa39a3d37be31c59609e807970799caa68a19bfaa15135f165085e01d41a65ba1e1b146aeb6bd0092b49eac214c103ccfa3a365954bbbe52f74a2b3620c94",
        "BLAKE2BP512-s5--3d9b524855d3675f3ccbe8e189b3f00a2712ba7301f9b88a7e31aad4916777459953a70f9c98869bc39872591c30e6dfa5b5decbfcf977c909db9f9f7e4441d1",
        "BLAKE2S160-s5--0fee8bbc1b2b15579499fec667487059abd72794",
        "BLAKE2S224-s5--ad56bacfd62714b275eb3a7988b428afb9b5e0926a3ef40eb5f0bbb7",
        "BLAKE2S256-s5--19213bacc58dee6dbde3ceb9a47cbb330b3d86f8cca8997eb00be456f140ca25",
        "BLAKE2SP256-s5--223dfe42565ddf97210b34a384860b603717d5c63c1872c9fc99f1b15de6631b",
        "MD5-s5--5d41402abc4b2a76b9719d911017c592"
      })
  void knowsTheHashThatGitAnnexComesTo(String text) {
    Key plain = Key.parse(text);
    Key extended = Key.parse(text.replaceFirst("-s5", "E-s5") + ".tar.gz");

    assertThat(matches(plain, "hello")).isTrue();
    assertThat(matches(extended, "hello")).isTrue();
    assertThat(matches(plain, "hellO")).isFalse();
    assertThat(matches(extended, "hellO")).isFalse();
  }

  @ParameterizedTest(name = "{0} and {1}: {2}")
  @CsvSource({
    "WORM-s5-m1--a, hello, true",
    "WORM-s5-m1--a, hell, false",
    "WORM--a, anything, true",
    "URL-s5--http&c%%a, hellO, true",
    "XBLAKE3-s5--00, hello, true",
    "BLAKE2SP224-s5--00, hello, true",
    "SHA256-s5--00, hello, false",
    "MD5-s9-S5-C1--5d41402abc4b2a76b9719d911017c592, other, true",
    "MD5-s9-S5-C2--5d41402abc4b2a76b9719d911017c592, rest, true",
    "MD5-s9-S5-C2--5d41402abc4b2a76b9719d911017c592, other, false",
    "MD5--5d41402abc4b2a76b9719d911017c592, hello, true",
    "MD5-s6--5d41402abc4b2a76b9719d911017c592, hello, false",
    "MD5-s5--5d41402abc4b2a76b9719d911017c592.txt, hello, false"
  })
  void looksAtWhatTheKeySaysAndAtNothingElse(String key, String content, boolean matches) {
    assertThat(matches(Key.parse(key), content)).isEqualTo(matches);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource({
    "SHA256E-s5--00.x, true",
    "BLAKE2B256-s5--00, true",
    "SHA1-s5--00, false",
    "MD5E-s5--00, false",
    "WORM-s5-m1--a, false",
    "SHA256-s9-S5-C1--00, false"
  })
  void knowsWhichKeysNobodyCanMakeOtherContentFor(String key, boolean secure) {
    assertThat(KeyCheck.isSecure(Key.parse(key))).isEqualTo(secure);
  }

  @Test
  void takesBytesInAnyPieces() {
    Key key = Key.parse("MD5-s5--5d41402abc4b2a76b9719d911017c592");
    byte[] padded = "xxhelloxx".getBytes(UTF_8);
    KeyCheck check = KeyCheck.of(key);

    check.update(padded, 2, 1);
    check.update(padded, 3, 0);
    check.update(padded, 3, 4);

    assertThat(check.matches()).isTrue();
  }

  private static boolean matches(Key key, String content) {
    KeyCheck check = KeyCheck.of(key);
    byte[] bytes = content.getBytes(UTF_8);
    check.update(bytes, 0, bytes.length);
    return check.matches();
  }
}
