package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.LONG;
import static dev.penstock.gateway.volume.SnapshotsFixture.SIZE;
import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.gateway.volume.VolumeStatus.Condition;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.GatewayEvent.SnapshotCreated;
import dev.penstock.spi.handoff.Handoffs.Fenced;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Forked;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.ownership.Ownership.Offered;
import dev.penstock.spi.ownership.Ownership.Owner;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import dev.penstock.spi.volume.Volume;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What turns out to be owned elsewhere is given up while it is used. */
@SuppressWarnings("NullAway.Init") // made before each test
class FencingTest {
  private static final Counterpart OTHER = new Counterpart("server-b", "demo");
  private static final Epoch LATER = new Epoch(5, new UUID(5, 5));
  private static final Epoch OWNED = new Epoch(3, new UUID(3, 3));
  private static final Ownership OWNER = new Ownership(new Owner(), OWNED, Optional.of(OWNED));
  private static final Ownership OFFERED =
      new Ownership(new Offered(OWNED.next(new UUID(4, 4)), OTHER), OWNED, Optional.of(OWNED));
  private static final Ownership GONE = OWNER.in(new Gone(LATER, OTHER), LATER);
  private static final Ownership FORKED = OWNER.in(new Forked(new Epoch(3, new UUID(9, 9)), OTHER));

  @TempDir Path folder;

  private final TestUser writer = new TestUser("module nbd");
  private final TestUser reader = new TestUser("module backup");
  private SnapshotsFixture gateway;
  private OwnedHandoffs handoffs;
  private OpenVolume written;

