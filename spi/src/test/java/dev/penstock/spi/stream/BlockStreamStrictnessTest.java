package dev.penstock.spi.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A sender whose sums are right and whose fields are not. */
class BlockStreamStrictnessTest {
  private static final int SIZE = 20_000;

  /** A field, by its place and width, and what it is set to before the sum is made. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "magic,                0, 8, 0, Invalid",
    "newer version,        8, 2, 2, Unsupported",
    "no version,           8, 2, 0, Invalid",
    "header too short,    10, 2, 100, Invalid",
    "header too long,     10, 2, 356, Invalid",
    "unknown flag,        12, 4, 3, Invalid",
    "base without flag,   12, 4, 0, Invalid",
    "far past,            64, 8, -9223372036854775808, Invalid",
    "too many nanos,      72, 4, 1000000000, Invalid",
    "negative nanos,      72, 4, -1, Invalid",
    "unknown compression, 76, 1, 1, Unsupported",
    "reserved byte,       77, 1, 1, Invalid",
    "short name,          78, 2, 5, Invalid",
    "long name,           78, 2, 7, Invalid",
    "negative size,       80, 8, -1, Invalid",
    "size before offset,  80, 8, 4095, Invalid",
    "negative offset,     88, 8, -1, Invalid",
    "name that is no text, 96, 1, 255, Invalid"
  })
  void headersWithAFieldThatCannotBeAreRefused(
      String field, int at, int width, long value, String error) {
    ByteBuffer header = header();
    set(header, at, width, value);
    header.putInt(header.limit() - 4, crc(header.slice(0, header.limit() - 4)));
    Parts got = Parts.awaited();

    assertThatThrownBy(() -> new BlockStreamDecoder(got).decode(header))
        .isInstanceOf(GatewayError.class)
        .hasMessageContaining("block stream")
        .satisfies(e -> assertThat(e.getClass().getSimpleName()).as(field).isEqualTo(error));
    assertThat(got.seen()).isEmpty();
  }

  @Test
  void newerVersionsAreNamedWithTheOneThatIsKnown() {
    ByteBuffer header = header().putShort(8, (short) 7);

    assertThatThrownBy(() -> new BlockStreamDecoder(Parts.awaited()).decode(header))
        .isInstanceOf(GatewayError.Unsupported.class)
        .hasMessageContaining("version 7")
        .hasMessageContaining("1 is the newest");
  }

  /** A record after one that ended at 4106, of a snapshot of 20000 bytes. */
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "kind 0,               0, 0,     0,  5000,    0",
    "kind 4,               4, 0,     0,  5000,   10",
    "packed 2,             1, 2,    10,  5000,   10",
    "data without bytes,   1, 0,     0,  5000,    0",
    "data too short,       1, 0,     9,  5000,   10",
    "data too long,        1, 0,    11,  5000,   10",
    "packed by nobody,     1, 1,     9,  5000,   10",
    "packed not smaller,   1, 1,    10,  5000,   10",
    "packed to nothing,    1, 1,     0,  5000,   10",
    "data before the last, 1, 0,    10,  4105,   10",
    "data past the end,    1, 0,    10, 19991,   10",
    "negative offset,      1, 0,    10,    -1,   10",
    "zeroes with bytes,    2, 0,     1,  5000,    1",
    "packed zeroes,        2, 1,     0,  5000,    1",
    "no zeroes,            2, 0,     0,  5000,    0",
    "fewer than none,      2, 0,     0,  5000,   -1",
    "zeroes past the end,  2, 0,     0,  5000, 15001",
    "as long as can be,    2, 0,     0,  5000, 9223372036854775807",
    "end with a length,    3, 0,    56, 20000,    1",
    "end elsewhere,        3, 0,    56, 19999,    0",
    "short end,            3, 0,    55, 20000,    0"
  })
  void recordsThatCannotBeAreInvalid(
      String what, int kind, int packed, int payloadBytes, long offset, long length) {
    ByteBuffer record = ByteBuffer.allocate(28 + payloadBytes);
    record.put(0, (byte) kind).put(1, (byte) packed).putInt(4, payloadBytes);
    record.putLong(8, offset).putLong(16, length);
    Parts got = Parts.awaited();
    var decoder = begun(got);

    assertThatThrownBy(() -> decoder.decode(sealed(record)))
        .as(what)
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("block stream, byte 144");
    assertThat(got.seen()).hasSize(2);
    assertThat(got.hasEnded()).isFalse();
  }

  @Test
  void reservedBytesAreZero() {
    ByteBuffer record = ByteBuffer.allocate(28).put(0, (byte) 2).putShort(2, (short) 1);
    record.putLong(8, 5_000).putLong(16, 1);

    assertThatThrownBy(() -> begun(Parts.awaited()).decode(sealed(record)))
        .isInstanceOf(GatewayError.Invalid.class);
  }

  /** Refused by its head alone: nobody waits for four gigabytes, or makes room for them. */
  @ParameterizedTest
  @CsvSource({"1048577", "2147483647", "-1"})
  void recordsAboveTheLimitAreRefusedByTheirHead(int payloadBytes) {
    ByteBuffer head = ByteBuffer.allocate(28).put(0, (byte) 1).putInt(4, payloadBytes);

    assertThatThrownBy(() -> begun(Parts.awaited()).decode(head))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("1048576 are the most");
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({"records, 0", "bytes of data, 8", "bytes of zeroes, 16", "digest, 24"})
  void endsThatDoNotFitWhatHasComeAreDamage(String what, int at) {
    byte[] bytes = parts().encoded();
    ByteBuffer end = ByteBuffer.wrap(bytes, bytes.length - 84, 84).slice();
    end.put(28 + at + 7, (byte) (end.get(28 + at + 7) ^ 1));
    end.putInt(24, 0);
    Parts got = Parts.awaited();
    var decoder = new BlockStreamDecoder(got);
    decoder.decode(ByteBuffer.wrap(bytes, 0, bytes.length - 84));

    assertThatThrownBy(() -> decoder.decode(sealed(end)))
        .as(what)
        .isInstanceOf(GatewayError.Damaged.class);
    assertThat(got.hasEnded()).isFalse();
  }

  @Test
  void compressedRecordsHaveTheLengthThatTheySay() {
    byte[] bytes =
        new Parts(Parts.header(SIZE, 0))
            .data(0, new byte[9_000])
            .encoded(Optional.of(new Deflated()));
    int recordAt = header().limit();
    for (int length : new int[] {8_999, 9_001, SIZE}) {
      ByteBuffer record =
          ByteBuffer.wrap(bytes.clone(), recordAt, bytes.length - recordAt - 84).slice();
      var decoder = new BlockStreamDecoder(Parts.awaited(), List.of(new Deflated()));
      decoder.decode(ByteBuffer.wrap(bytes, 0, recordAt));

      assertThatThrownBy(() -> decoder.decode(sealed(record.putLong(16, length))))
          .as("%d bytes", length)
          .isInstanceOf(GatewayError.Damaged.class);
    }
  }

  private static BlockStreamDecoder begun(Parts got) {
    byte[] bytes = parts().encoded();
    var decoder = new BlockStreamDecoder(got);
    decoder.decode(ByteBuffer.wrap(bytes, 0, bytes.length - 84));
    return decoder;
  }

  /** A header of 106 bytes and a record of 38; the end takes 84. */
  private static Parts parts() {
    return new Parts(Parts.header(SIZE, 4_096)).data(4_096, new byte[10]);
  }

  private static ByteBuffer header() {
    return HeaderCodec.encode(Parts.header(SIZE, 4_096), 0);
  }

  private static void set(ByteBuffer bytes, int at, int width, long value) {
    for (int i = 0; i < width; i++) bytes.put(at + i, (byte) (value >> (8 * (width - 1 - i))));
  }

  /** With the sum that it needs. */
  private static ByteBuffer sealed(ByteBuffer record) {
    CRC32C crc = new CRC32C();
    crc.update(record.slice(0, 24));
    crc.update(record.slice(28, record.limit() - 28));
    return record.putInt(24, (int) crc.getValue()).rewind();
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
