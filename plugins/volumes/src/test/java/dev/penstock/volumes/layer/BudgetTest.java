package dev.penstock.volumes.layer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BudgetTest {
  /** Which have gone, in order. */
  private final List<String> gone = new ArrayList<>();

  private final Budget budget = new Budget(10);

  private final class Thing implements Budget.Held {
    private final String name;
    private boolean used;
    private boolean stays;

    Thing(String name) {
      this.name = name;
    }

    @Override
    public boolean wasUsed() {
      boolean was = used;
      used = false;
      return was;
    }

    @Override
    public boolean letGo() {
      if (!stays) gone.add(name);
      return !stays;
    }
  }

  @Test
  void theOldestGoesFirstAndOnlyAsManyAsMust() {
    for (String name : List.of("a", "b", "c")) budget.add(new Thing(name), 4);
    assertThat(gone).containsExactly("a");
    assertThat(budget.usedUnits()).isEqualTo(8);
  }

  @Test
  void whatWasUsedStaysAndTheNextGoes() {
    Thing used = new Thing("a");
    used.used = true;
    budget.add(used, 4);
    budget.add(new Thing("b"), 4);
    budget.add(new Thing("c"), 4);
    assertThat(gone).containsExactly("b");
  }

  @Test
  void whereEverythingIsInUseTheLimitIsExceededRatherThanWaitedFor() {
    for (String name : List.of("a", "b", "c")) {
      Thing thing = new Thing(name);
      thing.stays = true;
      budget.add(thing, 6);
    }
    assertThat(gone).isEmpty();
    assertThat(budget.usedUnits()).isEqualTo(18);
  }

  @Test
  void whatIsLargerThanTheLimitPushesOutAllOthersAndStays() {
    budget.add(new Thing("a"), 4);
    budget.add(new Thing("b"), 40);
    assertThat(gone).containsExactly("a");
    assertThat(budget.usedUnits()).isEqualTo(40);
  }

  @Test
  void whatHasGoneByItselfIsNotCounted() {
    Thing thing = new Thing("a");
    budget.add(thing, 4);
    budget.remove(thing);
    budget.remove(thing);
    budget.resize(thing, 9);
    assertThat(budget.usedUnits()).isZero();
  }

  @Test
  void whatHasGrownIsCountedAsItIs() {
    Thing thing = new Thing("a");
    budget.add(thing, 4);
    budget.resize(thing, 9);
    assertThat(budget.usedUnits()).isEqualTo(9);
  }
}
