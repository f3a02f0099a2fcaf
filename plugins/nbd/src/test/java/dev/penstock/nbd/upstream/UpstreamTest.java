package dev.penstock.nbd.upstream;

import static dev.penstock.nbd.client.Samples.bytes;
import static dev.penstock.nbd.client.Samples.offsetAnd;
import static dev.penstock.nbd.client.Samples.pattern;
import static dev.penstock.nbd.client.Samples.read;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.nbd.client.FakeServer;
import dev.penstock.nbd.client.FakeServer.Script;
import dev.penstock.nbd.client.FakeServer.Seen;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.ZeroMode;
import java.io.DataOutputStream;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What flexnbd-proxy's users count on: what is read, written and made durable, and what is refused.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class UpstreamTest {
  private static final int SIZE = 1 << 20;
  private static final int LARGE = 33 << 20;

  @Test
  void aServerThatIsAbsentIsAReasonThatIsSaidAndCanBeTriedAgain() {
    String uri;
    try (var gone = FakeServer.of(SIZE, FakeServer.serve())) {
      uri = gone.uri();
    }
    try (var store = TestStore.of(uri)) {
      assertThatThrownBy(store::open)
          .isInstanceOf(GatewayError.Unavailable.class)
          .hasMessageContaining(uri)
          .hasMessageContaining("refused");
      assertThat(store.gauged("upstream_connections")).isZero();
    }
  }

  @ParameterizedTest(name = "old-style: {0}")
  @ValueSource(booleans = {false, true})
  void readsAndWritesGoThrough(boolean oldStyle) {
    Script script =
        session -> {
          if (oldStyle) session.oldStyle();
          else session.greet();
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, script);
        var store = TestStore.of(oldStyle ? server.uriWithoutName() : server.uri())) {
      Volume volume = store.open();

      volume.write(1000, ByteBuffer.wrap(bytes(5000)));

      assertThat(volume.sizeBytes()).isEqualTo(SIZE);
      assertThat(read(volume, 1000, 5000)).isEqualTo(bytes(5000));
      assertThat(Arrays.copyOfRange(server.disk, 1000, 6000)).isEqualTo(bytes(5000));
      assertThat(read(volume, 7, 9)).isEqualTo(Arrays.copyOfRange(server.disk, 7, 16));
      assertThat(store.counted("upstream_bytes", "direction", "read")).isEqualTo(5009);
      assertThat(store.counted("upstream_bytes", "direction", "written")).isEqualTo(5000);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "EPERM, Denied",
    "EIO, Failed",
    "ENOMEM, Failed",
    "EINVAL, Invalid",
    "ENOSPC, NoSpace",
    "EOVERFLOW, Failed",
    "ENOTSUP, Unsupported"
  })
  void errorsArePassedOnOnceAndTheConnectionGoesOn(ErrorNumber error, String kind) {
    Script script =
        session -> {
          session.greet();
          session.fail(session.next(), error.code());
          session.fail(session.next(), error.code()); // of a read: no data follows
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, script);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();

      assertThatThrownBy(() -> volume.write(0, ByteBuffer.allocate(512)))
          .satisfies(e -> assertThat(e.getClass().getSimpleName()).isEqualTo(kind))
          .hasMessageContaining(error.name())
          .hasMessageContaining(server.uri());
      assertThatThrownBy(() -> read(volume, 0, 512))
          .satisfies(e -> assertThat(e.getClass().getSimpleName()).isEqualTo(kind));

      assertThat(read(volume, 0, 512)).isEqualTo(Arrays.copyOf(server.disk, 512));
      assertThat(server.connections()).isEqualTo(1);
      assertThat(server.seen).hasSize(3);
    }
  }

  @Test
  void aWriteOf32MiBGoesThrough() {
    try (var server = FakeServer.of(LARGE, FakeServer.serve());
        var store = TestStore.of(server.uri())) {
      byte[] written = bytes(32 << 20);
      ByteBuffer direct = ByteBuffer.allocateDirect(written.length).put(written).flip();

      store.open().write(4096, direct);

      assertThat(Arrays.copyOfRange(server.disk, 4096, 4096 + written.length)).isEqualTo(written);
      assertThat(store.context().events().all(UpstreamObserver.LOST)).isEmpty();
    }
  }

  @Test
  void aRequestThatTheServerTakesNoMoreThanIsSentInPieces() {
    Script small =
        session -> {
          session.blocks = new int[] {1, 4096, 65_536};
          session.greet();
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, small);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();

      volume.write(3, ByteBuffer.wrap(bytes(200_000)));

      assertThat(read(volume, 3, 200_000)).isEqualTo(bytes(200_000));
      assertThat(server.seen).allMatch(request -> request.lengthBytes() <= 65_536);
    }
  }

  @Test
  void blocksOfTheServerAreHonoured() {
    Script blocks =
        session -> {
          session.blocks = new int[] {4096, 4096, 1 << 20};
          session.size(SIZE - 100);
          session.greet();
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, blocks);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();
      assertThat(volume.sizeBytes()).isEqualTo(SIZE - 4096);

      assertThat(read(volume, 4000, 200)).isEqualTo(Arrays.copyOfRange(server.disk, 4000, 4200));
      volume.trim(1, 8192);
      volume.write(4096, ByteBuffer.wrap(bytes(4096)));
      assertThatThrownBy(() -> volume.write(4000, ByteBuffer.allocate(200)))
          .isInstanceOf(GatewayError.Invalid.class)
          .hasMessageContaining("multiples of 4096");

      assertThat(server.seen)
          .extracting(Seen::command, Seen::offset, Seen::lengthBytes)
          .containsExactly(
              org.assertj.core.api.Assertions.tuple(Command.READ, 0L, 8192),
              org.assertj.core.api.Assertions.tuple(Command.TRIM, 4096L, 4096),
              org.assertj.core.api.Assertions.tuple(Command.WRITE, 4096L, 4096));
    }
  }

  /** The gateway counts what its clients ask for, and gives the heap to nobody. */
  @Test
  void aReadThatIsWidenedToBlocksTakesNoMemoryBesideItsTarget() {
    Script blocks =
        session -> {
          session.blocks = new int[] {4096, 4096, 1 << 20};
          session.greet();
          session.serve();
        };
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (var server = FakeServer.of(4 << 20, blocks);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();
      ByteBuffer target = ByteBuffer.allocate(2 << 20);
      volume.read(100, target.duplicate());

      long before = threads.getCurrentThreadAllocatedBytes();
      volume.read(1000, target);

      assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1 << 20);
      assertThat(target.array()).isEqualTo(Arrays.copyOfRange(server.disk, 1000, 1000 + (2 << 20)));
    }
  }

  @Test
  void zeroesForAServerThatCannotZeroTakeNoMemoryOfTheirOwn() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    try (var server = FakeServer.of(4 << 20, FakeServer.serve());
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();
      volume.zero(0, 512, ZeroMode.KEEP_SPACE);

      long before = threads.getCurrentThreadAllocatedBytes();
      volume.zero(1000, 2 << 20, ZeroMode.KEEP_SPACE);

      assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(1 << 20);
      assertThat(Arrays.copyOfRange(server.disk, 1000, 1000 + (2 << 20))).containsOnly(0);
    }
  }

  @Test
  void aReplyMayComeByteByByteInChunksAndInAnyOrder() {
    Script slow =
        session -> {
          session.structured().greet();
          Seen read = session.next();
          DataOutputStream out = session.byteByByte();
          session.chunk(
              out,
              false,
              Wire.CHUNK_OFFSET_DATA,
              read.cookie(),
              offsetAnd(512, Arrays.copyOfRange(new byte[2048], 0, 256)));
          session.chunk(
              out, false, Wire.CHUNK_OFFSET_HOLE, read.cookie(), offsetAnd(768, 0, 0, 1, 0));
          session.chunk(
              out, false, Wire.CHUNK_OFFSET_DATA, read.cookie(), offsetAnd(0, bytes(512)));
          session.chunk(out, true, Wire.CHUNK_NONE, read.cookie());
          FakeServer.Session.simple(out, 0, session.next().cookie());
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, slow);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();
      byte[] expected = Arrays.copyOf(bytes(512), 1024);

      assertThat(read(volume, 0, 1024)).isEqualTo(expected);
      volume.flush();
    }
  }

  @ParameterizedTest(name = "{0} and {1}")
  @CsvSource({"0:256, 256:255", "0:256, 0:256", "0:100, 200:312", "256:256, 0:255"})
  void aReplyThatLeavesBytesOutIsNotTakenForTheData(String first, String second) {
    Script leavesOut =
        session -> {
          session.structured().greet();
          Seen read = session.next();
          for (String piece : List.of(first, second)) {
            int colon = piece.indexOf(':');
            byte[] data = new byte[Integer.parseInt(piece.substring(colon + 1))];
            byte[] payload = offsetAnd(Long.parseLong(piece.substring(0, colon)), data);
            session.chunk(
                session.out, piece.equals(second), Wire.CHUNK_OFFSET_DATA, read.cookie(), payload);
          }
          session.hang();
        };
    try (var server = FakeServer.of(SIZE, leavesOut, FakeServer.serve());
        var store = TestStore.of(server.uri())) {
      assertThat(read(store.open(), 0, 512)).isEqualTo(Arrays.copyOf(server.disk, 512));
      assertThat(store.counted("upstream_lost", "why", "protocol")).isEqualTo(1);
    }
  }

  @Test
  void anUpstreamThatIsReadOnlyTakesNoChanges() {
    Script readOnly =
        session -> {
          session.flags(Wire.EXPORT_HAS_FLAGS | Wire.EXPORT_READ_ONLY).greet();
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, readOnly);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();

      assertThatThrownBy(() -> volume.write(0, ByteBuffer.allocate(512)))
          .isInstanceOf(GatewayError.Denied.class);
      volume.flush();

      assertThat(server.seen).isEmpty();
    }
  }

  @ParameterizedTest(name = "fua: {0}")
  @ValueSource(booleans = {true, false})
  void nothingIsSaidToBeDurableThatIsNot(boolean fua) {
    int flags = Wire.EXPORT_HAS_FLAGS | (fua ? Wire.EXPORT_SEND_FUA : 0);
    Script noFlush =
        session -> {
          session.flags(flags).greet();
          session.serve();
        };
    try (var server = FakeServer.of(SIZE, noFlush);
        var store = TestStore.of(server.uri())) {
      Volume volume = store.open();
      volume.write(0, pattern(1, 512));

      if (fua) volume.flush();
      else
        assertThatThrownBy(volume::flush)
            .isInstanceOf(GatewayError.Unsupported.class)
            .hasMessageContaining("neither FLUSH nor FUA");

      assertThat(server.seen).extracting(Seen::flags).containsExactly(fua ? Wire.CMD_FLAG_FUA : 0);
    }
  }
}
