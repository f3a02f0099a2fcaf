package dev.penstock.p2p.annex;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.content.Key;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The values are git-annex's own: {@code git annex examinekey --format}. */
final class HashFoldersTest {
  private static final String CHECK =
      "badb13d9e4ecab1d2af207d76276e21d2505c91c41ff124aeca91a242d85d7da";

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "SHA256E-s1048576--" + CHECK + ".bin, 1d2/0fd, 0G/Fg",
    "SHA256E-s1048576-S262144-C3--" + CHECK + ".bin, 1d2/0fd, 0G/Fg",
    "SHA256E-s6--5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03, 992/280, zK/02"
  })
  void putsAKeyWhereGitAnnexDoes(String key, String lower, String mixed) {
    assertThat(HashFolders.of(Key.parse(key))).isEqualTo(new HashFolders(lower, mixed));
  }
}
