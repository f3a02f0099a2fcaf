package dev.penstock.nbd.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import java.util.BitSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class CoverageTest {
  static final int SIZE = 64;

  @Property(tries = 2000)
  void whateverIsWrittenWhatIsMissingIsWhatNobodyWrote(
      @ForAll @Size(max = 40) java.util.List<@IntRange(max = SIZE * SIZE - 1) Integer> ranges) {
    var coverage = new Coverage(SIZE);
    var written = new BitSet(SIZE);
    for (int range : ranges) {
      int begin = range / SIZE;
      int length = Math.min(range % SIZE, SIZE - begin);
      coverage.add(begin, length);
      written.set(begin, begin + length);
      assertThat(coverage.missingBytes()).isEqualTo(SIZE - written.cardinality());
    }
  }

  @Test
  void oneThatWritesInTooManyPlacesIsNamed() {
    var coverage = new Coverage(Long.MAX_VALUE);
    for (int i = 0; i < Coverage.RANGES_MAX; i++) coverage.add(2L * i, 1);
    assertThatThrownBy(() -> coverage.add(2L * Coverage.RANGES_MAX, 1))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("65536 places");
  }
}
