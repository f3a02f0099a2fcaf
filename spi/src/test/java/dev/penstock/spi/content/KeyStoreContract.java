package dev.penstock.spi.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What every {@link KeyStore} is held to: each promise of its Javadoc that a test can see. Extend
 * it, say how to open an empty one of yours, and run it with JUnit. Here stands what is said of all
 * calls; what a single call does is in the classes that it extends.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
public abstract class KeyStoreContract extends KeyStoreKeepingContract {
  @Test
  void hasAKindASummaryAndTheUuidOfTheRepository() {
    assertThat(store.kind()).matches("[a-z0-9-]+");
    assertThat(store.summary()).isNotBlank().doesNotContain("\n");
    assertThat(store.uuid()).isNotBlank().isEqualTo(store.uuid());
  }

  @Test
  void hasNothingAtFirst() {
    assertThat(isPresent(keyOf(bytes(1, 10)))).isFalse();
  }

  @Test
  void keepsContentOfDifferentKeysApart() {
    byte[] one = bytes(1, 1000);
    byte[] other = bytes(2, 2000);

    store(keyOf(one), one);
    store(keyOf(other), other);

    assertThat(content(keyOf(one))).isEqualTo(one);
    assertThat(content(keyOf(other))).isEqualTo(other);
  }

  @ParameterizedTest
  @MethodSource("oddKeys")
  void takesEveryKeyThatTheGrammarHas(Key key) {
    byte[] three = bytes(3, 3);

    store(key, three);

    assertThat(isPresent(key)).isTrue();
    assertThat(content(key)).isEqualTo(three);
    assertThat(remove(key)).isEqualTo(Removal.DONE);
    assertThat(isPresent(key)).isFalse();
  }

  @Test
  void tellsKeysApartThatLookAlikeAsNamesOfFiles() {
    byte[] three = bytes(3, 3);
    store(Key.parse("WORM-s3-m1--a/b"), three);

    assertThat(isPresent(Key.parse("WORM-s3-m1--a%b"))).isFalse();
    assertThat(isPresent(Key.parse("WORM-s3-m1--a&sb"))).isFalse();
    assertThat(isPresent(Key.parse("WORM-s3-m1--a_b"))).isFalse();
  }
}
