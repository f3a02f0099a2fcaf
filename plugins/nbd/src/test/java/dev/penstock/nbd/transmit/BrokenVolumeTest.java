package dev.penstock.nbd.transmit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.testing.ForwardingVolume;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.FileRegion;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeGate;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A plugin throws an Error where it is asked on the event loop: a class is missing, for instance.
 */
class BrokenVolumeTest {
  private final Vertx vertx = Vertx.vertx();
  private final Broken volume = new Broken();
  private final VolumeGate gate = new VolumeGate("the test", vertx, new AtOnce(volume));
  private final Budget budget = new Budget(Limits.DEFAULTS.totalBytes());
  private final Connection connection =
      new Connection(
          1,
          "peer",
          Peer.LOCAL,
          new InClear(),
          Instant.EPOCH,
          new Surroundings(
              OneExport.of(gate, budget),
              () -> Limits.DEFAULTS,
              budget,
              new SilentObserver(),
              () -> 0));
  private final EmbeddedChannel channel = new EmbeddedChannel(connection.handler());

  @BeforeEach
  void chooseExport() {
    channel.writeInbound(
        new ClientBytes()
            .fixedNoZeroes()
            .option(Option.EXPORT_NAME, "demo".getBytes(UTF_8))
            .toBuffer());
    channel.releaseOutbound();
  }

  @AfterEach
  void everythingIsGivenBack() {
    channel.finishAndReleaseAll();
    assertThat(budget.freeBytes()).isEqualTo(Limits.DEFAULTS.totalBytes());
    assertThat(gate.whenIdle().isComplete()).isTrue();
    vertx.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, Limits.BATCH_BYTES, Limits.INLINE_BYTES_MAX})
  void aReadThatBreaksTheFastPathIsAnsweredByAWorkerAlone(int bytes) {
    channel.writeInbound(new ClientBytes().request(Command.READ, 7, 0, bytes).toBuffer());
    channel.runPendingTasks();

    ByteBuf reply = channel.readOutbound();
    assertThat(reply.readableBytes()).isEqualTo(Wire.SIMPLE_REPLY_BYTES + bytes);
    assertThat(reply.getInt(4)).as("the error").isZero();
    reply.release();
    assertThat(channel.<ByteBuf>readOutbound()).isNull();
    assertThat(channel.isActive()).isTrue();
  }

  @Test
  void whatBreaksWhenARequestIsLookedAtAgainCostsTheConnection() {
    Budget.Part others = budget.part();
    others.take(Limits.DEFAULTS.totalBytes(), () -> {});
    channel.writeInbound(new ClientBytes().request(Command.READ, 7, 0, 1 << 20).toBuffer());
    volume.hasNoSize = true;

    others.give(Limits.DEFAULTS.totalBytes());
    channel.runPendingTasks();

    assertThat(channel.isActive()).isFalse();
    assertThat(connection.ended().isComplete()).isTrue();
  }

  private static final class Broken extends ForwardingVolume {
    private boolean hasNoSize;

    Broken() {
      super(MemoryVolume.ofBytes(1 << 20));
    }

    @Override
    protected void admit(boolean changes) {}

    @Override
    public Set<VolumeCapability> capabilities() {
      return Set.of(VolumeCapability.READ_NOW, VolumeCapability.REGIONS);
    }

    @Override
    public long sizeBytes() {
      if (hasNoSize) throw new NoClassDefFoundError("says the test");
      return super.sizeBytes();
    }

    @Override
    public int readNow(long offset, ByteBuffer target) {
      throw new NoClassDefFoundError("says the test");
    }

    @Override
    public List<FileRegion> regions(long offset, long lengthBytes) {
      throw new NoClassDefFoundError("says the test");
    }

    @Override
    public void close() {}
  }
}
