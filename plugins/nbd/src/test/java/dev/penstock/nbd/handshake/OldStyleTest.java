package dev.penstock.nbd.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.nbd.wire.Dialect;
import dev.penstock.nbd.wire.ProtocolError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The expected bytes are spelt out from what such servers send, not from our constants. */
class OldStyleTest {
  private final ByteBuf out = Unpooled.buffer();

  @Test
  void theHelloHas152BytesAndIsAllThereIs() {
    var agreed = (Decision.Transmit) greet("everything");
    assertThat(ByteBufUtil.hexDump(out))
        .isEqualTo(
            "4e42444d41474943"
                + "0000420281861253"
                + "0000000000100000"
                + "0000000d"
                + "00".repeat(124));
    assertThat(agreed.dialect()).isEqualTo(Dialect.OLD_STYLE);
    assertThat(agreed.flags()).isEqualTo(13);
    assertThat(agreed.contexts()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1535, 1024", "1024, 1024", "511, 0"})
  void aSizeIsRoundedDownToWholeSectors(long sizeBytes, long sectorsBytes) {
    var offer = new ExportOffer("odd", "", sizeBytes, 13, BlockSizes.STANDARD).oldStyle();
    assertThat(offer.sizeBytes()).isEqualTo(sectorsBytes);
  }

  @Test
  void aReadOnlyExportSaysSo() {
    greet("frozen");
    assertThat(out.getInt(24)).isEqualTo(13 | 2);
  }

  @Test
  void nothingThatWasReceivedIsTouched() {
    ByteBuf in = Unpooled.copyLong(1);
    new OldStyle(Negotiation.EXPORTS, Peer.LOCAL, "demo").step(in, out);
    assertThat(in.readableBytes()).isEqualTo(8);
  }

  @ParameterizedTest
  @CsvSource({
    "nobody, no export is named nobody",
    "secret, TLS alone",
    "blocks, blocks of 4096 bytes"
  })
  void whoCannotHaveItIsToldNothing(String export, String reason) {
    assertThatThrownBy(() -> greet(export))
        .isInstanceOf(ProtocolError.class)
        .hasMessageContaining(reason);
    assertThat(out.isReadable()).isFalse();
  }

  private Decision greet(String export) {
    return new OldStyle(Negotiation.EXPORTS, Peer.LOCAL, export).step(Unpooled.EMPTY_BUFFER, out);
  }
}
