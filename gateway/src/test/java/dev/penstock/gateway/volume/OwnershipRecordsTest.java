package dev.penstock.gateway.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.None;
import dev.penstock.spi.ownership.Ownership.Owner;
import dev.penstock.spi.ownership.Ownership.Prepared;
import dev.penstock.spi.ownership.Ownership.Receiving;
import dev.penstock.spi.testing.ForwardingVolume;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeGate;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the record of who owns a volume allows, and how long it is kept. */
class OwnershipRecordsTest extends WithHandoffs {
  private static final Ownership PREPARED =
      new Ownership(new Prepared(OFFER, OTHER, "digest", new None()), OFFER, Optional.empty());

  static List<Ownership> notOwned() {
    return List.of(HANDED, PREPARED, PREPARED.in(new Receiving(OFFER, OTHER, new None())), GONE);
  }

  @ParameterizedTest
  @MethodSource("notOwned")
  void whatIsNotOwnedIsNeitherWrittenNorPromotedNorChanged(Ownership ownership) throws Exception {
    keep(ownership);

    for (var asked :
        List.of(
            registry.open("demo", Access.WRITE, writer),
            registry.setReplica("demo", false),
            registry.resize("demo", 2 * SIZE)))
      assertThat(refusal(asked))
          .isInstanceOfAny(GatewayError.Unavailable.class, GatewayError.Conflict.class);
    assertThat(await(registry.find("demo")).replica()).isTrue();
    assertThat(memory.ownership("demo")).contains(ownership);
  }

  @Test
  void whatIsUnlinkedLeavesItsRecordAndIsStillLedOn() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    handOver();

    await(handoffs.unlink("demo"));

    assertThat(memory.list()).isEmpty();
    assertThat(memory.ownership("demo")).contains(GONE);
    await(write(writer.successor.orElseThrow()));
    await(writer.successor.orElseThrow().close());
    await(write(await(registry.open("demo", Access.WRITE, writer))));
    await(handoffs.unlink("demo"));
  }

  @Test
  void whoUsedWhatCameToAnEndUsesNothingMoreAndItsDataCanGoAtOnceOrBeTakenBack() throws Exception {
    var leaving = new Leaving();
    for (boolean takenBack : new boolean[] {true, false}) {
      await(registry.open("demo", Access.WRITE, leaving));
      handoffs.leadBy((_, _) -> ended(elsewhere));
      Handoffs.Frozen frozen = decide();
      await(frozen.change(_ -> GONE));
      await(handoffs.leadOn("demo", LONG));
      assertThat(registry.slots().find("demo").map(VolumeSlot::users).orElse(List.of())).isEmpty();

      if (takenBack) await(handoffs.change("demo", "memory", _ -> OFFERED.in(new Owner())));
      else await(handoffs.unlink("demo"));
    }
    assertThat(memory.list()).isEmpty();
  }

  private static Volume ended(MemoryVolume elsewhere) {
    return new ForwardingVolume(elsewhere) {
      @Override
      protected void admit(boolean changes) {}

      @Override
      public Optional<String> ended() {
        return Optional.of("it was moved");
      }

      @Override
      public void close() {}
    };
  }

  /** Gives back what it used, and does not want what is no more. */
  private static final class Leaving implements VolumeUser {
    @Override
    public String name() {
      return "leaving";
    }

    @Override
    public Future<Void> freeze(Duration limit) {
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> halt(Duration limit) {
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> thaw() {
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> retire(OpenVolume successor, Duration limit) {
      assertThat(successor.volume().ended()).contains("it was moved");
      return successor.close();
    }
  }

  @Test
  void whatIsOwnedIsNotUnlinked() throws Exception {
    assertThat(refusal(handoffs.unlink("demo"))).isInstanceOf(GatewayError.Conflict.class);

    assertThat(memory.list()).hasSize(1);
  }

  @Test
  void aVolumeThatIsRemovedAndMadeAgainBeginsANewEpoch() throws Exception {
    keep(OFFERED.in(new Owner()));
    await(registry.remove("demo"));
    assertThat(memory.ownership("demo")).contains(OFFERED.in(new None()));

    await(registry.create("demo", "memory", SIZE));

    Ownership now = memory.ownership("demo").orElseThrow();
    assertThat(now.isOwned()).isTrue();
    assertThat(now.owned().orElseThrow().number()).isEqualTo(OFFER.number() + 1);
  }

  @Test
  void whatIsMadeAReplicaAndPromotedAgainBeginsANewEpoch() throws Exception {
    keep(OFFERED.in(new Owner()));
    await(registry.setReplica("demo", true));
    assertThat(memory.ownership("demo")).contains(OFFERED.in(new None()));

    await(registry.setReplica("demo", false));

    assertThat(memory.ownership("demo").orElseThrow().owned().orElseThrow().number())
        .isEqualTo(OFFER.number() + 1);
  }

  @Test
  void aRecordIsKeptOfAVolumeThatIsNotHereYet() throws Exception {
    var receiving = PREPARED.in(new Receiving(OFFER, OTHER, new None()));

    await(handoffs.change("new", "memory", now -> now.map(_ -> HANDED).orElse(receiving)));

    assertThat(await(handoffs.find("new"))).contains(receiving);
    assertThat(await(handoffs.find("nothing"))).isEmpty();
    assertThat(await(handoffs.recorded())).containsEntry("new", receiving);
  }

  @Test
  void aRecordOfWhatIsNotHereIsMovedOnWhereItIs() throws Exception {
    await(handoffs.change("fresh", "memory", _ -> COMING));

    await(handoffs.change("fresh", "", now -> now.orElseThrow().in(new None())));

    assertThat(memory.ownership("fresh")).contains(COMING.in(new None()));
    assertThat(refusal(handoffs.change("nothing", "", _ -> COMING)))
        .isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void whatWaitsForAVolumeThatWasGivenUpIsCarriedOutElsewhereOrNever() throws Exception {
    var opened = await(registry.open("demo", Access.WRITE, writer));
    var gate = new VolumeGate("module nbd", vertx, opened);
    writer.plays(gate);
    decide();
    var carriedOut = new AtomicInteger();
    Runnable waits = carriedOut::incrementAndGet;
    Runnable goesAway = () -> carriedOut.addAndGet(100);
    assertThat(gate.enter(VolumeGate.Passage.WRITE, waits)).isFalse();
    assertThat(gate.enter(VolumeGate.Passage.READ, goesAway)).isFalse();

    await(handoffs.closeAll());
    await(registry.endFreezes());

    assertThat(carriedOut).as("a stop carries out nothing").hasValue(0);
    assertThat(gate.withdraw(goesAway)).as("its client went away").isTrue();
    OwnedHandoffs next = registry.handoffsOf("module replication");
    next.leadBy((_, _) -> kept(elsewhere));
    await(next.change("demo", "", _ -> GONE));
    await(next.leadOn("demo", LONG));
    assertThat(carriedOut).hasValue(1);
    assertThat(gate.volume().volume().sizeBytes()).isEqualTo(SIZE);
    assertThat(gate.volume()).isNotSameAs(opened);
  }
}
