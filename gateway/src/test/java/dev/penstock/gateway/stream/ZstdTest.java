package dev.penstock.gateway.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.BlockStreamDecoder;
import dev.penstock.spi.stream.BlockStreamEncoder;
import dev.penstock.spi.stream.BlockStreamSink;
import dev.penstock.spi.stream.RecordCompression;
import dev.penstock.spi.stream.StreamHeader;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Records become smaller on their way, and whoever unpacks them is safe from what they hold. */
class ZstdTest {
  private static final int SIZE = 256 << 10;

  private static final RecordCompression LIBRARY = Zstd.ifItLoads().getFirst();

  @Test
  void streamsBecomeSmallerAndBringTheSameBytes() {
    byte[] content = text();

    byte[] stream = encoded(content, Optional.of(LIBRARY));

    assertThat(stream).hasSizeLessThan(encoded(content, Optional.empty()).length / 2);
    assertThat(decoded(stream)).isEqualTo(content);
  }

  @Test
  void bytesThatDoNotBecomeSmallerGoAsTheyAre() {
    byte[] content = new byte[SIZE];
    new Random(1).nextBytes(content);

    byte[] stream = encoded(content, Optional.of(LIBRARY));

    assertThat(stream).hasSameSizeAs(encoded(content, Optional.empty()));
    assertThat(decoded(stream)).isEqualTo(content);
  }

  @Test
  void buffersOfACallNeedNotBeAlike() {
    byte[] content = text();
    for (boolean fromDirect : new boolean[] {false, true})
      for (boolean toDirect : new boolean[] {false, true}) {
        ByteBuffer packed = room(toDirect, SIZE);
        assertThat(LIBRARY.compress(room(fromDirect, SIZE).put(content).flip(), packed)).isTrue();
        ByteBuffer unpacked = room(fromDirect, SIZE);
        LIBRARY.decompress(packed.flip(), unpacked);

        assertThat(packed.hasRemaining()).isFalse();
        assertThat(unpacked.hasRemaining()).isFalse();
        assertThat(array(unpacked.flip())).isEqualTo(content);
      }
  }

  private static ByteBuffer room(boolean direct, int bytes) {
    return direct ? ByteBuffer.allocateDirect(bytes) : ByteBuffer.allocate(bytes);
  }

  /** A few bytes that unpack to 64 MiB. */
  @Test
  void recordsThatUnpackToMoreThanTheySayAreRefused() {
    byte[] bomb = packed(new byte[64 << 20]);
    assertThat(bomb).hasSizeLessThan(SIZE);

    byte[] stream = encoded(text(), Optional.of(new Sends(ByteBuffer.wrap(bomb))));

    assertThatThrownBy(() -> decoded(stream)).isInstanceOf(GatewayError.Damaged.class);
  }

  @Test
  void recordsThatUnpackToLessThanTheySayAreRefused() {
    byte[] stream =
        encoded(text(), Optional.of(new Sends(ByteBuffer.wrap(packed(new byte[SIZE - 1])))));

    assertThatThrownBy(() -> decoded(stream)).isInstanceOf(GatewayError.Damaged.class);
  }

  @Test
  void recordsThatAreCutShortAreRefused() {
    byte[] whole = packed(text());

    for (int length = 0; length < whole.length; length += 1 + length / 64) {
      var cut = ByteBuffer.wrap(whole, 0, length).slice();
      assertThatThrownBy(() -> LIBRARY.decompress(cut, ByteBuffer.allocate(SIZE)))
          .as("%d of %d bytes", cut.capacity(), whole.length)
          .isInstanceOf(GatewayError.Damaged.class);
    }
  }

  /** Whatever a frame says, it is not written outside of the buffer that is for it. */
  @Test
  void framesThatAreDamagedInAnyByteStayWithinTheirBuffer() {
    byte[] whole = packed(Arrays.copyOf(text(), 4096));
    byte[] around = new byte[3 * 4096];

    for (int bit = 0; bit < 8 * whole.length; bit++) {
      byte[] wrong = whole.clone();
      wrong[bit / 8] ^= (byte) (1 << bit % 8);
      Arrays.fill(around, (byte) 7);
      try {
        LIBRARY.decompress(ByteBuffer.wrap(wrong), ByteBuffer.wrap(around, 4096, 4096));
      } catch (GatewayError.Damaged _) { // most are; the sum of the record tells the others
      }
      for (int i = 0; i < 4096; i++)
        assertThat(around[i] + around[2 * 4096 + i]).as("bit %d, byte %d", bit, i).isEqualTo(14);
    }
  }

  /** As text compresses: some of it comes again, and no two records are alike. */
  private static byte[] text() {
    Random random = new Random(2);
    StringBuilder text = new StringBuilder();
    while (text.length() < SIZE) text.append(" volume ").append(random.nextInt(5_000));
    byte[] bytes = new byte[SIZE];
    for (int i = 0; i < SIZE; i++) bytes[i] = (byte) text.charAt(i);
    return bytes;
  }

  private static byte[] packed(byte[] bytes) {
    ByteBuffer target = ByteBuffer.allocate(SIZE);
    assertThat(LIBRARY.compress(ByteBuffer.wrap(bytes), target)).isTrue();
    return array(target.flip());
  }

  private static byte[] encoded(byte[] content, Optional<RecordCompression> compression) {
    var stream = new ByteArrayOutputStream();
    var encoder = new BlockStreamEncoder(new Whole(content), compression);
    ByteBuffer room = ByteBuffer.allocateDirect(BlockStreamEncoder.ROOM_BYTES);
    while (encoder.next(room.clear())) stream.writeBytes(array(room.flip()));
    return stream.toByteArray();
  }

  private static byte[] array(ByteBuffer bytes) {
    byte[] array = new byte[bytes.remaining()];
    bytes.get(array);
    return array;
  }

  private static byte[] decoded(byte[] stream) {
    var content = new Content();
    var decoder = new BlockStreamDecoder(content, Zstd.ifItLoads());
    decoder.decode(ByteBuffer.wrap(stream));
    decoder.finish();
    return content.bytes;
  }

  /** Says of any record that it is this one. */
  private record Sends(ByteBuffer packed) implements RecordCompression {
    @Override
    public int id() {
      return ZSTD;
    }

    @Override
    public boolean compress(ByteBuffer source, ByteBuffer target) {
      target.put(packed.duplicate());
      return true;
    }

    @Override
    public void decompress(ByteBuffer source, ByteBuffer target) {
      throw new AssertionError("only sends");
    }
  }

  /** One record of data. */
  private static final class Whole implements BlockSource {
    private final byte[] bytes;
    private boolean given;

    Whole(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public StreamHeader header() {
      var volume = new UUID(0, 1);
      var to = new UUID(0, 2);
      return new StreamHeader(
          volume, Optional.empty(), to, "monday", Instant.EPOCH, bytes.length, 0);
    }

    @Override
    public Optional<Piece> next(ByteBuffer buffer) {
      if (given) return Optional.empty();
      given = true;
      buffer.clear().put(bytes).flip();
      return Optional.of(new Data(0, bytes.length));
    }

    @Override
    public void close() {}
  }

  private static final class Content implements BlockStreamSink {
    private byte[] bytes = {};

    @Override
    public void header(StreamHeader header) {
      bytes = new byte[(int) header.sizeBytes()];
    }

    @Override
    public void data(long offset, ByteBuffer data) {
      data.get(bytes, (int) offset, data.remaining());
    }

    @Override
    public void zero(long offset, long lengthBytes) {}

    @Override
    public void end() {}
  }
}
