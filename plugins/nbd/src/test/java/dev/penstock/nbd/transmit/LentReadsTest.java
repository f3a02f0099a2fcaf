package dev.penstock.nbd.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.wire.Replies;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeGate;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Large reads are sent from where their bytes are, and what was lent for it is given back. */
class LentReadsTest {
  private static final int BYTES = 2 * Limits.LENT_BYTES_MIN;

  private final Vertx vertx = Vertx.vertx();
  private final MemoryVolume demo = MemoryVolume.ofBytes(1 << 20);
  private final Lending volume = new Lending(demo);
  private final VolumeGate gate = new VolumeGate("the test", vertx, new Lent(volume));
  private final Stalling channel = new Stalling();
  private final Outbox outbox =
      new Outbox(channel.pipeline().firstContext(), bytes -> channel.givenBack += bytes);

  @BeforeEach
  void fill() {
    demo.write(512, ByteBuffer.allocate(BYTES).putLong(0, 42).putLong(BYTES - 8, 43));
  }

  @AfterEach
  void stop() {
    outbox.close();
    channel.finishAndReleaseAll();
    vertx.close();
  }

  private boolean answer(boolean inClear) {
    return new Reads(Replies.SIMPLE, outbox, gate, channel.alloc(), inClear).answer(7, 512, BYTES);
  }

  @Test
  void aLargeReadIsTheHeaderAndTheMemoryThatWasLent() {
    assertThat(answer(true)).isTrue();
    outbox.flush();

    ByteBuf header = channel.readOutbound();
    ByteBuf first = channel.readOutbound();
    ByteBuf second = channel.readOutbound();
    assertThat(header.readableBytes()).isEqualTo(Wire.SIMPLE_REPLY_BYTES);
    assertThat(first.getLong(0)).isEqualTo(42);
    assertThat(second.getLong(second.readableBytes() - 8)).isEqualTo(43);
    assertThat(first.readableBytes() + second.readableBytes()).isEqualTo(BYTES);
    List.of(header, first, second).forEach(ByteBuf::release);
  }

  @Test
  void whatWasLentIsGivenBackOnceItIsSentAndNotBefore() {
    channel.stalled = true;
    answer(true);
    outbox.flush();
    assertThat(volume.lent()).isEqualTo(2);

    channel.stalled = false;
    channel.flush();
    assertThat(volume.lent()).isZero();
    assertThat(channel.givenBack).as("of the budget").isEqualTo(BYTES);
  }

  @Test
  void whatWasLentIsGivenBackWhenTheClientIsGone() {
    channel.stalled = true;
    answer(true);
    outbox.flush();

    var _ = channel.close();

    assertThat(volume.lent()).isZero();
    assertThat(channel.givenBack).isEqualTo(BYTES);
  }

  @Test
  void aReadThatIsNotAllInMemoryIsNotSentFromThere() {
    volume.secondIsOnDisk();
    demo.faults().missReadNow(true);

    assertThat(answer(true)).isFalse();
    assertThat(volume.lent()).isZero();
  }

  @Test
  void whatIsLentIsAnsweredOnceThoughThereIsNoMemoryToTrimWhatIsBeforeIt() {
    var memory = new ScarceMemory();
    channel.config().setAllocator(memory);
    outbox.add(Unpooled.copyInt(1), 0); // not sent yet: what comes behind it is trimmed
    outbox.room(1);
    memory.buffersLeft(0);

    assertThat(answer(true)).isTrue();
    outbox.flush();

    assertThat(channel.outboundMessages()).hasSize(4);
    assertThat(volume.lent()).isZero();
    channel.releaseOutbound();
  }

  @Test
  void whatIsEncryptedIsCopiedFirst() {
    assertThat(answer(false)).isTrue();
    outbox.flush();
    ByteBuf all = channel.readOutbound();
    assertThat(all.readableBytes()).isEqualTo(Wire.SIMPLE_REPLY_BYTES + BYTES);
    all.release();
  }

  /** Its client can stop to take what is sent. */
  private static final class Stalling extends EmbeddedChannel {
    private boolean stalled;
    private long givenBack;

    Stalling() {
      super(
          new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {}
          });
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer out) throws Exception {
      if (!stalled) super.doWrite(out);
    }
  }

  private record Lent(Volume volume) implements OpenVolume {
    @Override
    public Access access() {
      return Access.WRITE;
    }

    @Override
    public <T> Future<T> run(Callable<T> calls) {
      throw new AssertionError("nothing here blocks");
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }
}
