package dev.penstock.replication.forward;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class UnflushedTest {
  private final Unflushed unflushed = new Unflushed();

  @BeforeEach
  void begin() {
    unflushed.heard("1");
  }

  @Test
  void anotherProcessPutsUnflushedChangesInDoubtOnce() {
    unflushed.changed("1");
    assertThat(unflushed.doubts()).isZero();

    unflushed.heard("2");
    unflushed.heard("3");

    assertThat(unflushed.doubts()).isOne();
  }

  @Test
  void whatWasFlushedIsInNoDoubt() {
    unflushed.changed("1");
    long asked = unflushed.asked();
    unflushed.flushed(asked);

    unflushed.heard("2");

    assertThat(unflushed.doubts()).isZero();
  }

  @Test
  void aFlushDoesNotCoverWhatCameAfterItWasAsked() {
    long asked = unflushed.asked();
    unflushed.changed("1");
    unflushed.flushed(asked);

    unflushed.heard("2");

    assertThat(unflushed.doubts()).isOne();
  }

  @Test
  void aChangeWhoseAnswerComesBehindThatOfTheNextProcessIsInDoubt() {
    unflushed.heard("2");

    unflushed.changed("1");

    assertThat(unflushed.doubts()).isOne();
  }
}
