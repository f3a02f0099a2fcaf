package dev.penstock.nbd.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What becomes of the record of a volume that comes from flexnbd. */
class RecordsTest {
  private static final UUID M = new UUID(0, 6);
  private static final Counterpart SOURCE = Records.source("192.0.2.7", "vm");
  private static final Counterpart PEER = new Counterpart("left", "vm");
  private static final Epoch THIRD = new Epoch(3, new UUID(0, 3));
  private static final Ownership.Gone GONE = new Ownership.Gone(THIRD, PEER);

  private static Ownership expected(Ownership now) {
    return Records.expected(Optional.of(now), SOURCE, M);
  }

  private static Ownership in(Ownership.Phase phase) {
    return new Ownership(phase, THIRD, Optional.of(Epoch.FIRST));
  }

  @Test
  void eachReceptionUsesUpANumberOfItsOwn() {
    Ownership first = Records.expected(Optional.empty(), SOURCE, M);
    assertThat(first.recorded()).isEqualTo(new Epoch(1, M));
    assertThat(first.phase())
        .isEqualTo(new Ownership.Receiving(new Epoch(1, M), SOURCE, new Ownership.None()));

    Ownership back = expected(in(GONE));
    assertThat(back.recorded()).isEqualTo(new Epoch(4, M));
    assertThat(back.phase()).isEqualTo(new Ownership.Receiving(new Epoch(4, M), SOURCE, GONE));
  }

  @Test
  void aRestartGoesOnWithTheSameOne() {
    Ownership now = Records.expected(Optional.empty(), SOURCE, M);
    assertThat(expected(now)).isEqualTo(now);
    assertThat(expected(Records.received(now))).isEqualTo(Records.received(now));
  }

  @Test
  void whatIsOwnedHereIsLeftAlone() {
    assertThat(expected(Ownership.PLAIN)).isEqualTo(Ownership.PLAIN);
  }

  @Test
  void whatIsInAnotherHandOverIsRefused() {
    for (Ownership.Phase phase :
        new Ownership.Phase[] {
          new Ownership.Offered(THIRD, PEER),
          new Ownership.Handed(THIRD, PEER),
          new Ownership.Forked(THIRD, PEER),
          new Ownership.Receiving(THIRD, PEER, GONE),
          new Ownership.Prepared(THIRD, PEER, "digest", GONE)
        })
      assertThatThrownBy(() -> expected(in(phase)))
          .as("%s", phase)
          .isInstanceOf(GatewayError.Conflict.class);
  }

  @Test
  void everyByteAndTheMessageMakeAnOwnerOfTheEpochThatWasOffered() {
    Ownership now = Records.complete(Records.expected(Optional.empty(), SOURCE, M));
    assertThat(now.isOwned()).isTrue();
    assertThat(now.owned()).contains(new Epoch(1, M));
  }

  @Test
  void receivedIsLeftByTheNextRequestAndNeverByItself() {
    Ownership receiving = Records.expected(Optional.empty(), SOURCE, M);
    Ownership received = Records.received(receiving);
    assertThat(Records.isReceived(received)).isTrue();
    assertThat(received.isOwned()).isFalse();
    assertThat(Records.arriving(received, SOURCE)).isEqualTo(receiving);
    assertThatThrownBy(() -> Records.complete(received)).isInstanceOf(GatewayError.Conflict.class);
  }
}
