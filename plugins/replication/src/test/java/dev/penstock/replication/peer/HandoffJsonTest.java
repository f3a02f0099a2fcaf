package dev.penstock.replication.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Message;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandoffJsonTest {
  private static final Epoch EPOCH = Epoch.FIRST.next(new UUID(7, 9));
  private static final Counterpart FROM = new Counterpart("server-a", "vm-1");

  static Stream<Message> everyMessage() {
    return Stream.of(
        new Message.Offer(EPOCH, FROM, 4096),
        new Message.Last(EPOCH, "digest"),
        new Message.Commit(EPOCH),
        new Message.Abort(EPOCH),
        new Message.Ask(EPOCH),
        new Message.Claim(EPOCH, FROM));
  }

  @ParameterizedTest
  @MethodSource("everyMessage")
  void whatIsSaidIsHeard(Message message) {
    String text = HandoffJson.write(message).encode();
    assertThat(HandoffJson.message(new JsonObject(text), FROM.peer())).isEqualTo(message);
  }

  static Stream<Answer> everyAnswer() {
    return Stream.of(
        new Answer.Taken(EPOCH),
        new Answer.Ready(EPOCH, "digest"),
        new Answer.Lacking(EPOCH, Optional.empty()),
        new Answer.Lacking(EPOCH, Optional.of("another")),
        new Answer.Committed(EPOCH),
        new Answer.Dropped(EPOCH),
        new Answer.Pending(EPOCH),
        new Answer.Decided(EPOCH),
        new Answer.Aborted(EPOCH),
        new Answer.Unknown(EPOCH),
        new Answer.Yielded(EPOCH),
        new Answer.Refused(EPOCH, "no", EPOCH, Optional.empty()),
        new Answer.Refused(EPOCH, "no", EPOCH, Optional.of(Epoch.FIRST)));
  }

  @ParameterizedTest
  @MethodSource("everyAnswer")
  void whatIsAnsweredIsHeard(Answer answer) {
    String text = HandoffJson.write(answer).encode();
    assertThat(HandoffJson.answer(new JsonObject(text))).isEqualTo(answer);
  }

  /** A peer may say anything. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{'what':'offer'}",
        "{'what':'take','epoch':[1,'00000000-0000-0007-0000-000000000009']}",
        "{'what':'commit','epoch':[-1,'00000000-0000-0007-0000-000000000009']}",
        "{'what':'commit','epoch':[1,'seven']}",
        "{'what':'commit','epoch':[1]}",
        "{'what':'commit','epoch':'1'}",
        "{'what':'last','epoch':[1,'00000000-0000-0007-0000-000000000009']}",
        "{'what':'ready','epoch':[1,'00000000-0000-0007-0000-000000000009']}",
        "{'what':'refused','epoch':[1,'00000000-0000-0007-0000-000000000009'],'why':'no'}",
        "{'what':'claim','epoch':[1,'00000000-0000-0007-0000-000000000009'],'volume':'../vm'}",
        "{'what':'offer','epoch':[1,'00000000-0000-0007-0000-000000000009'],'volume':'vm','size_bytes':-1}"
      })
  void whatMakesNoSenseIsRefusedAsThePeersMistake(String text) {
    var json = new JsonObject(text.replace('\'', '"'));

    assertThatThrownBy(() -> HandoffJson.message(json, "server-a"))
        .isInstanceOf(GatewayError.Invalid.class);
    assertThatThrownBy(() -> HandoffJson.answer(json)).isInstanceOf(GatewayError.Invalid.class);
  }
}
