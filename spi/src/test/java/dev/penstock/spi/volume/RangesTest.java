package dev.penstock.spi.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class RangesTest {
  @Property
  void admitsExactlyTheRangesThatLieInTheVolume(
      @ForAll @LongRange(min = 0, max = Long.MAX_VALUE) long size,
      @ForAll long offset,
      @ForAll long length) {
    boolean inside =
        offset >= 0
            && length >= 0
            && BigInteger.valueOf(offset)
                    .add(BigInteger.valueOf(length))
                    .compareTo(BigInteger.valueOf(size))
                <= 0;

    assertThat(admits(size, offset, length)).isEqualTo(inside);
  }

  @Property
  void admitsExactlyTheSmallRangesThatLieInTheVolume(
      @ForAll @LongRange(min = 0, max = 8) long size,
      @ForAll @LongRange(min = -2, max = 10) long offset,
      @ForAll @LongRange(min = -2, max = 10) long length) {
    boolean inside = offset >= 0 && length >= 0 && offset + length <= size;

    assertThat(admits(size, offset, length)).isEqualTo(inside);
  }

  private static boolean admits(long size, long offset, long length) {
    try {
      Ranges.require("demo", size, offset, length);
      return true;
    } catch (GatewayError.Invalid refused) {
      assertThat(refused.what()).contains("demo", Long.toString(size), Long.toString(offset));
      return false;
    }
  }
}
