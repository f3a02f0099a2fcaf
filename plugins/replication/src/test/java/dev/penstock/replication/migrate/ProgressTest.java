package dev.penstock.replication.migrate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.replication.migrate.Progress.Phase;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProgressTest {
  private static final UUID FIRST = new UUID(1, 1);
  private static final UUID SECOND = new UUID(2, 2);
  private static final Instant EARLY = Instant.EPOCH;
  private static final Instant LATE = EARLY.plusSeconds(60);

  private final Progress progress = new Progress(FIRST, EARLY);

  @Test
  void aPhaseIsDatedByWhenItBegan() {
    progress.moveTo(Phase.ROUNDS, LATE);
    progress.moveTo(Phase.ROUNDS, LATE.plusSeconds(60));

    assertThat(progress.seen().phase()).isEqualTo(Phase.ROUNDS);
    assertThat(progress.seen().since()).isEqualTo(LATE);
  }

  @Test
  void whatIsSentIsCountedOverAllStretchesAndWhatIsLeftOfThisOne() {
    progress.begins(0, 1000);
    progress.sent(100, 400); // a hole takes no bytes
    assertThat(progress.seen().leftBytes()).isEqualTo(600);
    progress.begins(200, 1000);
    progress.sent(50, 900);

    assertThat(progress.seen().sentBytes()).isEqualTo(150);
    assertThat(progress.seen().leftBytes()).isEqualTo(100);
  }

  @Test
  void aPositionPastTheEndLeavesNothing() {
    progress.begins(0, 1000);
    progress.sent(10, 1200);

    assertThat(progress.seen().leftBytes()).isZero();
  }

  @Test
  void aRoundThatIsOverLeavesNothingAndSaysHowLongAFreezeWouldBe() {
    progress.begins(0, 1000);
    progress.sent(10, 400);

    progress.roundEnded(Duration.ofMillis(40));

    assertThat(progress.seen().rounds()).isEqualTo(1);
    assertThat(progress.seen().leftBytes()).isZero();
    assertThat(progress.seen().expectedFreeze()).contains(Duration.ofMillis(40));
  }

  @ParameterizedTest
  @EnumSource
  void nothingIsLeftOfWhatIsOver(Phase phase) {
    progress.begins(0, 1000);

    progress.moveTo(phase, LATE);

    boolean isOver = phase == Phase.DONE || phase == Phase.ABORTED;
    assertThat(progress.seen().leftBytes()).isEqualTo(isOver ? 0 : 1000);
    assertThat(progress.seen().left()).as("no rate is known").isEmpty();
  }

  @Test
  void anotherTryIsAnotherMigrationAndKeepsWhatWasSent() {
    progress.begins(0, 1000);
    progress.sent(10, 400);
    progress.moveTo(Phase.FREEZING, EARLY);

    progress.again(SECOND, LATE);

    assertThat(progress.seen().migration()).isEqualTo(SECOND);
    assertThat(progress.seen().phase()).isEqualTo(Phase.OFFERING);
    assertThat(progress.seen().since()).isEqualTo(LATE);
    assertThat(progress.seen().sentBytes()).isEqualTo(10);
  }

  @Test
  void aTroubleIsSeenUntilItIsOver() {
    progress.trouble(Optional.of("the peer is away"));
    progress.froze(Duration.ofMillis(9));
    assertThat(progress.seen().trouble()).contains("the peer is away");

    progress.trouble(Optional.empty());

    assertThat(progress.seen().trouble()).isEmpty();
    assertThat(progress.seen().froze()).contains(Duration.ofMillis(9));
  }
}
