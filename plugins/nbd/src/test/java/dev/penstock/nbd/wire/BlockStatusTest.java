package dev.penstock.nbd.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BlockStatusTest {
  @Test
  void neighboursOfOneStateAreOneDescriptor() {
    var status = new BlockStatus(8);
    status.add(10, 0);
    status.add(20, 0);
    status.add(5, 3);
    assertThat(descriptors(status)).containsExactly("30:0", "5:3");
  }

  @Test
  void nothingHasNoDescriptor() {
    var status = new BlockStatus(8);
    assertThat(status.add(0, 3)).isTrue();
    assertThat(status.descriptors()).isZero();
  }

  @Test
  void aFullAnswerTakesNoMoreStatesButStillGrows() {
    var status = new BlockStatus(2);
    assertThat(status.add(1, 0)).isTrue();
    assertThat(status.add(1, 3)).isTrue();
    assertThat(status.add(1, 3)).isTrue();
    assertThat(status.add(1, 0)).isFalse();
    assertThat(descriptors(status)).containsExactly("1:0", "2:3");
  }

  @Property
  void noDescriptorIsEmptyNeighboursDifferAndNothingIsLost(
      @ForAll List<@IntRange(max = 3) Integer> states) {
    var status = new BlockStatus(Integer.MAX_VALUE);
    states.forEach(state -> status.add(state + 1L, state));

    List<Integer> seen = new ArrayList<>();
    long[] total = new long[1];
    status.each((length, state) -> {
      assertThat(length).isPositive();
      if (!seen.isEmpty()) assertThat(state).isNotEqualTo(seen.getLast());
      seen.add(state);
      total[0] += length;
    });
    assertThat(total[0]).isEqualTo(states.stream().mapToLong(state -> state + 1L).sum());
  }

  private static List<String> descriptors(BlockStatus status) {
    List<String> all = new ArrayList<>();
    status.each((length, state) -> all.add(length + ":" + state));
    return all;
  }
}
