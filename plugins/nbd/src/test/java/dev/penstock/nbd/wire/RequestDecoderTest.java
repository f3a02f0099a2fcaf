package dev.penstock.nbd.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

  private static final byte[] EXTENDED =
      new ClientBytes()
          .extended(Command.TRIM, 1, 4096, 5L << 32)
          .carrying(Command.WRITE, 2, 0, "abcdefgh".getBytes(UTF_8))
          .statusOf(3, 512, 6L << 32, 7, 1)
          .carrying(Command.READ, 4, 0, "it takes none".getBytes(UTF_8))
          .extended(0, 99, 5, 0, 7)
          .extended(Command.WRITE, 6, 0, 3) // as qemu says it, which does not say PAYLOAD_LEN
          .raw("abc".getBytes(UTF_8))
          .carrying(Command.BLOCK_STATUS, 7, 0, "no selection!".getBytes(UTF_8))
          .carrying(Command.DISC, 8, 0, "nobody reads this".getBytes(UTF_8))
          .toBytes();

  private static final List<String> EXTENDED_CUT =
      List.of(
          "TRIM 1 @4096+21474836480 []",
          "WRITE 2 @0+8 [abcdefgh]",
          "BLOCK_STATUS 3 @512+25769803776 of [7, 1] []",
          "refused READ 4 @0+13",
          "UNKNOWN 5 @0+7 []",
          "WRITE 6 @0+3 [abc]",
          "refused BLOCK_STATUS 7 @0+13",
          "DISC 8 @0+17 []");

  private final Recorder recorder = new Recorder(8);

  @Test
  void requestsAreTheSameHoweverTheyAreFragmented() {
    for (int first = 0; first <= CONVERSATION.length; first++) {
      for (int second = first; second <= CONVERSATION.length; second++) {
        assertThat(decodeCutAt(RequestForm.COMPACT, CONVERSATION, first, second))
            .as("cut at %d and %d", first, second)
            .isEqualTo(CUT);
      }
    }
  }

  @Test
  void extendedRequestsAreTheSameHoweverTheyAreFragmented() {
    for (int first = 0; first <= EXTENDED.length; first++) {
      for (int second = first; second <= EXTENDED.length; second++) {
        assertThat(decodeCutAt(RequestForm.EXTENDED, EXTENDED, first, second))
            .as("cut at %d and %d", first, second)
            .isEqualTo(EXTENDED_CUT);
      }
    }
  }

  private static List<String> decodeCutAt(
      RequestForm form, byte[] conversation, int first, int second) {
    var recorder = new Recorder(8);
    try (var decoder = new RequestDecoder(1024)) {
      decoder.expect(form);
      ByteBuf in = Unpooled.buffer();
      for (byte[] piece : pieces(conversation, first, second)) {
        in.writeBytes(piece);
        decoder.decode(in, recorder);
      }
    }
    return recorder.seen;
  }

  private static List<byte[]> pieces(byte[] conversation, int first, int second) {
    return List.of(
        Arrays.copyOfRange(conversation, 0, first),
        Arrays.copyOfRange(conversation, first, second),
        Arrays.copyOfRange(conversation, second, conversation.length));
  }

  @ParameterizedTest
  @EnumSource
  void requestsOfTheOtherFormAreNoneAndSeenBeforeTheyAreComplete(RequestForm form) {
    ClientBytes compact = new ClientBytes().request(Command.READ, 0x77, 0, 1);
    ClientBytes extended = new ClientBytes().extended(Command.READ, 0x77, 0, 1);
    byte[] other = (form == RequestForm.EXTENDED ? compact : extended).toBytes();
    try (var decoder = new RequestDecoder(1024)) {
      decoder.expect(form);
      ByteBuf in = Unpooled.wrappedBuffer(other, 0, 15);
      assertThat(decoder.decode(in, recorder)).isFalse();
      ByteBuf whole = Unpooled.wrappedBuffer(other, 0, 16);
      assertThatThrownBy(() -> decoder.decode(whole, recorder)).isInstanceOf(ProtocolError.class);
      assertThat(recorder.seen).containsExactly("out of step at " + 0x77);
    }
  }

  @Test
  void aPayloadThatNeedsAllOf64BitsIsAnErrorAndNotDrained() {
    try (var decoder = new RequestDecoder(1024)) {
      decoder.expect(RequestForm.EXTENDED);
      int flags = Wire.CMD_FLAG_PAYLOAD_LEN;
      ByteBuf in = new ClientBytes().extended(flags, Command.WRITE.code(), 1, 0, -1).toBuffer();
      assertThatThrownBy(() -> decoder.decode(in, recorder))
          .isInstanceOf(ProtocolError.class)
          .hasMessageContaining("18446744073709551615");
    }
  }

  @Test
  void aStatusRequestWaitsForWhatItSelects() {
    byte[] status = new ClientBytes().statusOf(3, 512, 4096, 1).toBytes();
    try (var decoder = new RequestDecoder(1024)) {
      decoder.expect(RequestForm.EXTENDED);
      ByteBuf in = Unpooled.wrappedBuffer(status, 0, status.length - 1);
      assertThat(decoder.decode(in, recorder)).isFalse();
      assertThat(decoder.unfinished(in.readableBytes())).isTrue();
      assertThat(recorder.seen).isEmpty();
    }
  }

  @Property(tries = 2000)
  void anyExtendedHeaderIsTakenOrRefused(
      @ForAll short flags, @ForAll short type, @ForAll long offset, @ForAll long length) {
    var in = new ClientBytes().extended(flags, type, 7, offset, length).toBuffer();
    var seen = new Recorder(8);
    try (var decoder = new RequestDecoder(Long.MAX_VALUE)) {
      decoder.expect(RequestForm.EXTENDED);
      decoder.decode(in, seen);
      assertThat(seen.seen.size() + (decoder.unfinished(in.readableBytes()) ? 1 : 0)).isEqualTo(1);
    } catch (ProtocolError tooLong) {
      assertThat(length).isNegative();
    }
  }

  @Test
  void bytesThatAreNoRequestAreAnError() {
    try (var decoder = new RequestDecoder(1024)) {
      var in = Unpooled.copiedBuffer("GET / HTTP/1.1\r\nHost: nowhere\r\n", UTF_8);
      assertThatThrownBy(() -> decoder.decode(in, recorder)).isInstanceOf(ProtocolError.class);
    }
  }

  @Test
  void onlyReadsWithoutFlagsCanBeAnsweredBeforeAnythingIsMadeOfThem() {
    try (var decoder = new RequestDecoder(1024)) {
      recorder.answersReads = true;
      ByteBuf in =
          new ClientBytes()
              .request(Command.READ, 1, 4096, 0xffff_ffffL)
              .request(Wire.CMD_FLAG_DF, Command.READ.code(), 2, 0, 512)
              .request(Command.FLUSH, 3, 0, 0)
              .toBuffer();
      decoder.decode(in, recorder);
      assertThat(recorder.seen)
          .containsExactly("read 1 4096 4294967295", "READ 2 @0+512 []", "FLUSH 3 @0+0 []");
    }
  }

  @Test
  void extendedReadsCanBeAnsweredAtOnceAsWell() {
    try (var decoder = new RequestDecoder(1024)) {
      decoder.expect(RequestForm.EXTENDED);
      recorder.answersReads = true;
      decoder.decode(
          new ClientBytes().extended(Command.READ, 1, 4096, 1L << 40).toBuffer(), recorder);
      assertThat(recorder.seen).containsExactly("read 1 4096 1099511627776");
    }
  }

  @Test
  void theRestOfAPayloadCanBeReceivedWhereItBelongs() {
    try (var decoder = new RequestDecoder(1024)) {
      byte[] header = new ClientBytes().request(Command.WRITE, 2, 0, 8).raw((byte) 'a').toBytes();
      decoder.decode(Unpooled.wrappedBuffer(header), recorder);
      assertThat(decoder.payloadRest(8)).as("only 7 bytes are missing").isNull();

      ByteBuf rest = requireNonNull(decoder.payloadRest(7));
      rest.writeBytes("bcd".getBytes(UTF_8));
      decoder.received(3);
      rest.release();
      decoder.decode(Unpooled.wrappedBuffer("efgh".getBytes(UTF_8)), recorder);

      assertThat(recorder.seen).containsExactly("WRITE 2 @0+8 [abcdefgh]");
      assertThat(decoder.payloadRest(1)).as("no payload is arriving").isNull();
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
    private boolean answersReads;

    private Recorder(int payloadBytesMax) {
      this.payloadBytesMax = payloadBytesMax;
    }

    @Override
    public boolean readNow(long cookie, long offset, long lengthBytes) {
      if (!answersReads) return false;
      seen.add("read %d %d %d".formatted(cookie, offset, lengthBytes));
      return true;
    }

    @Override
    public RequestDecoder.Admission admit(RequestHeader header) {
      if (waiting) return RequestDecoder.Admission.WAIT;
      if (header.command() == Command.DISC) return RequestDecoder.Admission.TAKE;
      return Long.compareUnsigned(header.payloadBytes(), payloadBytesMax) > 0
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
      String text =
          "%s %d @%d+%d"
              .formatted(header.command(), header.cookie(), header.offset(), header.lengthBytes());
      return header.contextIds().isEmpty() ? text : text + " of " + header.contextIds();
    }
  }
}
