package dev.penstock.nbd.handshake;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Dialect;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Replies;
import dev.penstock.nbd.wire.Wire;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandshakeTest {
  private final Negotiation negotiation = new Negotiation();

  @Test
  void theGreetingOffersFixedNewstyleAndNoZeroes() {
    var out = Unpooled.buffer();
    new NewStyle(Negotiation.EXPORTS, Peer.LOCAL, Tls.ABSENT).step(Unpooled.EMPTY_BUFFER, out);
    assertThat(ByteBufUtil.hexDump(out))
        .isEqualTo("4e42444d41474943" + "49484156454f5054" + "0003");
  }

  @Test
  void goDescribesTheExportAndBeginsTransmission() {
    negotiation.receive(hello().go("demo").toBytes());
    assertThat(negotiation.replies()).containsExactly("7: EXPORT 1048576 5", "7: ACK");
    assertThat(negotiation.decision())
        .isEqualTo(new Decision.Transmit("demo", Negotiation.DEMO, 5, Dialect.SIMPLE, List.of()));
  }

  @Test
  void informationIsGivenWhenAskedFor() {
    negotiation.receive(
        hello()
            .info("", Wire.INFO_BLOCK_SIZE, Wire.INFO_NAME, Wire.INFO_DESCRIPTION, 777)
            .toBytes());
    assertThat(negotiation.replies())
        .containsExactly(
            "6: EXPORT 1048576 5",
            "6: INFO 1 demo",
            "6: INFO 2 a demo",
            "6: BLOCK_SIZE 1 4096 33554432",
            "6: ACK");
  }

  @Test
  void infoOpensNothingAndGoOfAnotherExportWorksAfterwards() {
    negotiation.receive(hello().info("demo").go("other").toBytes());
    assertThat(negotiation.replies())
        .containsExactly("6: EXPORT 1048576 5", "6: ACK", "7: EXPORT 512 1", "7: ACK");
    assertThat(negotiation.transmit().offer()).isEqualTo(Negotiation.OTHER);
  }

  @Test
  void anUnknownExportIsRefusedAndAnotherMayBeTried() {
    negotiation.receive(hello().go("nobody").info("nobody").go("demo").toBytes());
    assertThat(negotiation.replies())
        .startsWith("7: UNKNOWN no export is named nobody", "6: UNKNOWN no export is named nobody");
    assertThat(negotiation.transmit().offer()).isEqualTo(Negotiation.DEMO);
  }

  @Test
  void exportNameAnswersWithSizeAndFlagsAlone() {
    negotiation.receive(hello().option(Option.EXPORT_NAME, "demo".getBytes(UTF_8)).toBytes());
    assertThat(ByteBufUtil.hexDump(negotiation.out())).isEqualTo("0000000000100000" + "0005");
    assertThat(negotiation.transmit().replies()).isSameAs(Replies.SIMPLE);
  }

  @Test
  void exportNamePadsWithZeroesForAClientThatWantsThem() {
    negotiation.receive(
        new ClientBytes()
            .flags(Wire.FLAG_FIXED_NEWSTYLE)
            .option(Option.EXPORT_NAME, new byte[0])
            .toBytes());
    assertThat(negotiation.out().readableBytes()).isEqualTo(8 + 2 + 124);
  }

  @Test
  void exportNameOfAnUnknownExportEndsTheConnection() {
    byte[] bytes = hello().option(Option.EXPORT_NAME, "nobody".getBytes(UTF_8)).toBytes();
    assertThatThrownBy(() -> negotiation.receive(bytes))
        .isInstanceOf(ProtocolError.class)
        .hasMessageContaining("nobody");
  }

  @Test
  void aClientWithoutFixedNewstyleCanOnlyNameItsExport() {
    var plain = new Negotiation();
    plain.receive(new ClientBytes().flags(0).option(Option.EXPORT_NAME, new byte[0]).toBytes());
    assertThat(plain.transmit().offer()).isEqualTo(Negotiation.DEMO);

    byte[] list = new ClientBytes().flags(0).option(Option.LIST).toBytes();
    assertThatThrownBy(() -> negotiation.receive(list)).isInstanceOf(ProtocolError.class);
  }

  @Test
  void abortIsAcknowledgedWhateverItCarries() {
    negotiation.receive(hello().option(Option.ABORT, new byte[9]).toBytes());
    assertThat(negotiation.replies()).containsExactly("2: ACK");
    assertThat(negotiation.decision()).isInstanceOf(Decision.Leave.class);
  }

  @Test
  void listNamesEveryExport() {
    negotiation.receive(hello().option(Option.LIST).toBytes());
    assertThat(negotiation.replies())
        .containsExactly("3: SERVER demo (a demo)", "3: SERVER other ()", "3: ACK");
  }

  @Test
  void structuredRepliesBringDontFragment() {
    negotiation.receive(hello().option(Option.STRUCTURED_REPLY).go("demo").toBytes());
    assertThat(negotiation.replies())
        .containsExactly("8: ACK", "7: EXPORT 1048576 " + (5 | 1 << 7), "7: ACK");
    assertThat(negotiation.transmit().replies()).isSameAs(Replies.STRUCTURED);
  }

  @Test
  void unknownOptionsAreUnsupportedAndTheirDataConsumed() {
    negotiation.receive(
        hello().option(4711, new byte[333]).option(12, new byte[0]).go("demo").toBytes());
    assertThat(Negotiation.kinds(negotiation.replies())).startsWith("4711: UNSUP", "12: UNSUP");
    assertThat(negotiation.transmit().offer()).isEqualTo(Negotiation.DEMO);
  }

  @Test
  void transmissionBeginsWithTheByteAfterGo() {
    negotiation.receive(hello().go("demo").raw(new byte[] {1, 2, 3}).toBytes());
    assertThat(negotiation.unread()).isEqualTo(3);
  }

  private static ClientBytes hello() {
    return new ClientBytes().fixedNoZeroes();
  }
}
