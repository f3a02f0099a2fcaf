package dev.penstock.nbd.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Limits;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What all have, who waits for some of it, and how much of it one export's clients can have. */
class BudgetTest {
  private final Budget budget = new Budget(100);
  private final Budget.Part held = budget.part();
  private final Budget.Part export = budget.part();
  private final Budget.Part other = budget.part();
  private final AtomicInteger firstWoken = new AtomicInteger();
  private final AtomicInteger secondWoken = new AtomicInteger();
  private final Budget.Waiter first = firstWoken::incrementAndGet;
  private final Budget.Waiter second = secondWoken::incrementAndGet;

  @Test
  void whatIsTakenIsGone() {
    assertThat(export.take(60, first)).isTrue();
    assertThat(other.take(60, second)).isFalse();
    assertThat(budget.freeBytes()).isEqualTo(40);
  }

  @Test
  void whatWasReceivedAndWaitsIsTooMuchOnlyBeyondItsLimit() {
    budget.keep(Limits.RECEIVED_BYTES);
    assertThat(budget.keepsTooMuch()).isFalse();
    budget.keep(1);
    assertThat(budget.keepsTooMuch()).isTrue();
    budget.keep(-1);
    assertThat(budget.keepsTooMuch()).isFalse();
    assertThat(budget.freeBytes()).as("of requests").isEqualTo(100);
  }

  @Test
  void aLargeRequestIsNotOvertakenBySmallOnes() {
    held.take(60, second);
    assertThat(export.take(90, first)).isFalse();
    assertThat(other.take(10, second)).as("behind it in line").isFalse();

    held.give(60);
    assertThat(firstWoken).hasPositiveValue();
    assertThat(secondWoken).hasValue(0);
    assertThat(export.take(90, first)).isTrue();
    assertThat(secondWoken).as("next in line").hasPositiveValue();
    assertThat(other.take(10, second)).isTrue();
  }

  @Test
  void whoeverLeavesTheLineLetsTheNextGo() {
    held.take(60, second);
    assertThat(export.take(90, first)).isFalse();
    assertThat(other.take(10, second)).isFalse();
    export.forget(first);
    assertThat(secondWoken).hasPositiveValue();
    assertThat(other.take(10, second)).isTrue();
  }

  @Test
  void aLargerBudgetWakesWhoWaits() {
    held.take(60, second);
    assertThat(export.take(90, first)).isFalse();
    budget.resize(150);
    assertThat(firstWoken).hasPositiveValue();
    assertThat(export.take(90, first)).isTrue();
    assertThat(budget.freeBytes()).isZero();
  }

  @Test
  void aSmallerBudgetHoldsOnceEnoughWasGivenBack() {
    held.take(60, first);
    budget.resize(50);
    assertThat(other.take(1, second)).isFalse();
    held.give(60);
    assertThat(secondWoken).hasPositiveValue();
    assertThat(other.take(50, second)).isTrue();
    assertThat(budget.freeBytes()).isZero();
  }

  @Test
  void theClientsOfOneExportLeaveHalfOfItToTheOthersHoweverSilentTheirVolumeIs() {
    assertThat(export.take(40, first)).isTrue();
    assertThat(export.take(11, first)).isFalse();
    assertThat(export.take(10, first)).isTrue();
    assertThat(export.take(1, first)).isFalse();

    assertThat(other.take(50, second)).isTrue();
  }

  @Test
  void whoWaitsForItsOwnExportIsWokenByItAndStandsInNobodyElsesWay() {
    export.take(50, second);
    assertThat(export.take(10, first)).isFalse();
    assertThat(other.take(10, second)).isTrue();
    other.give(10);
    assertThat(firstWoken).hasValue(0);

    export.give(50);

    assertThat(firstWoken).hasPositiveValue();
    assertThat(export.take(10, first)).isTrue();
  }

  @Test
  void whoWaitsForAllHasItsPlaceAmongThoseOfItsExportNoMore() {
    held.take(90, second);
    assertThat(export.take(20, first)).isFalse();
    assertThat(export.take(10, second)).as("of the same export, and there is enough").isFalse();

    held.give(90);

    assertThat(firstWoken).hasPositiveValue();
    assertThat(export.take(20, first)).isTrue();
    assertThat(export.take(10, second)).isTrue();
  }

  @Test
  void anExportMayAlwaysHaveOneRequest() {
    assertThat(export.take(100, first)).isTrue();
    export.give(100);
    assertThat(budget.freeBytes()).isEqualTo(100);
  }

  @Test
  void whoWaitsForItsExportIsKeptWaitingByThatAloneAndWhoWaitsForAllByEverybody() {
    export.take(50, second);
    export.take(10, first);
    long itsWait = export.othersWait(second);
    assertThat(itsWait).isPositive();
    assertThat(export.othersWait(first)).as("by itself").isZero();
    assertThat(other.othersWait(second)).isZero();

    export.forget(first);
    held.take(50, second);
    export.give(50);
    export.take(51, first);
    assertThat(other.othersWait(second)).as("another wait").isGreaterThan(itsWait);
  }
}
