package dev.penstock.nbd.transmit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.config.Rates;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.export.Throttle;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.VolumeGate;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
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
  private final Connection connection = connectionTo(1);
  private final Channel channel = new Channel(connection);
  private final ScarceMemory memory = new ScarceMemory();

  private Connection connectionTo(int listed) {
    String description = "d".repeat(Limits.EXPORT_TEXT_BYTES_MAX);
    var throttle = new Throttle(Rates.NONE, 0);
    return new Connection(
        1,
        "peer",
        Peer.LOCAL,
        new InClear(),
        Instant.EPOCH,
        new Surroundings(
            new OneExport(gate, description, listed, throttle, budget.part()),
            () -> Limits.DEFAULTS,
            budget,
            new SilentObserver(),
            () -> 0));
  }

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
    channel.writeInbound(greedy.toBuffer());

    assertThat(memory.usedBytes()).isLessThan(3L * Limits.DEFAULTS.unreadAnswersBytes());
    assertThat(channel.config().isAutoRead()).isFalse();

    channel.stalled = false;
    channel.flush();
    channel.runPendingTasks();
    assertThat(channel.config().isAutoRead()).as("it has read, and goes on").isTrue();
  }

  @Test
  void aListThatIsLongIsSaidAsItIsRead() {
    var listing = new Channel(connectionTo(Limits.EXPORTS_MAX));
    listing.releaseOutbound();
    listing.config().setAllocator(memory);
    listing.stalled = true;

    listing.writeInbound(new ClientBytes().fixedNoZeroes().option(Option.LIST).toBuffer());

    assertThat(memory.usedBytes()).isLessThan(3L * Limits.DEFAULTS.unreadAnswersBytes());
    listing.stalled = false;
    listing.flush();
    listing.runPendingTasks();
    int bytes = 0;
    for (ByteBuf out = listing.readOutbound(); out != null; out = listing.readOutbound()) {
      bytes += out.readableBytes();
      out.release();
    }
    int entryBytes = 20 + 4 + "demo".length() + Limits.EXPORT_TEXT_BYTES_MAX;
    assertThat(bytes).isEqualTo(Limits.EXPORTS_MAX * entryBytes + 20);
    listing.finishAndReleaseAll();
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
    memory.buffersLeft(1); // the one that replies are packed into, not the one for the data

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
    memory.buffersLeft(0);

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
}
