package dev.penstock.volumes.claim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ClaimPageTest {
  @Property(tries = 60)
  void aPageIsAnArrayOfStates(@ForAll long seed, @ForAll @IntRange(max = 4000) int changes) {
    PageModel model = PageModel.random(new Random(seed), changes);
    model.requireSame(model.page);
  }

  @Property(tries = 120)
  void theNewerPageSaysWhatBothSay(
      @ForAll long seed,
      @ForAll @IntRange(max = 3000) int older,
      @ForAll @IntRange(max = 3000) int newer) {
    Random random = new Random(seed);
    PageModel below = PageModel.random(random, older);
    PageModel above = PageModel.random(random, random.nextBoolean() ? newer : newer % 30);
    PageModel both = new PageModel();
    for (int i = 0; i < both.states.length; i++)
      both.states[i] = above.states[i] == GrainState.ABSENT ? below.states[i] : above.states[i];
    both.requireSame(above.page.over(below.page));
    below.requireSame(below.page);
  }

  @Property(tries = 60)
  void anEncodedPageIsReadAsItWas(@ForAll long seed, @ForAll @IntRange(max = 4000) int changes) {
    PageModel model = PageModel.random(new Random(seed), changes);
    ByteBuffer bytes = ByteBuffer.allocate(ClaimPage.ENCODED_BYTES_MAX);
    model.page.encode(bytes);
    assertThat(bytes.flip().limit()).isEqualTo(model.page.encodedBytes());
    model.requireSame(ClaimPage.decode(bytes));
  }

  @Property(tries = 60)
  void aRangeIsCutToWhatWasAsked(
      @ForAll long seed,
      @ForAll @IntRange(max = Grains.PER_PAGE) int from,
      @ForAll @IntRange(max = Grains.PER_PAGE) int to) {
    PageModel model = PageModel.random(new Random(seed), 1500);
    int[] claimed = {0};
    model.page.forEach(
        from,
        to,
        (first, end, _) -> {
          assertThat(first).isGreaterThanOrEqualTo(from);
          assertThat(end).isLessThanOrEqualTo(to);
          claimed[0] += end - first;
        });
    int expected = 0;
    for (int i = from; i < to; i++) if (model.states[i] != GrainState.ABSENT) expected++;
    assertThat(claimed[0]).isEqualTo(expected);
  }

  @Property(tries = 20)
  void aPageTakesNoMoreThanTwoBitsForEachGrain(@ForAll long seed) {
    PageModel model = PageModel.random(new Random(seed), 6000);
    assertThat(model.page.memoryBytes()).isLessThan(Grains.PER_PAGE / 4 + 100);
  }

  @Test
  void runsThatOverlapAreRefused() {
    ByteBuffer bytes = ByteBuffer.allocate(12);
    bytes.putInt(2).putInt(5 << 16 | 9 << 2 | 1).putInt(8 << 16 | 1).flip();
    assertThatThrownBy(() -> ClaimPage.decode(bytes)).isInstanceOf(GatewayError.Damaged.class);
  }

  @Test
  void aStateThatIsNoneIsRefused() {
    ByteBuffer bytes = ByteBuffer.allocate(ClaimPage.ENCODED_BYTES_MAX);
    bytes.putInt(ClaimPage.RUNS_MAX);
    while (bytes.hasRemaining()) bytes.putLong(3);
    bytes.flip();
    assertThatThrownBy(() -> ClaimPage.decode(bytes)).isInstanceOf(GatewayError.Damaged.class);
  }
}
