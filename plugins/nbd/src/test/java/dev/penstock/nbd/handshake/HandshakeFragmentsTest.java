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
        var cut = cutAt(first, second);
        assertThat(cut.out()).as("cut at %d and %d", first, second).isEqualTo(whole.out());
        assertThat(cut.decision()).isEqualTo(whole.decision());
      }
    }
  }

  private static Negotiation cutAt(int first, int second) {
    var negotiation = new Negotiation();
    int end = CONVERSATION.length;
    for (int[] piece : new int[][] {{0, first}, {first, second}, {second, end}}) {
      // What comes after GO is no longer the handshake's.
      if (negotiation.decision() instanceof Decision.Transmit) break;
      negotiation.receive(Arrays.copyOfRange(CONVERSATION, piece[0], piece[1]));
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