  @BeforeEach
  void use() throws Exception {
    gateway = new SnapshotsFixture(folder);
    handoffs = gateway.registry.handoffsOf("module replication");
    keep(OWNER);
    written = await(gateway.registry.open("demo", Access.WRITE, writer));
    await(gateway.registry.open("demo", Access.READ, reader));
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  private void keep(Ownership record) {
    gateway.store.memory.keepOwnership("demo", record);
  }

  private Ownership kept() {
    return gateway.store.memory.ownership("demo").orElseThrow();
  }

  private List<SnapshotInfo> snapshots() {
    return gateway.store.list("demo");
  }

  private Future<Fenced> fence(Ownership next) {
    return handoffs.fence("demo", _ -> next, LONG);
  }

  private static Future<byte[]> read(OpenVolume open) {
    return open.run(() -> {
      ByteBuffer one = ByteBuffer.allocate(1);
      open.volume().read(0, one);
      return one.array();
    });
  }

  @Test
  void whatWasWrittenIsKeptAsAnOrphanBeforeItIsGivenUp() throws Exception {
    await(SnapshotsFixture.write(written, 7));

    Fenced fenced = await(fence(GONE));

    SnapshotInfo orphan = fenced.orphan().orElseThrow();
    assertThat(orphan.name()).isEqualTo("orphan-3");
    assertThat(snapshots().getLast().holds()).containsExactly("orphan");
    try (Volume there = gateway.store.openSnapshot("demo", orphan.guid())) {
      ByteBuffer one = ByteBuffer.allocate(1);
      there.read(0, one);
      assertThat(one.get(0)).isEqualTo((byte) 7);
    }
    assertThat(fenced.now()).isEqualTo(GONE);
    assertThat(kept()).isEqualTo(GONE);
    assertThat(writer.asked).containsExactly("freeze", "halt");
    assertThat(reader.asked).containsExactly("halt");
    assertThat(gateway.events.all(SnapshotCreated.class))
        .extracting(SnapshotCreated::subject)
        .containsExactly(new SnapshotName("demo", "orphan-3").toString());
  }

  @Test
  void whoUsedItIsLedOn() throws Exception {
    await(fence(GONE));
    var elsewhere = MemoryVolume.named("elsewhere", SIZE);
    handoffs.leadBy((_, _) -> elsewhere);

    await(handoffs.leadOn("demo", LONG));

    await(SnapshotsFixture.write(writer.successor.orElseThrow(), 9));
    assertThat(elsewhere.content()[0]).isEqualTo((byte) 9);
    assertThat(reader.asked).contains("retire");
    assertThat(await(gateway.registry.status("demo")).condition()).isEqualTo(Condition.LED_ON);
  }

  @Test
  void ofTwoOwnersOfOneEpochNeitherServesAndWhoUsesItHearsWhy() throws Exception {
    await(fence(FORKED));

    OpenVolume instead = writer.successor.orElseThrow();
    for (Future<?> asked :
        List.of(
            SnapshotsFixture.write(instead, 7),
            read(instead),
            read(reader.successor.orElseThrow()),
            instead.run(() -> {
              instead.volume().flush();
              return Optional.empty();
            })))
      assertThat(refusal(asked))
          .isInstanceOf(GatewayError.Conflict.class)
          .hasMessageContaining("demo at server-b owns the same epoch")
          .hasMessageContaining("penstock migrate resolve demo");
    assertThat(snapshots().getLast().holds()).containsExactly("orphan");
  }

  @Test
  void onceOneOfTwoIsChosenWhoUsedItGoesOn() throws Exception {
    await(fence(FORKED));

    await(handoffs.change("demo", "", now -> now.orElseThrow().owning(LATER, new Owner())));

    await(SnapshotsFixture.write(writer.successor.orElseThrow(), 8));
    assertThat(gateway.store.memory.volume("demo").content()[0]).isEqualTo((byte) 8);
  }

  @Test
  void whatIsOnItsWayToAnotherIsGivenUpAsWellAlsoInItsFreeze() throws Exception {
    keep(OFFERED);
    var frozen = await(handoffs.freeze("demo", LONG));

    await(fence(GONE));

    assertThat(kept()).isEqualTo(GONE);
    assertThat(refusal(frozen.thaw())).as("whoever froze it hears").isNotNull();
    assertThat(writer.asked).containsExactly("freeze", "halt");
  }

  @Test
  void whatCannotBeWrittenDownLeavesItAsItWas() throws Exception {
    gateway.store.beforeKeeping =
        _ -> {
          throw new GatewayError.Failed(Scope.RESOURCE, "the disk is full of holes");
        };

    assertThat(refusal(fence(GONE))).hasMessage("the disk is full of holes");

    assertThat(kept()).isEqualTo(OWNER);
    assertThat(snapshots()).as("each try would leave one").isEmpty();
    assertThat(writer.asked).containsExactly("freeze", "halt", "thaw");
  }

  @Test
  void whoCannotHoldItsReadsKeepsItAndGoesOn() throws Exception {
    reader.halted = Future.failedFuture(new GatewayError.Unsupported("it cannot hold its reads"));

    assertThat(refusal(fence(GONE))).hasMessage("it cannot hold its reads");

    assertThat(kept()).isEqualTo(OWNER);
    assertThat(snapshots()).isEmpty();
    assertThat(writer.asked).containsExactly("freeze", "halt", "thaw");
  }

  @Test
  void aNameThatIsTakenIsNotTakenAgain() throws Exception {
    gateway.store.create("demo", "orphan-3");
    gateway.store.create("demo", "orphan-3-2");

    assertThat(await(fence(GONE)).orphan().orElseThrow().name()).isEqualTo("orphan-3-3");
  }

  @Test
  void whatIsNotGivenUpIsNotHeldStill() throws Exception {
    var settled = OWNER.in(new Owner(Optional.of(OTHER)));

    Fenced fenced = await(fence(settled));

    assertThat(fenced).isEqualTo(new Fenced(settled, Optional.empty()));
    assertThat(writer.asked).isEmpty();
  }

  /** Rule 4 of the hand-over: durably owned, and then clients go on. */
  @Test
  void whatAModuleLeftFrozenIsThawedOnceItIsDurableThatItIsOwned() throws Exception {
    keep(OFFERED);
    await(handoffs.freeze("demo", LONG));
    var tries = new AtomicInteger();
    gateway.store.beforeKeeping =
        _ -> {
          if (tries.incrementAndGet() < 3)
            throw new GatewayError.Failed(Scope.RESOURCE, "the disk is full of holes");
          assertThat(writer.asked).as("nobody writes yet").containsExactly("freeze");
        };

    await(handoffs.closeAll());

    await().until(() -> writer.asked.contains("thaw"));
    assertThat(tries).hasValue(3);
    assertThat(kept().phase()).isEqualTo(new Owner());
  }
}
