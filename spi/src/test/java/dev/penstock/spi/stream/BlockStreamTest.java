package dev.penstock.spi.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes in comes out, however it is cut; what was changed or cut short never does. */
class BlockStreamTest {
  private static final List<RecordCompression> KNOWN = List.of(new Deflated());

  @Property(tries = 300)
  void whatWasSentArrivesHoweverItIsCut(@ForAll long seed, @ForAll @IntRange(max = 2) int cut) {
    Parts sent = random(new Random(seed));
    byte[] bytes = sent.encoded(compression(seed));

    Parts got = decoded(bytes, new Random(seed), new int[] {1, 50, 100_000}[cut]);

    assertThat(got.seen()).isEqualTo(sent.lines());
    assertThat(got.hasEnded()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyBitThatIsFlippedIsNoticed(boolean compressed) {
    Parts sent = small();
    byte[] bytes = sent.encoded(compressed ? Optional.of(new Deflated()) : Optional.empty());
    for (int bit = 0; bit < bytes.length * 8; bit++) assertNoticed(sent, flipped(bytes, bit), bit);
  }

  @Property(tries = 300)
  void bitsThatAreFlippedInAnyStreamAreNoticed(@ForAll long seed) {
    var random = new Random(seed);
    Parts sent = random(random);
    byte[] bytes = sent.encoded(compression(seed));
    int bit = random.nextInt(bytes.length * 8);

    assertNoticed(sent, flipped(bytes, bit), bit);
  }

  /** And until it is noticed, nothing has come out that was not sent. */
  private static void assertNoticed(Parts sent, byte[] flipped, int bit) {
    Parts got = Parts.awaited();
    var decoder = new BlockStreamDecoder(got, KNOWN);

    assertThatThrownBy(
            () -> {
              decoder.decode(ByteBuffer.wrap(flipped));
              decoder.finish();
            })
        .as("bit %d of byte %d", bit % 8, bit / 8)
        .isInstanceOf(GatewayError.class);
    assertThat(got.hasEnded()).isFalse();
    assertThat(got.seen()).isEqualTo(sent.lines().subList(0, got.seen().size()));
  }

  @Test
  void everyStreamThatIsCutShortIsNoticed() {
    byte[] bytes = small().encoded();
    for (int length = 0; length < bytes.length; length++) {
      var got = Parts.awaited();
      var decoder = new BlockStreamDecoder(got);
      decoder.decode(ByteBuffer.wrap(bytes, 0, length));

      assertThat(decoder.hasEnded()).isFalse();
      assertThatThrownBy(decoder::finish)
          .isInstanceOf(GatewayError.Damaged.class)
          .hasMessageContaining("ends early, after %d bytes", length);
    }
  }

  @Test
  void nothingMayFollowTheEnd() {
    byte[] bytes = small().encoded();
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 3);

    assertThatThrownBy(() -> decoded(longer, new Random(1), 100_000))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("byte %d: 3 bytes after the end", bytes.length);
    var decoder = new BlockStreamDecoder(Parts.awaited());
    decoder.decode(ByteBuffer.wrap(bytes));
    decoder.decode(ByteBuffer.allocate(0));
    assertThat(decoder.hasEnded()).isTrue();
    decoder.finish();
    assertThatThrownBy(() -> decoder.decode(ByteBuffer.allocate(1)))
        .isInstanceOf(GatewayError.Invalid.class);
  }

  @Test
  void streamsOfNothingAreStreams() {
    Parts got = decoded(new Parts(Parts.header(0, 0)).encoded(), new Random(1), 7);

    assertThat(got.seen()).hasSize(1);
    assertThat(got.hasEnded()).isTrue();
  }

  @Test
  void streamsThatFailedAreReadNoFurther() {
    byte[] bytes = small().encoded();
    var decoder = new BlockStreamDecoder(Parts.awaited());

    assertThatThrownBy(() -> decoder.decode(ByteBuffer.wrap(flipped(bytes, 8 * 140))))
        .isInstanceOf(GatewayError.Damaged.class);
    assertThatThrownBy(() -> decoder.decode(ByteBuffer.wrap(bytes)))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(decoder::finish).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void dataThatDoesNotBecomeSmallerGoesAsItIs() {
    byte[] noise = new byte[10_000];
    new Random(1).nextBytes(noise);
    int plain = new Parts(Parts.header(20_000, 0)).data(0, noise).encoded().length;

    byte[] bytes =
        new Parts(Parts.header(20_000, 0)).data(0, noise).encoded(Optional.of(new Deflated()));

    assertThat(bytes).hasSize(plain);
    assertThat(
            new Parts(Parts.header(20_000, 0))
                .data(0, new byte[10_000])
                .encoded(Optional.of(new Deflated())))
        .hasSizeLessThan(plain / 5);
  }

  /** As many bytes as a source can give are one record, and a terabyte of zeroes is another. */
  @Test
  void recordsTakeLittleMemoryWhateverTheSizeOfTheSnapshot() {
    long terabyte = 1L << 40;
    Parts sent =
        new Parts(Parts.header(2 * terabyte, 0)).zeroes(0, terabyte).data(terabyte, new byte[9]);
    var encoder = new BlockStreamEncoder(sent);
    int records = 0;
    ByteBuffer room = ByteBuffer.allocate(BlockStreamEncoder.ROOM_BYTES);
    while (encoder.next(room.clear())) {
      assertThat(room.position()).isLessThan(200);
      records++;
    }

    assertThat(records).as("header, zeroes, data, end").isEqualTo(4);
    assertThat(encoder.next(room.clear())).isFalse();
    assertThat(room.position()).isZero();
  }

  /** A record that did not, then one untried, two, four, and so on up to sixteen. */
  @Test
  void bytesThatDoNotBecomeSmallerAreTriedSeldom() {
    Parts sent = new Parts(Parts.header(64 * 100, 0));
    for (int i = 0; i < 100; i++) sent.data(64L * i, new byte[64]);
    int[] tries = {0};

    byte[] stream =
        sent.encoded(
            Optional.of(
                new RecordCompression() {
                  @Override
                  public int id() {
                    return 200;
                  }

                  @Override
                  public boolean compress(ByteBuffer source, ByteBuffer target) {
                    tries[0]++;
                    return false;
                  }

                  @Override
                  public void decompress(ByteBuffer source, ByteBuffer target) {
                    throw new AssertionError("nothing was compressed");
                  }
                }));

    assertThat(tries[0]).isEqualTo(9);
    assertThat(stream).hasSizeGreaterThan(64 * 100);
  }

  @Test
  void sourcesThatAreOutOfOrderOrOutsideAreRefused() {
    assertRefused(new Parts(Parts.header(9_000, 0)).data(100, new byte[9]).data(108, new byte[9]));
    assertRefused(new Parts(Parts.header(9_000, 0)).zeroes(8_999, 2));
    assertRefused(new Parts(Parts.header(9_000, 0)).zeroes(0, 0));
    assertRefused(new Parts(Parts.header(9_000, 0)).zeroes(10, Long.MAX_VALUE));
    assertRefused(new Parts(Parts.header(9_000, 500)).data(499, new byte[9]));
  }

  private static void assertRefused(Parts sent) {
    assertThatThrownBy(sent::encoded)
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("monday");
  }

  private static Parts small() {
    return new Parts(Parts.header(20_000, 4_096))
        .data(4_096, "penstock ".repeat(9).getBytes(StandardCharsets.US_ASCII))
        .zeroes(5_000, 3_192)
        .data(8_192, "the gate".getBytes(StandardCharsets.US_ASCII));
  }

  private static Optional<RecordCompression> compression(long seed) {
    return seed % 2 == 0 ? Optional.empty() : Optional.of(new Deflated());
  }

  /** Any parts in order, some of which compress well. */
  private static Parts random(Random random) {
    long size = 1L + random.nextInt(2_000_000);
    long at = random.nextInt((int) size);
    Parts parts = new Parts(Parts.header(size, at));
    for (int i = random.nextInt(8); i > 0 && at < size; i--) {
      at += random.nextInt((int) (size - at));
      int length =
          1 + (int) Math.min(size - at - 1, random.nextInt(random.nextBoolean() ? 10 : 9_000));
      if (random.nextInt(3) == 0) parts.zeroes(at, length);
      else parts.data(at, some(random, length));
      at += length;
    }
    return parts;
  }

  private static byte[] some(Random random, int length) {
    byte[] bytes = new byte[length];
    if (random.nextBoolean()) random.nextBytes(bytes);
    else Arrays.fill(bytes, (byte) random.nextInt());
    return bytes;
  }

  private static Parts decoded(byte[] bytes, Random random, int cutMax) {
    Parts got = Parts.awaited();
    var decoder = new BlockStreamDecoder(got, KNOWN);
    for (int at = 0; at < bytes.length; ) {
      int length = Math.min(bytes.length - at, 1 + random.nextInt(cutMax));
      ByteBuffer some = ByteBuffer.wrap(bytes, at, length).asReadOnlyBuffer();
      decoder.decode(some);
      assertThat(some.hasRemaining()).as("all is taken").isFalse();
      at += length;
    }
    decoder.finish();
    return got;
  }

  private static byte[] flipped(byte[] bytes, int bit) {
    byte[] flipped = bytes.clone();
    flipped[bit / 8] ^= (byte) (1 << (bit % 8));
    return flipped;
  }
}
