package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.RawClient.Chunk;
import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.testing.ForwardingVolume;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Extended headers on a socket: every reply has one, and ranges are as long as volumes. */
@Timeout(60)
class ExtendedHeadersServingTest {
  private static final int SIZE_BYTES = 1 << 20;
  private static final long HUGE_BYTES = 6L << 40;

  private final MemoryVolume demo = MemoryVolume.named("demo", SIZE_BYTES);
  private final TestServer server = TestServer.of(demo);

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void whatWasWrittenIsReadUnderExtendedHeaders() {
    try (var client = server.connect().extended("demo")) {
      client.send(new ClientBytes().carrying(Command.WRITE, 1, 4096, (byte) 7, (byte) 8));
      assertThat(done(client.extendedChunk(4096), 1)).isTrue();

      client.send(new ClientBytes().extended(Command.READ, 2, 4096, 3));
      Chunk data = client.extendedChunk(4096);
      assertThat(data.type()).isEqualTo(Wire.CHUNK_OFFSET_DATA);
      assertThat(data.payload().getLong()).isEqualTo(4096);
      assertThat(data.bytes()).containsExactly(7, 8, 0);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FLUSH", "TRIM", "WRITE_ZEROES", "CACHE"})
  void commandsWithoutDataAreAnsweredWithAnEmptyChunk(Command command) {
    try (var client = server.connect().extended("demo")) {
      client.send(new ClientBytes().extended(command, 3, 8192, 4096));
      assertThat(done(client.extendedChunk(8192), 3)).isTrue();
    }
  }

  @Test
  void aLargeSparseReadIsAnsweredInPiecesThatAllNameTheRequest() {
    demo.write(131072, ByteBuffer.wrap(new byte[] {1}));
    try (var client = server.connect().extended("demo")) {
      demo.faults().missReadNow(true);
      client.send(new ClientBytes().extended(Command.READ, 4, 4096, 262144));
      assertThat(client.extendedChunk(4096).type()).isEqualTo(Wire.CHUNK_OFFSET_HOLE);
      assertThat(client.extendedChunk(4096).type()).isEqualTo(Wire.CHUNK_OFFSET_DATA);
      Chunk last = client.extendedChunk(4096);
      assertThat(last.type()).isEqualTo(Wire.CHUNK_OFFSET_HOLE);
      assertThat(last.done()).isTrue();
    }
  }

  @Test
  void aPayloadThatACommandDoesNotTakeIsDrainedAndRefused() {
    try (var client = server.connect().extended("demo")) {
      client.send(
          new ClientBytes()
              .carrying(Command.READ, 5, 0, new byte[100_000])
              .carrying(Command.FLUSH, 6, 0, (byte) 1)
              .carrying(Command.BLOCK_STATUS, 7, 0, new byte[13])
              .extended(Command.FLUSH, 8, 0, 0));
      assertThat(error(client.extendedChunk(0), 5)).isEqualTo(ErrorNumber.EINVAL.code());
      assertThat(error(client.extendedChunk(0), 6)).isEqualTo(ErrorNumber.EINVAL.code());
      assertThat(error(client.extendedChunk(0), 7)).isEqualTo(ErrorNumber.EINVAL.code());
      assertThat(done(client.extendedChunk(0), 8)).isTrue();
    }
  }

  @Test
  void aCompactRequestEndsTheConnection() {
    try (var client = server.connect().extended("demo")) {
      client.send(new ClientBytes().request(Command.READ, 9, 0, 512));
      assertThat(client.readToEnd()).isZero();
      assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("protocol");
    }
  }

  @Test
  void anExtendedRequestWithoutNegotiationEndsTheConnection() {
    try (var client = server.connect().structured("demo")) {
      client.send(new ClientBytes().extended(Command.READ, 9, 0, 512));
      assertThat(client.readToEnd()).isZero();
      assertThat(TestServer.detail(server.cut(), "why")).isEqualTo("protocol");
    }
  }

  @Test
  void rangesAreAsLongAsTheVolume() {
    var huge = new Huge(demo);
    server.host().volumes().add("huge", huge);
    server.addExport("huge");
    try (var client = server.connect().extended("huge")) {
      client.send(new ClientBytes().extended(Command.TRIM, 1, 512, 5L << 40));
      assertThat(done(client.extendedChunk(512), 1)).isTrue();
      client.send(new ClientBytes().extended(Command.WRITE_ZEROES, 2, 0, HUGE_BYTES));
      assertThat(done(client.extendedChunk(0), 2)).isTrue();
      client.send(new ClientBytes().extended(Command.CACHE, 3, 0, HUGE_BYTES));
      assertThat(done(client.extendedChunk(0), 3)).isTrue();
      assertThat(huge.seen)
          .containsExactly(
              "trim 512+5497558138880", "zero 0+6597069766656", "cache 0+6597069766656");

      client.send(new ClientBytes().extended(Command.BLOCK_STATUS, 4, 0, HUGE_BYTES));
      assertThat(status(client.extendedChunk(0), 4)).containsExactly(HUGE_BYTES, 3L);
      client.send(new ClientBytes().statusOf(5, 512, 5L << 40, 1));
      assertThat(status(client.extendedChunk(512), 5)).containsExactly(5L << 40, 3L);
      client.send(new ClientBytes().statusOf(6, 0, 512, 2));
      assertThat(error(client.extendedChunk(0), 6)).isEqualTo(ErrorNumber.EINVAL.code());

      client.send(new ClientBytes().extended(Command.TRIM, 7, 512, HUGE_BYTES));
      assertThat(error(client.extendedChunk(512), 7)).isEqualTo(ErrorNumber.EINVAL.code());
      client.send(new ClientBytes().extended(Command.READ, 8, 0, 5L << 32));
      assertThat(error(client.extendedChunk(0), 8)).isEqualTo(ErrorNumber.EINVAL.code());
    }
  }

  private static boolean done(Chunk chunk, long cookie) {
    assertThat(chunk.cookie()).isEqualTo(cookie);
    assertThat(chunk.type()).isEqualTo(Wire.CHUNK_NONE);
    assertThat(chunk.payload().remaining()).isZero();
    return chunk.done();
  }

  private static int error(Chunk chunk, long cookie) {
    assertThat(chunk.cookie()).isEqualTo(cookie);
    assertThat(chunk.type())
        .as(new String(chunk.bytes(), StandardCharsets.UTF_8))
        .isEqualTo(Wire.CHUNK_ERROR);
    assertThat(chunk.done()).isTrue();
    return chunk.payload().getInt();
  }

  /** The one descriptor of an answer in context 1. */
  private static List<Long> status(Chunk chunk, long cookie) {
    assertThat(chunk.cookie()).isEqualTo(cookie);
    assertThat(chunk.type()).isEqualTo(Wire.CHUNK_BLOCK_STATUS_EXT);
    assertThat(chunk.payload().getInt()).as("context").isEqualTo(1);
    assertThat(chunk.payload().getInt()).as("descriptors").isEqualTo(1);
    return List.of(chunk.payload().getLong(), chunk.payload().getLong());
  }

  /** Is one hole, and notes what it is asked for. */
  private static final class Huge extends ForwardingVolume {
    private final List<String> seen = new CopyOnWriteArrayList<>();

    Huge(Volume behind) {
      super(behind);
    }

    @Override
    protected void admit(boolean changes) {}

    @Override
    public void close() {}

    @Override
    public long sizeBytes() {
      return HUGE_BYTES;
    }

    @Override
    public void trim(long offset, long lengthBytes) {
      seen.add("trim %d+%d".formatted(offset, lengthBytes));
    }

    @Override
    public void zero(long offset, long lengthBytes, ZeroMode mode) {
      seen.add("zero %d+%d".formatted(offset, lengthBytes));
    }

    @Override
    public void cache(long offset, long lengthBytes) {
      seen.add("cache %d+%d".formatted(offset, lengthBytes));
    }

    @Override
    public void extents(long offset, long lengthBytes, Extent.Sink sink) {
      sink.accept(new Extent(offset, lengthBytes, Extent.Kind.HOLE));
    }
  }
}
