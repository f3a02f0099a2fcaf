package dev.penstock.nbd.transmit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.handshake.MetaContext;
import dev.penstock.nbd.handshake.SelectedContext;
import dev.penstock.nbd.wire.BlockStatus;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Replies;
import dev.penstock.nbd.wire.RequestHeader;
import dev.penstock.nbd.wire.StructuredReplies;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Volume;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StatusCallTest {
  private static final List<SelectedContext> THREE =
      List.of(
          new SelectedContext(1, new Every(512, 10)),
          new SelectedContext(2, new Every(1024, 20)),
          new SelectedContext(4, new Every(2048, 40)));

  private static final SelectedContext WHOLE = new SelectedContext(4, new Every(1 << 30, 40));

  private final EmbeddedChannel channel = new EmbeddedChannel(new ChannelInboundHandlerAdapter());
  private final Volume demo = MemoryVolume.ofBytes(1 << 20);

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
  }

  @Test
  void everyContextHasItsChunkAndTheLastOneEndsTheAnswer() {
    assertThat(chunks(request(0, 2048)))
        .containsExactly(
            "context 1: 512+10 512+11 512+10 512+11",
            "context 2: 1024+20 1024+21",
            "context 4: 2048+40 done");
  }

  @Test
  void whatARequestNamesIsAllThatItIsTold() {
    assertThat(chunks(request(0, 2048, 4, 1)))
        .containsExactly("context 1: 512+10 512+11 512+10 512+11", "context 4: 2048+40 done");
  }

  @Test
  void reqOneIsOneDescriptorOfEach() {
    assertThat(chunks(request(Wire.CMD_FLAG_REQ_ONE, 2048)))
        .containsExactly("context 1: 512+10", "context 2: 1024+20", "context 4: 2048+40 done");
  }

  @Test
  void manyContextsShareTheRoomOfAnAnswerAndItIsNeverMoreThanWasReserved() {
    RequestHeader request = request(0, 1 << 30);
    List<ByteBuf> sent = write(request);
    int bytes = sent.stream().mapToInt(ByteBuf::readableBytes).sum();
    sent.forEach(ByteBuf::release);
    assertThat(bytes)
        .isGreaterThan(Limits.EXTENTS_MAX * 8)
        .isLessThan((int) StatusCall.replyBytesMax(request) + 3 * Replies.STATUS_BYTES_MAX);
  }

  @Test
  void ofWhatWasReservedAShortAnswerHoldsItsOwnLengthAndNoMore() {
    RequestHeader request = request(0, 1 << 30, 4);
    var brief = new StatusCall(request, (StructuredReplies) Replies.EXTENDED, List.of(WHOLE));
    List<Long> given = new ArrayList<>();
    var outbox = new Outbox(channel.pipeline().firstContext(), given::add);
    brief.perform(demo);
    long held = brief.reply(outbox);
    outbox.flush();

    assertThat(held).isLessThan(Replies.STATUS_BYTES_MAX);
    assertThat(given).containsExactly(held);
    assertThat(StatusCall.replyBytesMax(request)).isEqualTo(Limits.EXTENTS_MAX * 16L);
    channel.releaseOutbound();
    outbox.close();
  }

  /** One descriptor after another, all of a length, with two states by turns. */
  private record Every(long bytes, int state) implements MetaContext {
    @Override
    public String name() {
      return "x-test:" + bytes;
    }

    @Override
    public void describe(Volume volume, long offset, long lengthBytes, BlockStatus into) {
      boolean room = true;
      for (long at = 0; at < lengthBytes && room; at += bytes) {
        room = into.add(bytes, state + (int) (at / bytes % 2));
      }
    }
  }

  private static RequestHeader request(int flags, long lengthBytes, Integer... contextIds) {
    return new RequestHeader(
        flags, Command.BLOCK_STATUS, 7, 4096, lengthBytes, 0, List.of(contextIds));
  }

  private List<ByteBuf> write(RequestHeader request) {
    ChannelHandlerContext context = channel.pipeline().firstContext();
    var outbox = new Outbox(context, _ -> {});
    var call = new StatusCall(request, (StructuredReplies) Replies.EXTENDED, THREE);
    call.perform(demo);
    call.reply(outbox);
    outbox.flush();
    List<ByteBuf> sent = new ArrayList<>();
    for (ByteBuf one = channel.readOutbound(); one != null; one = channel.readOutbound()) {
      sent.add(one);
    }
    outbox.close();
    return sent;
  }

  private List<String> chunks(RequestHeader request) {
    List<String> chunks = new ArrayList<>();
    for (ByteBuf sent : write(request)) {
      while (sent.isReadable()) chunks.add(chunk(sent));
      sent.release();
    }
    return chunks;
  }

  private static String chunk(ByteBuf from) {
    from.skipBytes(4);
    boolean done = from.readUnsignedShort() == Wire.CHUNK_FLAG_DONE;
    assertThat(from.readUnsignedShort()).isEqualTo(Wire.CHUNK_BLOCK_STATUS_EXT);
    from.skipBytes(8 + 8 + 8);
    var text = new StringBuilder("context " + from.readInt() + ":");
    int descriptors = from.readInt();
    for (int i = 0; i < descriptors; i++) {
      text.append(" %d+%d".formatted(from.readLong(), from.readLong()));
    }
    return text + (done ? " done" : "");
  }
}
