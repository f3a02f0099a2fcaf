package dev.penstock.nbd.handshake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.ProtocolError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What has to be opened is answered once it is open, and as it would have been at once. */
class LateAnswersTest {
  private final List<Promise<Void>> asked = new ArrayList<>();

  /** Knows everything, a little later. */
  private final Exports late =
      new Exports() {
        @Override
        public Future<Lookup> find(String name, ContextQuery contexts, Peer peer) {
          return later().compose(_ -> Negotiation.EXPORTS.find(name, contexts, peer));
        }

        @Override
        public Listing list(Peer peer) {
          Listing all = Negotiation.EXPORTS.list(peer);
          return () -> later().compose(_ -> all.next());
        }

        private Future<Void> later() {
          asked.add(Promise.promise());
          return asked.getLast().future();
        }
      };

  @ParameterizedTest
  @EnumSource(
      names = {"EXPORT_NAME", "GO", "INFO", "LIST", "LIST_META_CONTEXT", "SET_META_CONTEXT"})
  void anOptionWaitsAndIsThenAnsweredAsAtOnce(Option option) {
    byte[] conversation = asking(option).toBytes();
    ByteBuf expected = Unpooled.buffer();
    var prompt = new NewStyle(Negotiation.EXPORTS, Peer.LOCAL, Tls.ABSENT);
    Decision atOnce = stepOn(prompt, Unpooled.wrappedBuffer(conversation), expected);

    ByteBuf in = Unpooled.wrappedBuffer(conversation);
    ByteBuf out = Unpooled.buffer();
    var handshake = new NewStyle(late, Peer.LOCAL, Tls.ABSENT);
    Decision decision = stepOn(handshake, in, out);
    while (decision instanceof Decision.Wait(var until)) {
      int unread = in.readableBytes();
      int said = out.readableBytes();
      assertThat(handshake.step(in, out)).as("asked too soon").isInstanceOf(Decision.Wait.class);
      assertThat(in.readableBytes()).isEqualTo(unread);
      assertThat(out.readableBytes()).isEqualTo(said);
      asked.getLast().complete();
      assertThat(until.isComplete()).isTrue();
      decision = stepOn(handshake, in, out);
    }
    assertThat(out).isEqualTo(expected);
    assertThat(decision.getClass()).isEqualTo(atOnce.getClass());
    int questions = option == Option.LIST ? 3 : option == Option.SET_META_CONTEXT ? 2 : 1;
    assertThat(asked).as("each is asked once").hasSize(questions);
  }

  @Test
  void whatIsFoundTooLateToBeRefusedInWordsEndsTheConnection() {
    var name = "nobody".getBytes(StandardCharsets.UTF_8);
    ByteBuf in = new ClientBytes().fixedNoZeroes().option(Option.EXPORT_NAME, name).toBuffer();
    ByteBuf out = Unpooled.buffer();
    var handshake = new NewStyle(late, Peer.LOCAL, Tls.ABSENT);
    assertThat(stepOn(handshake, in, out)).isInstanceOf(Decision.Wait.class);
    asked.getLast().complete();
    assertThatThrownBy(() -> handshake.step(in, out)).isInstanceOf(ProtocolError.class);
  }

  @Test
  void anOldStyleClientIsGreetedOnceItsExportIsOpen() {
    ByteBuf out = Unpooled.buffer();
    var handshake = new OldStyle(late, Peer.LOCAL, "demo");
    assertThat(handshake.step(Unpooled.EMPTY_BUFFER, out)).isInstanceOf(Decision.Wait.class);
    assertThat(handshake.step(Unpooled.EMPTY_BUFFER, out)).isInstanceOf(Decision.Wait.class);
    assertThat(out.isReadable()).isFalse();
    asked.getLast().complete();
    assertThat(handshake.step(Unpooled.EMPTY_BUFFER, out)).isInstanceOf(Decision.Transmit.class);
    assertThat(out.readableBytes()).isEqualTo(152);
    assertThat(asked).hasSize(1);
  }

  private static ClientBytes asking(Option option) {
    ClientBytes client = new ClientBytes().fixedNoZeroes().option(Option.STRUCTURED_REPLY);
    return switch (option) {
      case EXPORT_NAME -> client.option(option, "demo".getBytes(StandardCharsets.UTF_8));
      case GO -> client.go("demo", 1, 2, 3);
      case INFO -> client.info("demo", 1, 2, 3).option(Option.ABORT);
      case LIST -> client.option(option).option(Option.ABORT);
      case LIST_META_CONTEXT -> client.listContext("many").option(Option.ABORT);
      case SET_META_CONTEXT -> client.setContext("many", "x-test:dirty").go("many");
      default -> throw new IllegalArgumentException(option.name());
    };
  }

  private static Decision stepOn(Handshake handshake, ByteBuf in, ByteBuf out) {
    Decision decision;
    do {
      decision = handshake.step(in, out);
    } while (decision instanceof Decision.Answered);
    return decision;
  }
}
