package dev.penstock.gateway.volume;

import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.ownership.Ownership.Handed;
import dev.penstock.spi.ownership.Ownership.None;
import dev.penstock.spi.ownership.Ownership.Offered;
import dev.penstock.spi.ownership.Ownership.Receiving;
import dev.penstock.spi.testing.ForwardingVolume;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Volume;
import java.util.Optional;
import java.util.UUID;

/** A registry with a module that hands volumes over to another gateway. */
abstract class WithHandoffs extends WithRegistry {
  static final Epoch OFFER = Epoch.FIRST.next(new UUID(1, 1));
  static final Counterpart OTHER = new Counterpart("server-b", "demo");
  static final Ownership OFFERED =
      new Ownership(new Offered(OFFER, OTHER), OFFER, Optional.of(Epoch.FIRST));
  static final Ownership HANDED = OFFERED.in(new Handed(OFFER, OTHER));
  static final Ownership GONE = OFFERED.in(new Gone(OFFER, OTHER));

  static final Ownership COMING =
      new Ownership(new Receiving(OFFER, OTHER, new None()), OFFER, Optional.empty());

  final OwnedHandoffs handoffs = registry.handoffsOf("module replication");
  final MemoryVolume elsewhere = MemoryVolume.named("elsewhere", SIZE);

  void keep(Ownership ownership) {
    memory.keepOwnership("demo", ownership);
  }

  void handOver() throws Exception {
    handoffs.leadBy((_, _) -> kept(elsewhere));
    Handoffs.Frozen frozen = decide();
    await(frozen.change(_ -> GONE));
    await(handoffs.leadOn("demo", LONG));
  }

  Handoffs.Frozen decide() throws Exception {
    await(handoffs.change("demo", "memory", _ -> OFFERED));
    Handoffs.Frozen frozen = await(handoffs.freeze("demo", LONG));
    await(frozen.halt(LONG));
    await(frozen.change(_ -> HANDED));
    return frozen;
  }

  /** Each time another volume with the same bytes: they are closed one by one. */
  static Volume kept(MemoryVolume elsewhere) {
    return new ForwardingVolume(elsewhere) {
      @Override
      protected void admit(boolean changes) {}

      @Override
      public void close() {}
    };
  }
}
