package dev.penstock.nbd.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The expected bytes are spelt out from the protocol document, not from our constants. */
class RepliesTest {
  private static final RequestHeader READ =
      new RequestHeader(0, Command.READ, 0x1122334455667788L, 4096, 3);

  private final ByteBuf out = Unpooled.buffer();
  private final StructuredReplies structured = (StructuredReplies) Replies.STRUCTURED;
  private final StructuredReplies extended = (StructuredReplies) Replies.EXTENDED;

  @Test
  void aSimpleReplyIsMagicErrorAndCookie() {
    Replies.SIMPLE.done(out, READ);
    assertThat(written()).isEqualTo("67446698" + "00000000" + "1122334455667788");
  }

  @Test
  void aSimpleErrorCarriesItsNumber() {
    Replies.SIMPLE.failed(out, READ, ErrorNumber.ENOSPC, "full");
    assertThat(written()).isEqualTo("67446698" + "0000001c" + "1122334455667788");
  }

  @Test
  void aSimpleReadIsFollowedByItsData() {
    Replies.SIMPLE.dataHeader(out, READ, 3);
    assertThat(written()).isEqualTo("67446698" + "00000000" + "1122334455667788");
    assertThat(Replies.SIMPLE.dataHeaderBytes()).isEqualTo(out.readableBytes());
  }

  @Test
  void aStructuredSuccessIsOneEmptyChunkMarkedDone() {
    structured.done(out, READ);
    assertThat(written()).isEqualTo("668e33ef" + "0001" + "0000" + "1122334455667788" + "00000000");
  }

  @Test
  void aStructuredReadInOnePieceIsOneDataChunkMarkedDone() {
    structured.dataHeader(out, READ, 3);
    assertThat(written())
        .isEqualTo(
            "668e33ef" + "0001" + "0001" + "1122334455667788" + "0000000b" + "0000000000001000");
    assertThat(structured.dataHeaderBytes()).isEqualTo(out.readableBytes());
  }

  @Test
  void aPieceThatIsNotTheLastIsNotMarkedDone() {
    structured.dataChunk(out, READ, 4097, 2, false);
    assertThat(written())
        .isEqualTo(
            "668e33ef" + "0000" + "0001" + "1122334455667788" + "0000000a" + "0000000000001001");
  }

  @Test
  void aHoleSaysWhereItIsAndHowLong() {
    structured.holeChunk(out, READ, 4096, 3, true);
    assertThat(written())
        .isEqualTo(
            "668e33ef"
                + "0001"
                + "0002"
                + "1122334455667788"
                + "0000000c"
                + "0000000000001000"
                + "00000003");
  }

  @Test
  void aStructuredErrorSaysWhy() {
    structured.failed(out, READ, ErrorNumber.EINVAL, "no");
    assertThat(written())
        .isEqualTo(
            "668e33ef"
                + "0001"
                + "8001"
                + "1122334455667788"
                + "00000008"
                + "00000016"
                + "0002"
                + "6e6f");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "\u20ac", "\ud83d\ude00", "x\ud83d\ude00"})
  void anErrorReplyHasAKnownSizeHoweverLongItsReason(String unit) {
    structured.failed(out, READ, ErrorNumber.EIO, unit.repeat(5000));
    assertThat(out.readableBytes()).isLessThanOrEqualTo(Replies.STATUS_BYTES_MAX);
    assertThat(out.getInt(16)).as("announced").isEqualTo(out.readableBytes() - 20);
    assertThat(out.getShort(24)).as("text").isEqualTo((short) (out.readableBytes() - 26));
  }

  @Test
  void blockStatusIsTheContextAndItsDescriptors() {
    var status = new BlockStatus(8);
    status.add(4096, 0);
    status.add(0xffff_f000L, Wire.STATE_HOLE | Wire.STATE_ZERO);
    structured.blockStatus(out, READ, 1, status, true);
    assertThat(structured.blockStatusBytes(status)).isEqualTo(out.readableBytes());
    assertThat(written())
        .isEqualTo(
            "668e33ef"
                + "0001"
                + "0005"
                + "1122334455667788"
                + "00000014"
                + "00000001"
                + "00001000"
                + "00000000"
                + "fffff000"
                + "00000003");
  }

  /** Where a chunk's offset stands, the request's stands, wherever the data belongs. */
  private static final String EXTENDED_HEAD = "1122334455667788" + "0000000000001000";

  @Test
  void anExtendedSuccessIsOneEmptyChunk() {
    Replies.EXTENDED.done(out, READ);
    assertThat(written())
        .isEqualTo("6e8a278c" + "0001" + "0000" + EXTENDED_HEAD + "0000000000000000");
  }

  @Test
  void anExtendedReadIsADataChunkUnderALargerHeader() {
    Replies.EXTENDED.dataHeader(out, READ, 3);
    assertThat(written())
        .isEqualTo(
            "6e8a278c" + "0001" + "0001" + EXTENDED_HEAD + "000000000000000b" + "0000000000001000");
    assertThat(Replies.EXTENDED.dataHeaderBytes()).isEqualTo(out.readableBytes());
  }

  @Test
  void anExtendedPieceSaysWhereItBelongsAndItsHeaderWhatWasAskedFor() {
    extended.holeChunk(out, READ, 4098, 1, false);
    assertThat(written())
        .isEqualTo(
            "6e8a278c"
                + "0000"
                + "0002"
                + EXTENDED_HEAD
                + "000000000000000c"
                + "0000000000001002"
                + "00000001");
    assertThat(extended.holeChunkBytes()).isEqualTo(out.readableBytes());
  }

  @Test
  void anExtendedErrorSaysWhy() {
    Replies.EXTENDED.failed(out, READ, ErrorNumber.EINVAL, "no");
    assertThat(written())
        .isEqualTo(
            "6e8a278c"
                + "0001"
                + "8001"
                + EXTENDED_HEAD
                + "0000000000000008"
                + "00000016"
                + "0002"
                + "6e6f");
  }

  @Test
  void anExtendedErrorReplyHasAKnownSize() {
    Replies.EXTENDED.failed(out, READ, ErrorNumber.EIO, "\u20ac".repeat(5000));
    assertThat(out.readableBytes()).isLessThanOrEqualTo(Replies.STATUS_BYTES_MAX);
    assertThat(out.getLong(24)).as("announced").isEqualTo(out.readableBytes() - 32);
  }

  @Test
  void extendedBlockStatusCountsItsDescriptorsAndHas64BitsForEach() {
    var status = new BlockStatus(8);
    status.add(5L << 32, 0);
    status.add(4096, Wire.STATE_HOLE | Wire.STATE_ZERO);
    extended.blockStatus(out, READ, 2, status, false);
    assertThat(written())
        .isEqualTo(
            "6e8a278c"
                + "0000"
                + "0006"
                + EXTENDED_HEAD
                + "0000000000000028"
                + "00000002"
                + "00000002"
                + "0000000500000000"
                + "0000000000000000"
                + "0000000000001000"
                + "0000000000000003");
    assertThat(extended.blockStatusBytes(status)).isEqualTo(out.readableBytes());
  }

  private String written() {
    return ByteBufUtil.hexDump(out);
  }
}
