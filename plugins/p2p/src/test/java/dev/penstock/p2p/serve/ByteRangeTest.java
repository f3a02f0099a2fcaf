package dev.penstock.p2p.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.serve.ByteRange.Portion;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRangeTest {
  @ParameterizedTest(name = "{0} of ten bytes: {2} from {1} on")
  @CsvSource({
    "bytes=0-,0,10",
    "bytes=0-0,0,1",
    "bytes=3-5,3,3",
    "bytes=9-9,9,1",
    "bytes=9-99,9,1",
    "bytes=2-9223372036854775807,2,8",
    "bytes=-1,9,1",
    "bytes=-99,0,10"
  })
  void aRangeIsAPortionOfTheContent(String header, long first, long length) {
    assertThat(ByteRange.parse(header).orElseThrow().in(10)).contains(new Portion(first, length));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=10-", "bytes=10-12", "bytes=9223372036854775807-", "bytes=-0"})
  void whatLiesBehindTheContentIsNoPortion(String header) {
    assertThat(ByteRange.parse(header).orElseThrow().in(10)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bytes=",
        "bytes=-",
        "bytes=5-3",
        "bytes=a-b",
        "bytes=0-1,3-4",
        "lines=0-1",
        "0-1",
        "bytes=-9223372036854775808",
        "bytes=+1-2"
      })
  void whatIsNoRangeIsAsIfItWereNotThere(String header) {
    assertThat(ByteRange.parse(header)).isEmpty();
  }
}
