package dev.penstock.nbd.transmit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where replies are packed, when there is no memory for more of them. */
class OutboxTest {
  private static final int LARGE_BYTES = 64 << 10;

  private final ScarceMemory memory = new ScarceMemory();
  private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
  private final Outbox outbox = new Outbox(channel.pipeline().firstContext(), _ -> {});

  @BeforeEach
  void useScarceMemory() {
    channel.config().setAllocator(memory);
  }

  @AfterEach
  void nothingIsLeft() {
    outbox.close();
    channel.finishAndReleaseAll();
    assertThat(memory.usedBytes()).isZero();
  }

  @Test
  void aReplyThatHasNoRoomLeavesNoBufferThatIsAnothersByThen() {
    assertThat(outbox.room(1).isReadable()).isFalse();
    memory.buffersLeft(0);
    assertThatThrownBy(() -> outbox.room(LARGE_BYTES)).isInstanceOf(OutOfMemoryError.class);
    memory.buffersLeft(1);

    outbox.room(4).writeInt(42);
    outbox.flush();

    ByteBuf sent = channel.readOutbound();
    assertThat(sent.readInt()).isEqualTo(42);
    sent.release();
  }

  @Test
  void whatIsAddedIsAddedWhetherOrNotThereIsMemoryToTrimWhatIsBeforeIt() {
    outbox.add(Unpooled.copyInt(1), 0); // not sent yet: what comes behind it is trimmed
    outbox.room(4).writeInt(2);
    memory.buffersLeft(0);

    outbox.add(Unpooled.copyInt(3), 0);
    outbox.flush();

    for (int i = 1; i <= 3; i++) {
      ByteBuf sent = channel.readOutbound();
      assertThat(sent.readInt()).isEqualTo(i);
      sent.release();
    }
  }
}
