package dev.penstock.nbd.transmit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.config.Rates;
import dev.penstock.nbd.export.ServedExports;
import dev.penstock.nbd.export.Throttle;
import dev.penstock.nbd.handshake.BlockSizes;
import dev.penstock.nbd.handshake.ContextQuery;
import dev.penstock.nbd.handshake.ExportOffer;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeGate;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a connection does when its client does not read, or when there is no memory for a reply. */
class ScarcityTest {
  private static final int SIZE_BYTES = 1 << 20;
  private static final int REQUESTS = 200_000;

  private final Vertx vertx = Vertx.vertx();
  private final MemoryVolume demo = MemoryVolume.ofBytes(SIZE_BYTES);
  private final VolumeGate gate = new VolumeGate("the test", vertx, new AtOnce(demo));
  private final Budget budget = new Budget(Limits.DEFAULTS.totalBytes());
  private final Connection connection =
      new Connection(
          1,
          "peer",
          Peer.LOCAL,
          new InClear(),
          Instant.EPOCH,
          new Surroundings(
              _ -> new OneExport(), () -> Limits.DEFAULTS, budget, new SilentObserver(), () -> 0));
  private String description = "";
  private final Channel channel = new Channel(connection);
  private final Scarce memory = new Scarce();

  @AfterEach
  void stop() {
    channel.finishAndReleaseAll();
    vertx.close();
  }

  @Test
  void refusalsThatNobodyReadsAreBoundedLikeEveryReply() {
    chooseExport();
    channel.stalled = true;
    var refused = new ClientBytes();
    for (int i = 0; i < REQUESTS; i++) refused.request(Command.READ, i, SIZE_BYTES, 1);
    for (int i = 0; i < 4; i++) channel.writeInbound(refused.toBuffer());

    assertThat(channel.unsafe().outboundBuffer().totalPendingWriteBytes())
        .isLessThan(2L * Limits.DEFAULTS.unreadAnswersBytes());
    assertThat(channel.config().isAutoRead()).isFalse();
    assertThat(budget.keptBytes()).as("what waits to be looked at").isPositive();

    channel.stalled = false;
    channel.flush();
    channel.runPendingTasks();
    assertThat(connection.info().requests()).isEqualTo(4L * REQUESTS);
    assertThat(budget.keptBytes()).isZero();
  }

  @Test
  void repliesToRequestsThatComeOneByOneTakeNoMoreMemoryThanThoseThatComeTogether() {
    chooseExport();
    channel.stalled = true;
    long before = memory.usedBytes();
    for (int i = 0; i < REQUESTS && channel.config().isAutoRead(); i++)
      channel.writeInbound(new ClientBytes().request(Command.FLUSH, i, 0, 0).toBuffer());

    assertThat(channel.config().isAutoRead()).as("the client has to read").isFalse();
    assertThat(memory.usedBytes() - before).isLessThan(2L * Limits.DEFAULTS.unreadAnswersBytes());
  }

  @Test
  void answersToOptionsThatNobodyReadsAreBounded() {
    channel.config().setAllocator(memory);
    channel.stalled = true;
    var greedy = new ClientBytes().fixedNoZeroes();
    for (int i = 0; i < 1000; i++) greedy.option(Option.LIST);
    description = "d".repeat(Limits.EXPORT_TEXT_BYTES_MAX);
    channel.writeInbound(greedy.toBuffer());

    assertThat(memory.usedBytes()).isLessThan(3L * Limits.DEFAULTS.unreadAnswersBytes());
    assertThat(channel.config().isAutoRead()).isFalse();

    channel.stalled = false;
    channel.flush();
    channel.runPendingTasks();
    assertThat(channel.config().isAutoRead()).as("it has read, and goes on").isTrue();
  }

  @Test
  void whoStillReadsReceivesLittleAtATimeWhileTooMuchWaits() {
    chooseExport();
    assertThat(receiveBytes()).isGreaterThan(Limits.RECEIVE_BYTES_MIN);
    budget.keep(Limits.RECEIVED_BYTES + 1);
    assertThat(receiveBytes()).isEqualTo(Limits.RECEIVE_BYTES_MIN);
  }

  @SuppressWarnings("deprecation") // Netty's own way to ask
  private int receiveBytes() {
    var handle = channel.config().getRecvByteBufAllocator().newHandle();
    ByteBuf buffer = handle.allocate(UnpooledByteBufAllocator.DEFAULT);
    int bytes = buffer.writableBytes();
    buffer.release();
    return bytes;
  }

