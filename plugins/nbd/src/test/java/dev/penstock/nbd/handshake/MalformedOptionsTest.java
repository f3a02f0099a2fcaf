package dev.penstock.nbd.handshake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MalformedOptionsTest {
  private final Negotiation negotiation = new Negotiation();

  @ParameterizedTest(name = "option {0} with {1}: {3}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      textBlock =
          """
          7  | nothing                             | ''                       | 7: INVALID
          7  | under 6 bytes                       | 00000000ff               | 7: INVALID
          7  | a name longer than the option       | 0000000964656d6f0000     | 7: INVALID
          7  | a name as long as 32 bits           | ffffffff64656d6f0000     | 7: INVALID
          7  | fewer requests than counted         | 0000000464656d6f00020003 | 7: INVALID
          7  | more requests than counted          | 0000000464656d6f00000003 | 7: INVALID
          7  | half a request                      | 0000000464656d6f000100   | 7: INVALID
          7  | a name that is no UTF-8             | 00000002c3280000         | 7: INVALID
          7  | a zero byte in its name             | 000000046465006f0000     | 7: INVALID
          6  | under 6 bytes                       | 00000000ff               | 6: INVALID
          6  | fewer requests than counted         | 0000000464656d6f00020003 | 6: INVALID
          3  | data                                | 00                       | 3: INVALID
          5  | data                                | 00                       | 5: INVALID
          8  | data                                | 00                       | 8: INVALID
          11 | data                                | 00                       | 11: INVALID
          9  | nothing                             | ''                       | 9: INVALID
          9  | no count                            | 0000000464656d6f         | 9: INVALID
          10 | more queries than bytes             | 0000000000000001         | 10: INVALID
          10 | as many queries as 32 bits          | 00000000ffffffff00000000 | 10: INVALID
          10 | a query longer than the option      | 000000000000000100000009 | 10: INVALID
          10 | something after the queries         | 000000000000000000       | 10: INVALID
          0  | any data                            | 01020304                 | 0: UNSUP
          -1 | any data                            | 01020304                 | -1: UNSUP
          """)
  void malformedOptionsAreRefusedAndTheNextOneWorks(
      int option, String what, String data, String refusal) {
    negotiation.receive(
        new ClientBytes()
            .fixedNoZeroes()
            .option(Option.STRUCTURED_REPLY)
            .option(option, ByteBufUtil.decodeHexDump(data))
            .go("demo")
            .toBytes());
    var replies = Negotiation.kinds(negotiation.replies());
    assertThat(replies).as(what).startsWith("8: ACK", refusal, "7: EXPORT");
    assertThat(negotiation.transmit().offer()).isEqualTo(Negotiation.DEMO);
  }

  @Test
  void aNameOf4096BytesIsLookedUpAndOneMoreIsInvalid() {
    negotiation.receive(
        new ClientBytes()
            .fixedNoZeroes()
            .go("n".repeat(Wire.STRING_BYTES_MAX))
            .go("n".repeat(Wire.STRING_BYTES_MAX + 1))
            .toBytes());
    assertThat(Negotiation.kinds(negotiation.replies()))
        .containsExactly("7: UNKNOWN", "7: INVALID");
  }

  @Test
  void anOptionTooLongToBeLookedAtIsThrownAwayAndRefused() {
    negotiation.receive(
        new ClientBytes()
            .fixedNoZeroes()
            .option(Option.GO, new byte[NewStyle.OPTION_BYTES_MAX + 1])
            .go("demo")
            .toBytes());
    assertThat(Negotiation.kinds(negotiation.replies())).startsWith("7: TOO_BIG", "7: EXPORT");
  }

  @Test
  void anExportNameTooLongToBeLookedAtEndsTheConnectionSinceItHasNoReplyForThat() {
    byte[] bytes =
        new ClientBytes()
            .fixedNoZeroes()
            .option(Option.EXPORT_NAME, new byte[NewStyle.OPTION_BYTES_MAX + 1])
            .toBytes();
    assertThatThrownBy(() -> negotiation.receive(bytes))
        .isInstanceOf(ProtocolError.class)
        .hasMessageContaining("EXPORT_NAME");
    assertThat(negotiation.out().readableBytes()).isZero();
  }

  @Test
  void whatIsSaidOfALongNameIsCutBetweenTwoCharacters() throws Exception {
    String name = "é".repeat(Wire.STRING_BYTES_MAX / 2);
    negotiation.receive(new ClientBytes().fixedNoZeroes().go(name).toBytes());
    ByteBuf reply = negotiation.out().duplicate();
    reply.skipBytes(Wire.OPTION_HEADER_BYTES);
    byte[] text = new byte[reply.readInt()];
    reply.readBytes(text);
    assertThat(text.length).isBetween(Wire.STRING_BYTES_MAX - 1, Wire.STRING_BYTES_MAX);
    assertThat(UTF_8.newDecoder().decode(ByteBuffer.wrap(text)).toString()).contains("éé");
  }

  @Test
  void aLengthNobodyWouldWaitForEndsTheConnectionBeforeAnythingIsKept() {
    byte[] bytes = new ClientBytes().fixedNoZeroes().optionHeader(7, -1).toBytes();
    assertThatThrownBy(() -> negotiation.receive(bytes))
        .isInstanceOf(ProtocolError.class)
        .hasMessageContaining("4294967295");
  }

  @Test
  void endlessAskingEndsTheConnection() {
    var many = new ClientBytes().fixedNoZeroes();
    for (int i = 0; i <= NewStyle.OPTIONS_MAX; i++) many.option(4711, new byte[0]);
    byte[] bytes = many.toBytes();
    assertThatThrownBy(() -> negotiation.receive(bytes)).isInstanceOf(ProtocolError.class);
  }

  @Test
  void unknownClientFlagsEndTheConnection() {
    byte[] bytes = new ClientBytes().flags(1 << 5).toBytes();
    assertThatThrownBy(() -> negotiation.receive(bytes)).isInstanceOf(ProtocolError.class);
  }

  @Test
  void bytesThatAreNoOptionEndTheConnection() {
    byte[] bytes = new ClientBytes().fixedNoZeroes().raw(new byte[16]).toBytes();
    assertThatThrownBy(() -> negotiation.receive(bytes)).isInstanceOf(ProtocolError.class);
  }
}
