package dev.penstock.nbd.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.export.Budget;
import org.junit.jupiter.api.Test;

/** What a connection has of its own, and what it has of the common budget. */
class ShareTest {
  private static final int ALLOWANCE_BYTES = 4096;

  private final Budget budget = new Budget(100);
  private final Budget.Part export = budget.part();
  private final Budget.Part other = budget.part();
  private final Budget.Waiter first = () -> {};
  private final Budget.Waiter second = () -> {};

  @Test
  void aConnectionAlwaysHasItsAllowanceHoweverMuchTheOthersHave() {
    var share = new Share(new Budget(0).part(), ALLOWANCE_BYTES, 1 << 20, first);
    assertThat(share.take(ALLOWANCE_BYTES)).isTrue();
    assertThat(share.take(1)).isFalse();
    share.give(1);
    assertThat(share.take(1)).isTrue();
  }

  @Test
  void whatGoesBeyondTheAllowanceComesFromTheCommonBudgetAndGoesBackThere() {
    var share = new Share(export, ALLOWANCE_BYTES, 1 << 20, first);
    assertThat(share.take(ALLOWANCE_BYTES + 70)).isTrue();
    assertThat(budget.freeBytes()).isEqualTo(30);
    share.give(40);
    assertThat(budget.freeBytes()).isEqualTo(70);
    share.give(ALLOWANCE_BYTES + 30);
    assertThat(budget.freeBytes()).isEqualTo(100);
  }

  @Test
  void aConnectionHasALimitOfItsOwn() {
    var share = new Share(new Budget(1 << 30).part(), ALLOWANCE_BYTES, 1 << 20, first);
    assertThat(share.take(1 << 20)).isTrue();
    assertThat(share.take(1)).isFalse();
  }

  @Test
  void whoNeedsNoCommonBytesAnyMoreStandsInNobodysWay() {
    other.take(100, second);
    var share = new Share(export, ALLOWANCE_BYTES, 1 << 20, first);
    share.take(ALLOWANCE_BYTES);
    assertThat(share.take(1)).isFalse();
    share.give(1);
    assertThat(share.take(1)).as("of its own").isTrue();

    other.give(100);

    assertThat(other.take(100, second)).isTrue();
  }

  @Test
  void whoWaitsForItsOwnLimitStandsInNobodysWay() {
    other.take(100, second);
    var share = new Share(export, ALLOWANCE_BYTES, ALLOWANCE_BYTES + 1, first);
    share.take(ALLOWANCE_BYTES);
    assertThat(share.take(1)).isFalse();
    assertThat(share.take(2)).as("more than it may ever have").isFalse();

    other.give(100);

    assertThat(other.take(100, second)).isTrue();
  }
}
