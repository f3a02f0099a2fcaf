package dev.penstock.nbd.handshake;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Wire;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class HandshakeFragmentsTest {
  /** Good options and bad ones, and a client that goes on at once. */
  private static final byte[] CONVERSATION =
      new ClientBytes()
          .fixedNoZeroes()
          .option(Option.STARTTLS)
          .option(Option.STRUCTURED_REPLY)
          .option(Option.LIST)
          .option(Option.GO, new byte[3])
          .info("nobody")
          .setContext("demo", "base:allocation")
          .go("demo", Wire.INFO_BLOCK_SIZE)
          .raw(new byte[] {7})
          .toBytes();

  @Test
  void theOutcomeIsTheSameHoweverTheOptionsAreFragmented() {
    var whole = new Negotiation().receive(CONVERSATION);
    List<String> replies = whole.replies();
    assertThat(replies).hasSize(12);

    for (int first = 0; first <= CONVERSATION.length; first++) {
      for (int second = first; second <= CONVERSATION.length; second++) {
        var cut = receiveCutAt(new Negotiation(), CONVERSATION, first, second);
        assertThat(cut.out()).as("cut at %d and %d", first, second).isEqualTo(whole.out());
        assertThat(cut.decision()).isEqualTo(whole.decision());
      }
    }
  }

  /** What comes after STARTTLS in clear is never understood, wherever the cut is. */
  @Test
  void theOutcomeOfTlsIsTheSameHoweverTheOptionsAreFragmented() {
    byte[] clear =
        new ClientBytes()
            .fixedNoZeroes()
            .option(Option.EXTENDED_HEADERS)
            .go("secret")
            .option(Option.STARTTLS)
            .option(Option.LIST)
            .toBytes();
    byte[] secured =
        new ClientBytes()
            .option(Option.STARTTLS)
            .option(Option.STRUCTURED_REPLY)
            .option(Option.EXTENDED_HEADERS)
            .setContext("secret", "base:allocation")
            .go("secret", Wire.INFO_BLOCK_SIZE)
            .toBytes();
    var whole = new Negotiation(Tls.OFFERED).receive(clear).secured().receive(secured);
    assertThat(Negotiation.kinds(whole.replies()))
        .containsExactly(
            "11: ACK",
            "7: TLS_REQD",
            "5: ACK",
            "5: INVALID",
            "8: ACK",
            "11: ACK",
            "10: CONTEXT",
            "10: ACK",
            "7: EXPORT",
            "7: BLOCK_SIZE",
            "7: ACK");

    for (int first = 0; first <= clear.length; first++) {
      for (int second = 0; second <= secured.length; second++) {
        var cut = receiveCutAt(new Negotiation(Tls.OFFERED), clear, first, first).secured();
        receiveCutAt(cut, secured, second, second);
        assertThat(cut.out()).as("cut at %d and %d", first, second).isEqualTo(whole.out());
        assertThat(cut.decision()).isEqualTo(whole.decision());
      }
    }
  }

  private static Negotiation receiveCutAt(
      Negotiation negotiation, byte[] bytes, int first, int second) {
    for (int[] piece : new int[][] {{0, first}, {first, second}, {second, bytes.length}}) {
      // What comes after GO is no longer the handshake's, nor what comes before TLS is in place.
      if (negotiation.isDecided()) break;
      negotiation.receive(Arrays.copyOfRange(bytes, piece[0], piece[1]));
    }
    return negotiation;
  }

  @Property(tries = 3000)
  void garbageIsRefusedButNeverAnythingElse(@ForAll @Size(max = 120) byte[] garbage) {
    receiveAll(new ClientBytes().fixedNoZeroes().raw(garbage));
    receiveAll(new ClientBytes().raw(garbage));
  }

  @Property(tries = 5000)
  void anyDataOfAnyOptionIsAnsweredAndTheNextOptionIsUnderstood(
      @ForAll @IntRange(min = 3, max = 12) int option, @ForAll @Size(max = 60) byte[] data) {
    var negotiation = new Negotiation();
    negotiation.receive(
        new ClientBytes()
            .fixedNoZeroes()
            .option(Option.STRUCTURED_REPLY)
            .option(option, data)
            .toBytes());
    if (negotiation.decision() instanceof Decision.Transmit) return; // it was a GO after all
    negotiation.receive(new ClientBytes().go("demo").toBytes());
    assertThat(negotiation.transmit().offer()).isEqualTo(Negotiation.DEMO);
    assertThat(negotiation.unread()).isZero();
  }

  private static void receiveAll(ClientBytes bytes) {
    var handshake = new NewStyle(Negotiation.EXPORTS, Peer.LOCAL, Tls.ABSENT);
    var in = bytes.toBuffer();
    var out = Unpooled.buffer();
    try {
      while (handshake.step(in, out) instanceof Decision.Answered) {
        assertThat(in.readerIndex()).isLessThanOrEqualTo(in.writerIndex());
      }
    } catch (ProtocolError expected) {
      assertThat(expected).hasMessageNotContaining("null");
    }
  }
}
