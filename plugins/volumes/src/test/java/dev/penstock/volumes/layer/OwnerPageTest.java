package dev.penstock.volumes.layer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.volumes.claim.Grains;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class OwnerPageTest {
  @Property(tries = 60)
  void aPageIsAnArrayOfOwners(@ForAll long seed, @ForAll @IntRange(max = 4000) int changes) {
    Random random = new Random(seed);
    char[] owners = new char[Grains.PER_PAGE];
    OwnerPage page = OwnerPage.of(owners);
    for (int i = 0; i < changes; i++) {
      int first = random.nextInt(Grains.PER_PAGE);
      int longest = random.nextInt(50) == 0 ? Grains.PER_PAGE : 3;
      int end = Math.min(Grains.PER_PAGE, first + 1 + random.nextInt(longest));
      int slot = random.nextInt(4);
      Arrays.fill(owners, first, end, (char) slot);
      page = page.with(first, end, slot);
    }
    requireSame(page, owners);
    requireSame(OwnerPage.of(owners), owners);
  }

  private static void requireSame(OwnerPage page, char[] owners) {
    for (int at = 0; at < owners.length; ) {
      int slot = owners[at];
      int end = at;
      while (end < owners.length && owners[end] == slot) end++;
      for (int grain = at; grain < end; grain++) assertThat(page.at(grain)).isEqualTo(slot);
      assertThat(page.end(at, slot, Grains.PER_PAGE)).isEqualTo(end);
      assertThat(page.end(at, slot, at + 1)).isEqualTo(at + 1);
      at = end;
    }
  }
}
