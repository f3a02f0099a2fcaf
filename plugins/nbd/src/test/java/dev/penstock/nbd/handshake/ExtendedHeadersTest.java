package dev.penstock.nbd.handshake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Dialect;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Wire;
import org.junit.jupiter.api.Test;

class ExtendedHeadersTest {
  private static final int FLAGS = 5 | Wire.EXPORT_SEND_DF;

  private final Negotiation negotiation = new Negotiation();

  @Test
  void extendedHeadersNeedNothingBefore() {
    negotiation.receive(hello().option(Option.EXTENDED_HEADERS).go("demo").toBytes());
    assertThat(negotiation.replies())
        .containsExactly("11: ACK", "7: EXPORT 1048576 " + FLAGS, "7: ACK");
    assertThat(negotiation.transmit().dialect()).isEqualTo(Dialect.EXTENDED);
  }

  @Test
  void extendedHeadersTakeTheirPlaceFromStructuredRepliesAndKeepWhatWasSelected() {
    negotiation.receive(
        hello()
            .option(Option.STRUCTURED_REPLY)
            .setContext("demo", "base:allocation")
            .option(Option.EXTENDED_HEADERS)
            .go("demo")
            .toBytes());
    assertThat(negotiation.transmit().dialect()).isEqualTo(Dialect.EXTENDED);
    assertThat(negotiation.contexts()).containsExactly("1 base:allocation");
  }

  @Test
  void thereIsNoWayBackToStructuredReplies() {
    negotiation.receive(
        hello()
            .option(Option.EXTENDED_HEADERS)
            .option(Option.STRUCTURED_REPLY)
            .go("demo")
            .toBytes());
    assertThat(Negotiation.kinds(negotiation.replies()))
        .startsWith("11: ACK", "8: EXT_HEADER_REQD", "7: EXPORT");
    assertThat(negotiation.transmit().dialect()).isEqualTo(Dialect.EXTENDED);
  }

  @Test
  void extendedHeadersTwiceAreExtendedHeaders() {
    negotiation.receive(
        hello()
            .option(Option.EXTENDED_HEADERS)
            .option(Option.EXTENDED_HEADERS)
            .go("demo")
            .toBytes());
    assertThat(negotiation.replies()).startsWith("11: ACK", "11: ACK");
  }

  @Test
  void exportNameAfterExtendedHeadersEndsTheConnection() {
    byte[] bytes =
        hello()
            .option(Option.EXTENDED_HEADERS)
            .option(Option.EXPORT_NAME, "demo".getBytes(UTF_8))
            .toBytes();
    assertThatThrownBy(() -> negotiation.receive(bytes))
        .isInstanceOf(ProtocolError.class)
        .hasMessageContaining("GO");
  }

  @Test
  void selectingContextsWithEachRequestIsOfferedToWhomCanDoIt() {
    negotiation.receive(
        hello()
            .option(Option.STRUCTURED_REPLY)
            .setContext("demo", "base:allocation")
            .info("demo")
            .option(Option.EXTENDED_HEADERS)
            .info("other")
            .go("demo")
            .toBytes());
    int payload = FLAGS | Wire.EXPORT_BLOCK_STATUS_PAYLOAD;
    assertThat(negotiation.replies())
        .contains("6: EXPORT 1048576 " + FLAGS)
        .contains("6: EXPORT 512 " + (1 | Wire.EXPORT_SEND_DF))
        .contains("7: EXPORT 1048576 " + payload);
    assertThat(negotiation.transmit().flags()).isEqualTo(payload);
  }

  private static ClientBytes hello() {
    return new ClientBytes().fixedNoZeroes();
  }
}
