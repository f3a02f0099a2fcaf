package dev.penstock.nbd.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Limits;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class BudgetTest {
  private static final int ALLOWANCE_BYTES = 4096;

  private final Budget budget = new Budget(100);
  private final AtomicInteger firstWoken = new AtomicInteger();
  private final AtomicInteger secondWoken = new AtomicInteger();
  private final Budget.Waiter first = firstWoken::incrementAndGet;
  private final Budget.Waiter second = secondWoken::incrementAndGet;

  @Test
  void whatIsTakenIsGone() {
    assertThat(budget.take(60, first)).isTrue();
    assertThat(budget.take(60, second)).isFalse();
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
    budget.take(60, second);
    assertThat(budget.take(90, first)).isFalse();
    assertThat(budget.take(10, second)).as("behind it in line").isFalse();

    budget.give(60);
    assertThat(firstWoken).hasPositiveValue();
    assertThat(secondWoken).hasValue(0);
    assertThat(budget.take(90, first)).isTrue();
    assertThat(secondWoken).as("next in line").hasPositiveValue();
    assertThat(budget.take(10, second)).isTrue();
  }

  @Test
  void whoeverLeavesTheLineLetsTheNextGo() {
    budget.take(60, second);
    assertThat(budget.take(90, first)).isFalse();
    assertThat(budget.take(10, second)).isFalse();
    budget.forget(first);
    assertThat(secondWoken).hasPositiveValue();
    assertThat(budget.take(10, second)).isTrue();
  }

  @Test
  void aConnectionAlwaysHasItsAllowanceHoweverMuchTheOthersHave() {
    var share = new Share(new Budget(0), ALLOWANCE_BYTES, 1 << 20, first);
    assertThat(share.take(ALLOWANCE_BYTES)).isTrue();
    assertThat(share.take(1)).isFalse();
    share.give(1);
    assertThat(share.take(1)).isTrue();
  }

  @Test
  void whatGoesBeyondTheAllowanceComesFromTheCommonBudgetAndGoesBackThere() {
    var share = new Share(budget, ALLOWANCE_BYTES, 1 << 20, first);
    assertThat(share.take(ALLOWANCE_BYTES + 70)).isTrue();
    assertThat(budget.freeBytes()).isEqualTo(30);
    share.give(40);
    assertThat(budget.freeBytes()).isEqualTo(70);
    share.give(ALLOWANCE_BYTES + 30);
    assertThat(budget.freeBytes()).isEqualTo(100);
  }

  @Test
  void aLargerBudgetWakesWhoWaits() {
    budget.take(60, second);
    assertThat(budget.take(90, first)).isFalse();
    budget.resize(150);
    assertThat(firstWoken).hasPositiveValue();
    assertThat(budget.take(90, first)).isTrue();
    assertThat(budget.freeBytes()).isZero();
  }

  @Test
  void aSmallerBudgetHoldsOnceEnoughWasGivenBack() {
    budget.take(60, first);
    budget.resize(50);
    assertThat(budget.take(1, second)).isFalse();
    budget.give(60);
    assertThat(secondWoken).hasPositiveValue();
    assertThat(budget.take(50, second)).isTrue();
    assertThat(budget.freeBytes()).isZero();
  }

  @Test
  void aConnectionHasALimitOfItsOwn() {
    var share = new Share(new Budget(1 << 30), ALLOWANCE_BYTES, 1 << 20, first);
    assertThat(share.take(1 << 20)).isTrue();
    assertThat(share.take(1)).isFalse();
  }

  @Test
  void whoNeedsNoCommonBytesAnyMoreStandsInNobodysWay() {
    budget.take(100, second);
    var share = new Share(budget, ALLOWANCE_BYTES, 1 << 20, first);
    share.take(ALLOWANCE_BYTES);
    assertThat(share.take(1)).isFalse();
    share.give(1);
    assertThat(share.take(1)).as("of its own").isTrue();

    budget.give(100);

    assertThat(budget.take(100, second)).isTrue();
  }

  @Test
  void whoWaitsForItsOwnLimitStandsInNobodysWay() {
    budget.take(100, second);
    var share = new Share(budget, ALLOWANCE_BYTES, ALLOWANCE_BYTES + 1, first);
    share.take(ALLOWANCE_BYTES);
    assertThat(share.take(1)).isFalse();
    assertThat(share.take(2)).as("more than it may ever have").isFalse();

    budget.give(100);

    assertThat(budget.take(100, second)).isTrue();
  }
}
