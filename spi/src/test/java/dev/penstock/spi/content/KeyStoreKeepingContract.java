package dev.penstock.spi.content;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** What is locked stays; what is not goes, in time. */
abstract class KeyStoreKeepingContract extends KeyStorePuttingContract {
  private static final Duration RETENTION_IS_OVER = KeyStore.RETENTION.plusSeconds(1);

  /** Longer than any test takes, in seconds. */
  private static final long A_WHILE = 10_000;

  @Test
  void whatWasNeverThereIsNotThereAfterItsRemoval() {
    assertThat(remove(keyOf(bytes(1, 1)))).isEqualTo(Removal.DONE);
  }

  @Test
  void whatIsRemovedIsNotThereAndCanBeStoredAgain() {
    byte[] content = bytes(1, 100);
    store(keyOf(content), content);

    assertThat(remove(keyOf(content))).isEqualTo(Removal.DONE);

    assertThat(isPresent(keyOf(content))).isFalse();
    store(keyOf(content), content);
    assertThat(content(keyOf(content))).isEqualTo(content);
  }

  @Test
  void theClockGoesForwardOnly() {
    long earlier = on(() -> store.timestamp(CALLER));
    long later = on(() -> store.timestamp(CALLER));

    assertThat(earlier).isNotNegative();
    assertThat(later).isGreaterThanOrEqualTo(earlier);
  }

  @Test
  void whatIsRemovedInTimeGoesAndWhatIsRemovedTooLateStays() {
    byte[] content = bytes(1, 100);
    store(keyOf(content), content);
    long now = on(() -> store.timestamp(CALLER));

    assertThat(removeBefore(keyOf(content), 0).removed()).isFalse();
    assertThat(removeBefore(keyOf(content), now).removed()).as("not before now").isFalse();
    assertThat(isPresent(keyOf(content))).isTrue();

    assertThat(removeBefore(keyOf(content), now + A_WHILE).removed()).isTrue();
    assertThat(isPresent(keyOf(content))).isFalse();
  }

  private Removal removeBefore(Key key, long before) {
    return on(() -> store.remove(key, OptionalLong.of(before), CALLER));
  }

  @Test
  void whatIsNotThereCannotBeLocked() {
    assertThat(lock(keyOf(bytes(1, 1)))).isEmpty();
  }

  @Test
  void whatIsLockedStaysAndThatIsSaidAtOnce() {
    byte[] content = bytes(1, 100);
    store(keyOf(content), content);
    Hold hold = lock(keyOf(content)).orElseThrow();

    assertThat(remove(keyOf(content)).removed()).isFalse();
    assertThat(removeBefore(keyOf(content), A_WHILE * A_WHILE).removed()).isFalse();

    assertThat(content(keyOf(content))).isEqualTo(content);
    assertThat(hold.lost().isComplete()).isFalse();
    on(hold::release);
  }

  @Test
  void whatIsLockedStaysForAsLongAsItIs() {
    byte[] content = bytes(1, 100);
    store(keyOf(content), content);
    Hold hold = lock(keyOf(content)).orElseThrow();

    pass(RETENTION_IS_OVER);

    assertThat(remove(keyOf(content)).removed()).isFalse();
    on(hold::release);
  }

  @Test
  void whatWasLetGoOfGoesWhenTheRetentionIsOver() {
    byte[] content = bytes(1, 100);
    store(keyOf(content), content);
    Hold hold = lock(keyOf(content)).orElseThrow();

    on(hold::release);
    on(hold::release);
    pass(RETENTION_IS_OVER);

    assertThat(remove(keyOf(content))).isEqualTo(Removal.DONE);
    assertThat(isPresent(keyOf(content))).isFalse();
  }

  @Test
  void theLastOfSeveralLocksLetsItGo() {
    byte[] content = bytes(1, 100);
    store(keyOf(content), content);
    Hold one = lock(keyOf(content)).orElseThrow();
    Hold other = lock(keyOf(content)).orElseThrow();

    on(one::release);
    pass(RETENTION_IS_OVER);
    assertThat(remove(keyOf(content)).removed()).isFalse();

    on(other::release);
    pass(RETENTION_IS_OVER);
    assertThat(remove(keyOf(content)).removed()).isTrue();
  }

  @Test
  void whatIsReadWhileItIsRemovedIsReadOrFails() {
    byte[] content = bytes(1, 1_000_000);
    store(keyOf(content), content);
    Content open = get(keyOf(content), 0);

    assertThat(remove(keyOf(content)).removed()).isTrue();

    asked(() -> read(open)).onSuccess(bytes -> assertThat(bytes).isEqualTo(content));
    close(open);
    assertThat(isPresent(keyOf(content))).isFalse();
  }

  @Test
  void locksThatAreTakenAndLetGoOfLeaveTheStoreAsItWas() {
    byte[] content = bytes(1, 100);
    store(keyOf(content), content);

    for (int i = 0; i < 30; i++) on(lock(keyOf(content)).orElseThrow()::release);

    pass(RETENTION_IS_OVER);
    assertThat(remove(keyOf(content)).removed()).isTrue();
  }

  private Optional<Hold> lock(Key key) {
    return on(() -> store.lock(key, CALLER));
  }
}