  @Test
  void aReadWithoutMemoryForItsReplyIsAnErrorReplyAndNoDataAtAll() {
    demo.faults().missReadNow(true);
    chooseExport();
    memory.buffersLeft = 1; // the one that replies are packed into, not the one for the data

    channel.writeInbound(new ClientBytes().request(Command.READ, 7, 0, 8192).toBuffer());

    ByteBuf reply = channel.readOutbound();
    assertThat(reply.readableBytes()).isEqualTo(Wire.SIMPLE_REPLY_BYTES);
    assertThat(reply.getInt(4)).isEqualTo(ErrorNumber.ENOMEM.code());
    reply.release();
    assertThat(channel.isActive()).isTrue();
  }

  @Test
  void aReplyThatCannotBeWrittenCostsTheConnectionAndLeavesNothingUnderWay() {
    chooseExport();
    memory.buffersLeft = 0;

    channel.writeInbound(new ClientBytes().request(Command.FLUSH, 7, 0, 0).toBuffer());
    channel.runPendingTasks();

    assertThat(channel.isActive()).isFalse();
    assertThat(connection.ended().isComplete()).isTrue();
    assertThat(gate.whenIdle().isComplete()).isTrue();
  }

  @Test
  void aReadThatWaitedAtTheGateIsAnsweredWithoutAnotherRequest() {
    chooseExport();
    gate.enter(VolumeGate.Passage.READ, () -> {});
    var successor = new AtOnce(MemoryVolume.ofBytes(SIZE_BYTES));
    var _ = gate.retire(successor, Duration.ofMinutes(1));
    channel.writeInbound(new ClientBytes().request(Command.READ, 7, 0, 512).toBuffer());
    assertThat(channel.<ByteBuf>readOutbound()).isNull();

    gate.leave(VolumeGate.Passage.READ);
    channel.runPendingTasks();

    ByteBuf reply = channel.readOutbound();
    assertThat(reply.readableBytes()).isEqualTo(Wire.SIMPLE_REPLY_BYTES + 512);
    reply.release();
  }

  private void chooseExport() {
    channel.config().setAllocator(memory);
    channel.writeInbound(
        new ClientBytes()
            .fixedNoZeroes()
            .option(Option.EXPORT_NAME, "demo".getBytes(UTF_8))
            .toBuffer());
    channel.releaseOutbound();
  }

  /** Its client can stop to take what is sent. */
  private static final class Channel extends EmbeddedChannel {
    private boolean stalled;

    Channel(Connection connection) {
      super(connection.handler());
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer out) throws Exception {
      if (!stalled) super.doWrite(out);
    }
  }

  /** Has memory for a number of direct buffers. */
  private static final class Scarce extends AbstractByteBufAllocator {
    private final UnpooledByteBufAllocator counted = new UnpooledByteBufAllocator(true);
    private int buffersLeft = Integer.MAX_VALUE;

    long usedBytes() {
      return counted.metric().usedDirectMemory() + counted.metric().usedHeapMemory();
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
      if (buffersLeft-- <= 0) throw new OutOfMemoryError("none left, says the test");
      return counted.directBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
      return counted.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
      return false;
    }
  }

  /** Its calls are done before they return. */
  private record AtOnce(Volume volume) implements OpenVolume {
    @Override
    public Access access() {
      return Access.WRITE;
    }

    @Override
    public <T> Future<T> run(Callable<T> calls) {
      return Future.future(done -> {
        try {
          done.complete(calls.call());
        } catch (Exception e) {
          done.fail(e);
        }
      });
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }

  private final class OneExport implements ServedExports.Visit {
    private final ExportOffer offer =
        new ExportOffer("demo", "", SIZE_BYTES, Wire.EXPORT_HAS_FLAGS, BlockSizes.STANDARD);

    @Override
    public Future<Lookup> find(String name, ContextQuery contexts, Peer peer) {
      return Future.succeededFuture(new Lookup.Found(offer));
    }

    @Override
    public Future<List<Listed>> list(Peer peer) {
      return Future.succeededFuture(List.of(new Listed("demo", description)));
    }

    @Override
    public void end() {}

    @Override
    public Optional<ServedExports.Attachment> attach(String askedFor, Peer peer) {
      return Optional.of(
          new ServedExports.Attachment() {
            @Override
            public VolumeGate gate() {
              return gate;
            }

            @Override
            public Throttle throttle() {
              return new Throttle(Rates.NONE, 0);
            }

            @Override
            public String export() {
              return "demo";
            }
          });
    }
  }
}
