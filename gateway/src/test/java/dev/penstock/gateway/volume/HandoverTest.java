package dev.penstock.gateway.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.volume.VolumeStatus.Condition;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.GatewayEvent.OwnershipChanged;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Ownership.Owner;
import dev.penstock.spi.testing.ForwardingVolume;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.Volume;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A volume is handed over, and whoever uses it is led on. */
class HandoverTest extends WithHandoffs {
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
}
