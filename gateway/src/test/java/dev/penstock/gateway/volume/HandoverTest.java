package dev.penstock.gateway.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.volume.VolumeStatus.Condition;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.GatewayEvent.OwnershipChanged;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.ownership.Ownership.Handed;
import dev.penstock.spi.ownership.Ownership.None;
import dev.penstock.spi.ownership.Ownership.Offered;
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
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class HandoverTest extends WithRegistry {
  private static final Epoch OFFER = Epoch.FIRST.next(new UUID(1, 1));
  private static final Epoch SECOND = OFFER.next(new UUID(2, 2));
  private static final Counterpart OTHER = new Counterpart("server-b", "demo");
  private static final Ownership OFFERED =
      new Ownership(new Offered(OFFER, OTHER), OFFER, Optional.of(Epoch.FIRST));
  private static final Ownership HANDED = OFFERED.in(new Handed(OFFER, OTHER));
  private static final Ownership GONE = OFFERED.in(new Gone(OFFER, OTHER));
  private static final Ownership PREPARED =
      new Ownership(new Prepared(OFFER, OTHER, "digest", new None()), OFFER, Optional.empty());

  private static final Ownership COMING =
      new Ownership(new Receiving(OFFER, OTHER, new None()), OFFER, Optional.empty());

  private final OwnedHandoffs handoffs = registry.handoffsOf("module replication");
  private final MemoryVolume elsewhere = MemoryVolume.named("elsewhere", SIZE);

  @Test
  void whoUsesAVolumeIsLedOnOnceItIsHandedOver() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    await(registry.open("demo", Access.READ, reader));
    handOver();

    await(write(writer.successor.orElseThrow()));

    assertThat(elsewhere.content()[0]).isEqualTo((byte) 7);
    assertThat(refusal(write(reader.successor.orElseThrow())))
        .isInstanceOf(GatewayError.Denied.class);
    assertThat(status().condition()).isEqualTo(Condition.LED_ON);
    assertThat(memory.ownership("demo")).contains(GONE);
    assertThat(events.all(OwnershipChanged.class).stream().map(OwnershipChanged::now))
        .containsExactly(OFFERED, HANDED, GONE);
  }

  @Test
  void eachClientOfAUserHasCallsOfItsOwnElsewhereAndNothingToCloseHere() throws Exception {
    OpenVolume here = await(registry.open("demo", Access.WRITE, writer));
    assertThat(here.forClient()).isSameAs(here);
    await(here.close());
    var closed = new AtomicInteger();
    var beyond =
        new ForwardingVolume(elsewhere) {
          @Override
          protected void admit(boolean changes) {}

          @Override
          public Volume forClient() {
            return new ForwardingVolume(elsewhere) {
              @Override
              protected void admit(boolean changes) {}

              @Override
              public void close() {
                closed.incrementAndGet();
              }
            };
          }

          @Override
          public void close() {}
        };
    keep(GONE);
    handoffs.leadBy((_, _) -> beyond);
    OpenVolume open = await(registry.open("demo", Access.WRITE, writer));
    OpenVolume reads = await(registry.open("demo", Access.READ, reader));

    OpenVolume client = open.forClient();
    await(write(client));
    assertThat(refusal(write(reads.forClient()))).isInstanceOf(GatewayError.Denied.class);
    await(client.close());

    assertThat(closed).hasValue(1);
    assertThat(elsewhere.content()[0]).isEqualTo((byte) 7);
    await(write(open));
  }

  @Test
  void whatComesIsWrittenByWhoeverBringsItAndByNobodyElse() throws Exception {
    await(handoffs.change("fresh", "memory", _ -> COMING));

    OpenVolume brought = await(handoffs.receive("fresh", SIZE, writer));

    await(write(brought));
    assertThat(memory.ownership("fresh")).as("it is not owned for that").contains(COMING);
    assertThat(refusal(handoffs.receive("fresh", SIZE, reader)))
        .isInstanceOf(GatewayError.Conflict.class);
    await(brought.close());
    assertThat(refusal(registry.open("fresh", Access.WRITE, reader)))
        .isInstanceOf(GatewayError.Unavailable.class);
    assertThat(refusal(handoffs.receive("fresh", SIZE + 512, writer)))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("%d are to be received".formatted(SIZE + 512));
  }

  @Test
  void whatIsOwnedIsBroughtByNobody() throws Exception {
    assertThat(refusal(handoffs.receive("demo", SIZE, writer)))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessage("volume demo is not being received: nobody but its owner writes it");
  }

  @Test
  void whoComesLaterIsLedOnAsWell() throws Exception {
    handOver();

    OpenVolume open = await(registry.open("demo", Access.WRITE, writer));

    await(write(open));
    assertThat(elsewhere.content()[0]).isEqualTo((byte) 7);
  }

  @Test
  void whoeverWritesIsStillTheOnlyOneWhenLedOn() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    handOver();

    assertThat(refusal(registry.open("demo", Access.WRITE, reader)))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessage("volume demo is written by module nbd");
  }

  @Test
  void aVolumeThatWasHandedOverIsNotOpenedWhereNobodyKnowsTheWay() throws Exception {
    keep(GONE);

    assertThat(refusal(registry.open("demo", Access.READ, reader)))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessage(
            "volume demo was handed over to demo at server-b, and nothing here leads there");
  }

  @Test
  void whatSomebodyUsesIsNotGivenUp() throws Exception {
    await(registry.open("demo", Access.READ, reader));

    assertThat(refusal(handoffs.change("demo", "memory", _ -> HANDED)))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessage(
            "volume demo is used by module backup (reads), who would have to be halted first");
    Handoffs.Frozen frozen = await(handoffs.freeze("demo", LONG));
    assertThat(refusal(frozen.change(_ -> HANDED))).isInstanceOf(GatewayError.Unavailable.class);

    await(frozen.halt(LONG));
    await(frozen.change(_ -> HANDED));
  }

  @Test
  void aFreezeThatSomebodyEndedDecidesNothing() throws Exception {
    await(handoffs.change("demo", "memory", _ -> OFFERED));
    Handoffs.Frozen frozen = await(handoffs.freeze("demo", LONG));
    await(frozen.halt(LONG));
    await(registry.thaw("demo"));
    await(registry.freeze("demo", LONG));

    assertThat(refusal(frozen.change(_ -> HANDED)))
        .hasMessage("volume demo is no longer frozen: somebody thawed it");
    assertThat(refusal(frozen.take("last"))).isInstanceOf(GatewayError.Unavailable.class);
    await(frozen.thaw());
    assertThat(status().condition()).isEqualTo(Condition.FROZEN);
  }

  @Test
  void nobodyThawsWhatIsNotOwnedAnyMore() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    decide();

    assertThat(refusal(registry.thaw("demo"))).isInstanceOf(GatewayError.Unavailable.class);

    assertThat(writer.asked).containsExactly("freeze", "halt");
  }

  @Test
  void theSnapshotOfAFreezeIsTakenWhileNobodyWrites() throws Exception {
    OpenVolume open = await(registry.open("demo", Access.WRITE, writer));
    await(write(open));
    Handoffs.Frozen frozen = await(handoffs.freeze("demo", LONG));

    UUID taken = await(frozen.take("last")).guid();
    await(frozen.thaw());

    assertThat(await(registry.snapshots("demo")).getFirst().guid()).isEqualTo(taken);
    assertThat(writer.asked).containsExactly("freeze", "thaw");
  }

  @Test
  void aModuleThatStopsLeavesWhatItOfferedServing() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    await(handoffs.change("demo", "memory", _ -> OFFERED));
    await(handoffs.freeze("demo", LONG));

    await(handoffs.closeAll());

    assertThat(writer.asked).containsExactly("freeze", "thaw");
    assertThat(memory.ownership("demo")).contains(OFFERED.in(new Owner()));
    assertThat(refusal(handoffs.freeze("demo", LONG))).isInstanceOf(GatewayError.Conflict.class);
  }

  @Test
  void aModuleThatStopsLeavesWhatWasDecidedHalted() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    decide();

    await(handoffs.closeAll());

    assertThat(writer.asked).containsExactly("freeze", "halt");
    assertThat(memory.ownership("demo")).contains(HANDED);
  }

  @Test
  void whatWasOfferedWhenTheProcessEndedIsOwnedAgain() throws Exception {
    keep(OFFERED);
    await(stores.close("memory"));

    open("memory", memory);

    assertThat(memory.ownership("demo")).contains(OFFERED.in(new Owner()));
    await(registry.open("demo", Access.WRITE, writer));
  }

  @Test
  void whoWasLedOnIsBackHomeWithTheVolume() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    handOver();
    prepare();
    await(write(writer.successor.orElseThrow()));

    comeBack();
    await(writer.successor.orElseThrow().run(() -> Optional.empty()));
    await(write(writer.successor.orElseThrow()));

    assertThat(memory.volume("demo").content()[0]).isEqualTo((byte) 7);
    Awaitility.await().until(() -> status().condition() == Condition.SERVING);
    await(registry.freeze("demo", LONG));
  }

  @Test
  void whoCannotComeHomeYetIsAskedAgain() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    handOver();
    writer.retired =
        Future.failedFuture(
            new GatewayError.Unavailable(Scope.RESOURCE, Duration.ofSeconds(1), "not yet"));
    prepare();

    comeBack();
    writer.retired = Future.succeededFuture();

    Awaitility.await().until(() -> status().condition() == Condition.SERVING);
    await(write(writer.successor.orElseThrow()));
    assertThat(memory.volume("demo").content()[0]).isEqualTo((byte) 7);
  }

  /** What is under way elsewhere may be held there until the other side knows who owns it. */
  @Test
  void aVolumeIsBackBeforeThoseAreWhoAreStillAtItsSuccessor() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    handOver();
    prepare();
    Promise<Void> underWay = Promise.promise();
    writer.retired = underWay.future();

    comeBack();
    await(write(await(handoffs.join("demo", reader))));

    assertThat(memory.volume("demo").content()[0]).isEqualTo((byte) 7);
    assertThat(status().condition()).isEqualTo(Condition.RETIRING);
    assertThat(refusal(handoffs.freeze("demo", LONG)))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("it has come back");
    underWay.complete();
    await(registry.freeze("demo", LONG));
  }

  private void prepare() throws Exception {
    var before = (Gone) GONE.phase();
    var back = new Ownership(new Prepared(SECOND, OTHER, "d", before), SECOND, GONE.owned());
    await(handoffs.change("demo", "memory", _ -> back));
  }

  private void comeBack() throws Exception {
    var owner = new Ownership(new Owner(), SECOND, Optional.of(SECOND));
    await(handoffs.change("demo", "memory", _ -> owner));
  }

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
  void clientsOfAnotherGatewayWriteBesideWhoeverWritesHereAndAreHeldAsWell() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    OpenVolume joined = await(handoffs.join("demo", reader));
    await(write(joined));

    await(registry.freeze("demo", LONG));

    assertThat(writer.asked).containsExactly("freeze");
    assertThat(reader.asked).containsExactly("freeze");
    await(joined.close());
  }

  @Test
  void clientsOfAnotherGatewayAreLedOnFromHereWhereItWasHandedOn() throws Exception {
    handOver();

    await(write(await(handoffs.join("demo", reader))));

    assertThat(elsewhere.content()[0]).isEqualTo((byte) 7);
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

  private void keep(Ownership ownership) {
    memory.keepOwnership("demo", ownership);
  }

  private void handOver() throws Exception {
    handoffs.leadBy((_, _) -> kept(elsewhere));
    Handoffs.Frozen frozen = decide();
    await(frozen.change(_ -> GONE));
    await(handoffs.leadOn("demo", LONG));
  }

  private Handoffs.Frozen decide() throws Exception {
    await(handoffs.change("demo", "memory", _ -> OFFERED));
    Handoffs.Frozen frozen = await(handoffs.freeze("demo", LONG));
    await(frozen.halt(LONG));
    await(frozen.change(_ -> HANDED));
    return frozen;
  }

  /** Each time another volume with the same bytes: they are closed one by one. */
  private static Volume kept(MemoryVolume elsewhere) {
    return new ForwardingVolume(elsewhere) {
      @Override
      protected void admit(boolean changes) {}

      @Override
      public void close() {}
    };
  }
}
