package dev.penstock.volumes.claim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;

/** A page of claims beside an array that says the same. */
final class PageModel {
  final GrainState[] states = new GrainState[Grains.PER_PAGE];
  ClaimPage page = ClaimPage.EMPTY;

  PageModel() {
    Arrays.fill(states, GrainState.ABSENT);
  }

  /** Some claims of all lengths; many of them make bits of the runs. */
  static PageModel random(Random random, int changes) {
    PageModel model = new PageModel();
    for (int i = 0; i < changes; i++) model.change(random);
    return model;
  }

  void change(Random random) {
    int first = random.nextInt(Grains.PER_PAGE);
    int longest = random.nextInt(40) == 0 ? Grains.PER_PAGE : 3;
    int end = Math.min(Grains.PER_PAGE, first + 1 + random.nextInt(longest));
    if (random.nextInt(400) == 0) {
      first = 0;
      end = Grains.PER_PAGE;
    }
    GrainState state = GrainState.of(random.nextInt(10) == 0 ? 0 : 1 + random.nextInt(2));
    page = page.with(first, end, state);
    Arrays.fill(states, first, end, state);
  }

  void requireSame(ClaimPage other) {
    GrainState[] seen = new GrainState[Grains.PER_PAGE];
    Arrays.fill(seen, GrainState.ABSENT);
    int[] before = {-1};
    other.forEach(
        0,
        Grains.PER_PAGE,
        (first, end, state) -> {
          assertThat(first).isGreaterThan(before[0]).isLessThan(end);
          before[0] = first;
          Arrays.fill(seen, first, end, state);
        });
    assertThat(seen).isEqualTo(states);
    for (int grain = 0; grain < Grains.PER_PAGE; grain += 7)
      assertThat(other.at(grain)).isEqualTo(states[grain]);
  }
}
