package dev.penstock.nbd.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RequestDecoderTest {
  private static final byte[] CONVERSATION =
      new ClientBytes()
          .request(Command.READ, 1, 4096, 512)
          .write(2, 0, "abcdefgh".getBytes(UTF_8))
          .request(0, 99, 3, 0, 7) // unknown: no payload follows, whatever its length says
          .write(4, 8, "toolong!!".getBytes(UTF_8))
          .request(Command.FLUSH, 5, 0, 0)
          .request(Command.DISC, 6, 0, 0)
          .raw("after the end".getBytes(UTF_8))
          .toBytes();

  private static final List<String> CUT =
      List.of(
          "READ 1 @4096+512 []",
          "WRITE 2 @0+8 [abcdefgh]",
          "UNKNOWN 3 @0+7 []",
          "refused WRITE 4 @8+9",
          "FLUSH 5 @0+0 []",
          "DISC 6 @0+0 []");

  private final Recorder recorder = new Recorder(8);

  @Test
  void requestsAreTheSameHoweverTheyAreFragmented() {
    for (int first = 0; first <= CONVERSATION.length; first++) {
      for (int second = first; second <= CONVERSATION.length; second++) {
        assertThat(decodeCutAt(first, second)).as("cut at %d and %d", first, second).isEqualTo(CUT);
      }
    }
  }

  private static List<String> decodeCutAt(int first, int second) {
    var recorder = new Recorder(8);
    try (var decoder = new RequestDecoder(1024)) {
      ByteBuf in = Unpooled.buffer();
      for (byte[] piece : pieces(first, second)) {
        in.writeBytes(piece);
        decoder.decode(in, recorder);
      }
    }
    return recorder.seen;
  }

  private static List<byte[]> pieces(int first, int second) {
    return List.of(
        java.util.Arrays.copyOfRange(CONVERSATION, 0, first),
        java.util.Arrays.copyOfRange(CONVERSATION, first, second),
        java.util.Arrays.copyOfRange(CONVERSATION, second, CONVERSATION.length));
  }

  @Test
  void bytesThatAreNoRequestAreAnError() {
    try (var decoder = new RequestDecoder(1024)) {
      var in = Unpooled.copiedBuffer("GET / HTTP/1.1\r\nHost: nowhere\r\n", UTF_8);
      assertThatThrownBy(() -> decoder.decode(in, recorder)).isInstanceOf(ProtocolError.class);
    }
  }

  @Test
  void aRequestThatHasToWaitIsAskedForAgainAndNothingBehindItIsRead() {
    recorder.waiting = true;
    try (var decoder = new RequestDecoder(1024)) {
      ByteBuf in = Unpooled.wrappedBuffer(CONVERSATION);
      assertThat(decoder.decode(in, recorder)).isTrue();
      assertThat(in.readerIndex()).isZero();

      recorder.waiting = false;
      assertThat(decoder.decode(in, recorder)).isFalse();
      assertThat(recorder.seen).isEqualTo(CUT);
    }
  }

  @Test
  void aRefusedPayloadLongerThanTheDrainLimitIsAnError() {
    try (var decoder = new RequestDecoder(100)) {
      var in = new ClientBytes().request(Command.WRITE, 1, 0, 101).toBuffer();
      assertThatThrownBy(() -> decoder.decode(in, recorder))
          .isInstanceOf(ProtocolError.class)
          .hasMessageContaining("101 bytes")
          .hasMessageContaining("100");
    }
  }

  @Test
  void aHalfSentPayloadIsUnfinishedAndReleasedWithTheDecoder() {
    var decoder = new RequestDecoder(1024);
    var in = new ClientBytes().request(Command.WRITE, 1, 0, 8).raw((byte) 1).toBuffer();
    decoder.decode(in, recorder);
    assertThat(decoder.unfinished(in.readableBytes())).isTrue();

    decoder.close();
    decoder.close();
    assertThat(recorder.payloads).hasSize(1).allMatch(payload -> payload.refCnt() == 0);
  }

  @Test
  void betweenTwoRequestsNothingIsUnfinished() {
    try (var decoder = new RequestDecoder(1024)) {
      var in = new ClientBytes().request(Command.FLUSH, 1, 0, 0).toBuffer();
      decoder.decode(in, recorder);
      assertThat(decoder.unfinished(in.readableBytes())).isFalse();
      assertThat(decoder.unfinished(27)).isTrue();
    }
  }

  @Property(tries = 2000)
  void garbageIsCutOrRefusedButNeverAnythingElse(@ForAll @Size(max = 200) byte[] garbage) {
    var in = new ClientBytes().request(Command.READ, 1, 0, 1).raw(garbage).toBuffer();
    try (var decoder = new RequestDecoder(1024)) {
      decoder.decode(in, recorder);
    } catch (ProtocolError expected) {
      assertThat(expected).hasMessageContaining("where a request begins");
    }
    assertThat(in.readerIndex()).isLessThanOrEqualTo(in.writerIndex());
  }

  @Property(tries = 2000)
  void anyHeaderIsTakenOrRefused(
      @ForAll short flags, @ForAll short type, @ForAll long offset, @ForAll int length) {
    var in = new ClientBytes().request(flags, type, 7, offset, length).toBuffer();
    var seen = new Recorder(8);
    try (var decoder = new RequestDecoder(Long.MAX_VALUE)) {
      decoder.decode(in, seen);
      assertThat(seen.seen.size() + (decoder.unfinished(in.readableBytes()) ? 1 : 0)).isEqualTo(1);
    }
  }

  /** Notes what it is given; refuses payloads over its limit. */
  private static final class Recorder implements RequestDecoder.Receiver {
    private final int payloadBytesMax;
    private final List<String> seen = new ArrayList<>();
    private final List<ByteBuf> payloads = new ArrayList<>();
    private boolean waiting;

    private Recorder(int payloadBytesMax) {
      this.payloadBytesMax = payloadBytesMax;
    }

    @Override
    public RequestDecoder.Admission admit(RequestHeader header) {
      if (waiting) return RequestDecoder.Admission.WAIT;
      return header.payloadBytes() > payloadBytesMax
          ? RequestDecoder.Admission.REFUSE
          : RequestDecoder.Admission.TAKE;
    }

    @Override
    public ByteBuf payloadBuffer(int bytes) {
      ByteBuf payload = Unpooled.buffer(bytes, bytes);
      payloads.add(payload);
      return payload;
    }

    @Override
    public void take(RequestHeader header, ByteBuf payload) {
      seen.add(text(header) + " [" + payload.toString(UTF_8) + "]");
      payload.release();
    }

    @Override
    public void refused(RequestHeader header) {
      seen.add("refused " + text(header));
    }

    @Override
    public void outOfStep(long cookie) {
      seen.add("out of step at " + cookie);
    }

    private static String text(RequestHeader header) {
      return "%s %d @%d+%d"
          .formatted(header.command(), header.cookie(), header.offset(), header.lengthBytes());
    }
  }
}
