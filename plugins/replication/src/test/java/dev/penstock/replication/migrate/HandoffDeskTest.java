package dev.penstock.replication.migrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Message;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.GatewayEvent.ModuleEvent;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.ownership.Ownership.None;
import dev.penstock.spi.ownership.Ownership.Owner;
import dev.penstock.spi.ownership.Ownership.Prepared;
import dev.penstock.spi.volume.SnapshotInfo;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HandoffDeskTest {
  private static final Epoch OFFER = Epoch.FIRST.next(new UUID(1, 1));
  private static final Ownership PREPARED =
      new Ownership(
          new Prepared(OFFER, Moving.HOME, "digest", new None()), OFFER, Optional.empty());

  private final Moving world = new Moving();
  private final Fencing fencing = new Fencing(world.away);
  private final HandoffDesk desk =
      new HandoffDesk(world.awayHandoffs, world.awaySnapshots, fencing, (_, _) -> {});

  @AfterEach
  void close() throws Exception {
    world.close();
  }

  private Answer say(Message message, String peer) throws InterruptedException {
    return desk.answer(Moving.VM, "memory", message, peer);
  }

  static List<Message> decisions() {
    return List.of(
        new Message.Commit(OFFER), new Message.Abort(OFFER), new Message.Last(OFFER, "digest"));
  }

  @ParameterizedTest
  @MethodSource("decisions")
  void whatComesFromOneIsDecidedByNobodyElse(Message message) {
    world.awayStore.keepOwnership(Moving.VM, PREPARED);

    assertThatThrownBy(() -> say(message, "else"))
        .isInstanceOf(GatewayError.Denied.class)
        .hasMessage("it comes here from vm at home, and else has no say in that");

    assertThat(world.awayStore.ownership(Moving.VM)).contains(PREPARED);
  }

  @Test
  void itsSourceDecides() throws Exception {
    world.awayStore.create(Moving.VM, Moving.SIZE_BYTES);
    world.awayStore.keepOwnership(Moving.VM, PREPARED);

    assertThat(say(new Message.Commit(OFFER), "home")).isEqualTo(new Answer.Committed(OFFER));

    assertThat(world.there()).isEqualTo(new Owner());
  }

  /** First contact: who took it by force says so, and the one that it was taken from gives way. */
  @Test
  void aClaimOfALaterEpochFencesWhoOwnsItAndKeepsWhatIsThere() throws Exception {
    world.awayStore.create(Moving.VM, Moving.SIZE_BYTES);

    assertThat(say(new Message.Claim(OFFER, Moving.HOME), "home"))
        .isEqualTo(new Answer.Yielded(OFFER));

    assertThat(world.there()).isEqualTo(new Gone(OFFER, Moving.HOME));
    SnapshotInfo orphan = world.awaySnapshots.snapshots().list(Moving.VM).getLast();
    assertThat(orphan.holds()).containsExactly("orphan");
    assertThat(fencing.isAwaited(Moving.VM)).as("its users are to be led on").isTrue();
    assertThat(world.away.events().all(ModuleEvent.class))
        .singleElement()
        .satisfies(told -> {
          assertThat(told.type()).isEqualTo("replication.volume-fenced");
          assertThat(told.details())
              .containsEntry("orphan", "vm@orphan-0")
              .containsEntry("by", "vm at home");
        });
  }

  @Test
  void aClaimOfAnEarlierEpochIsRefusedAndNothingIsTaken() throws Exception {
    world.awayStore.create(Moving.VM, Moving.SIZE_BYTES);
    var owned = new Ownership(new Owner(), OFFER, Optional.of(OFFER));
    world.awayStore.keepOwnership(Moving.VM, owned);

    assertThat(say(new Message.Claim(Epoch.FIRST, Moving.HOME), "home"))
        .isInstanceOf(Answer.Refused.class);

    assertThat(world.awayStore.ownership(Moving.VM)).contains(owned);
    assertThat(world.awaySnapshots.snapshots().list(Moving.VM)).isEmpty();
    assertThat(fencing.isAwaited(Moving.VM)).isFalse();
  }
}
