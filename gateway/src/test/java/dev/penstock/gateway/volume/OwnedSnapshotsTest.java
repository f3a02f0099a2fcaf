package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.meant;
import static dev.penstock.gateway.volume.SnapshotsFixture.name;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.Need;
import dev.penstock.spi.snapshot.SnapshotReceiving;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.testing.MemoryVolumeStore;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The snapshots as a module has them. */
@SuppressWarnings("NullAway.Init") // made before each test
class OwnedSnapshotsTest {
  private static final Need NEED = new Need("demo", "job offsite", true, Duration.ofDays(1));

  @TempDir Path folder;

  private SnapshotsFixture gateway;
  private OwnedSnapshots ours;

  @BeforeEach
  void make() throws Exception {
    gateway = new SnapshotsFixture(folder);
    ours = gateway.snapshots.of("module replication");
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  private UUID take(String name) throws Exception {
    return gateway.take(name).info().guid();
  }

  private Fate destroy(String name) throws Exception {
    return await(ours.destroy(List.of(meant(name)))).getFirst();
  }

  @Test
  void whatIsNeededIsDeferredUntilNobodyNeedsIt() throws Exception {
    UUID monday = take("demo@monday");
    await(ours.need(NEED, Set.of(monday)));

    assertThat(destroy("demo@monday"))
        .isInstanceOfSatisfying(
            Fate.Deferred.class,
            deferred ->
                assertThat(deferred.holders()).isEqualTo("module replication: job offsite (plan)"));
    assertThat(await(ours.needed("demo"))).containsOnlyKeys(monday);

    await(ours.need(NEED, Set.of()));
    assertThat(destroy("demo@monday")).isInstanceOf(Fate.Destroyed.class);
  }

  @Test
  void whatIsGoneCannotBeNeededAndWhatWasNeededStaysSo() throws Exception {
    UUID monday = take("demo@monday");
    await(ours.need(NEED, Set.of(monday)));

    assertThat(refusal(ours.need(NEED, Set.of(monday, UUID.randomUUID()))))
        .isInstanceOf(GatewayError.NotFound.class);

    assertThat(await(ours.needed("demo"))).containsOnlyKeys(monday);
  }

  @Test
  void whatNobodyWorksUnderAnyMoreExpires() throws Exception {
    UUID monday = take("demo@monday");
    await(ours.need(NEED, Set.of(monday)));
    gateway.clock.advance(Duration.ofDays(30));
    assertThat(await(ours.needed("demo"))).containsOnlyKeys(monday);

    ours.putDown("job offsite");
    gateway.clock.advance(Duration.ofDays(1));

    assertThat(await(ours.needed("demo"))).isEmpty();
  }

  @Test
  void aStoreThatDoesNotAnswerTakesNothingAwayThatIsNeeded() throws Exception {
    UUID monday = take("demo@monday");
    UUID tuesday = take("demo@tuesday");
    await(ours.need(NEED, Set.of(monday)));
    var looks = new AtomicInteger();
    gateway.store.beforeList =
        _ -> {
          if (looks.incrementAndGet() > 1) // the look after the lease was given
          throw new GatewayError.Unavailable(
                GatewayError.Scope.RESOURCE, Duration.ofSeconds(1), "busy");
        };

    assertThat(refusal(ours.need(NEED, Set.of(tuesday))))
        .isInstanceOf(GatewayError.Unavailable.class);

    gateway.store.beforeList = _ -> {};
    assertThat(await(ours.needed("demo"))).containsOnlyKeys(monday);
  }

  @Test
  void anOpenVolumeIsNotLookedAtForChanges() throws Exception {
    take("demo@monday");
    OpenVolume demo = await(gateway.registry.open("demo", Access.READ, new TestUser("module nbd")));

    assertThat(refusal(ours.isChanged("demo")))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("module nbd");
    await(demo.close());
  }

  @Test
  void aSecondReceptionThatIsRefusedLeavesTheFirstWhatItIs() throws Exception {
    StreamHeader header = header(Optional.empty(), "a");
    SnapshotReceiving first = await(ours.receive("copy", "memory", header));
    assertThat(refusal(ours.receive("copy", "memory", header)))
        .isInstanceOf(GatewayError.Conflict.class);

    assertThat(refusal(gateway.stores.close("memory"))).hasMessageContaining("copy");

    await(first.close());
  }

  @Test
  void aVolumeThatWasMadeMeanwhileIsNotShadowedByWhatIsReceived() throws Exception {
    SnapshotReceiving receiving =
        await(ours.receive("copy", "memory", header(Optional.empty(), "a")));
    gateway.open("second", new MemoryVolumeStore());
    await(gateway.registry.create("copy", "second", 4096));

    assertThat(refusal(receiving.complete("anchor.received")))
        .isInstanceOf(GatewayError.Conflict.class);
    assertThat(await(ours.history("copy")).store()).isEqualTo("second");
    await(receiving.close());
  }

  @Test
  void whatAModuleNeededIsStillNeededAfterItHasStopped() throws Exception {
    UUID monday = take("demo@monday");
    await(ours.need(NEED, Set.of(monday)));

    await(ours.closeAll());

    assertThat(await(gateway.snapshots.of("module pruner").destroy(List.of(meant("demo@monday")))))
        .hasOnlyElementsOfType(Fate.Deferred.class);
    assertThat(gateway.leases.list()).extracting(status -> status.inUse()).containsExactly(false);
    assertThat(refusal(ours.need(NEED, Set.of(monday)))).isInstanceOf(GatewayError.Conflict.class);
  }

  @Test
  void nothingIsBegunForAModuleThatHasStopped() throws Exception {
    Meant monday = Meant.seen(name("demo@monday"), take("demo@monday"));
    receive(Optional.empty(), "a");
    await(ours.closeAll());

    List<Future<?>> asked =
        List.of(
            ours.take(List.of(name("demo@tuesday")), SnapshotsFixture.LONG),
            ours.anchor(monday, "anchor.offsite"),
            ours.clone(monday, "clone"),
            ours.bringBack(meant("copy@a"), List.of(), "anchor.received"),
            ours.discardPartial("copy"),
            ours.verify("demo"));

    for (Future<?> one : asked)
      assertThat(refusal(one)).hasMessage("module replication has stopped");
    for (Future<List<Fate>> one :
        List.of(ours.destroy(List.of(monday)), ours.destroyNeeded(List.of(monday))))
      assertThat(await(one))
          .singleElement()
          .isInstanceOfSatisfying(
              Fate.Failed.class,
              failed -> assertThat(failed.why()).hasMessage("module replication has stopped"));
    assertThat(gateway.names("demo")).containsExactly("monday");
  }

  @Test
  void anAnchorIsOnOneSnapshotOfAVolumeAndKeepsIt() throws Exception {
    take("demo@monday");
    take("demo@tuesday");
    await(ours.anchor(meant("demo@monday"), "anchor.offsite"));
    await(ours.anchor(meant("demo@tuesday"), "anchor.offsite"));

    assertThat(destroy("demo@monday")).isInstanceOf(Fate.Destroyed.class);
    assertThat(destroy("demo@tuesday")).isInstanceOf(Fate.Deferred.class);

    assertThatThrownBy(() -> ours.anchor(meant("demo@monday"), "mine"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void historiesTellOfEveryVolumeAndOfStoresThatDoNotAnswer() throws Exception {
    take("demo@monday");

    Histories all = await(ours.histories());

    assertThat(all.volumes())
        .extracting(VolumeHistory::name)
        .containsExactlyInAnyOrder("demo", "other");
    assertThat(await(ours.history("demo")).snapshots())
        .extracting(SnapshotInfo::name)
        .containsExactly("monday");
    assertThat(all.unanswered()).isEmpty();

    gateway.store.beforeList =
        _ -> {
          throw new GatewayError.Failed(GatewayError.Scope.RESOURCE, "the disk is gone");
        };
    assertThat(await(ours.histories()).unanswered()).containsOnlyKeys("memory");
    gateway.store.beforeList = _ -> {};
    assertThat(refusal(ours.history("nothing"))).isInstanceOf(GatewayError.NotFound.class);
  }

  private static StreamHeader header(Optional<UUID> from, String name) {
    return new StreamHeader(
        new UUID(1, 1), from, UUID.randomUUID(), name, Instant.EPOCH, SnapshotsFixture.SIZE, 0);
  }

  private SnapshotInfo receive(Optional<UUID> from, String name) throws Exception {
    SnapshotReceiving receiving = await(ours.receive("copy", "memory", header(from, name)));
    await(
        receiving.run(its -> {
          its.data(0, ByteBuffer.wrap(new byte[4096]));
          return 1;
        }));
    await(receiving.complete("anchor.received"));
    return await(ours.history("copy")).snapshots().getLast();
  }

  @Test
  void whatIsReceivedIsAReplicaThatFollowsAndThatNobodyElseWrites() throws Exception {
    SnapshotInfo first = receive(Optional.empty(), "a");
    SnapshotInfo second = receive(Optional.of(first.guid()), "b");

    assertThat(second.holds()).containsExactly("anchor.received");
    VolumeInfo copy = await(gateway.registry.find("copy"));
    assertThat(copy.replica()).isTrue();
    assertThat(refusal(gateway.registry.open("copy", Access.WRITE, new TestUser("module nbd"))))
        .isInstanceOf(GatewayError.Denied.class);
    assertThat(await(ours.isChanged("copy"))).isFalse();
  }

  private List<String> namesOfCopy() throws Exception {
    return await(ours.history("copy")).snapshots().stream().map(SnapshotInfo::name).toList();
  }

  @Test
  void aReplicaIsBroughtBackWithItsAnchorAndWithoutWhatCameLater() throws Exception {
    SnapshotInfo first = receive(Optional.empty(), "a");
    receive(Optional.of(first.guid()), "b");
    gateway.take("copy@theirs");

    await(
        ours.bringBack(
            meant("copy@a"), List.of(meant("copy@theirs"), meant("copy@b")), "anchor.received"));

    assertThat(namesOfCopy()).containsExactly("a");
    assertThat(await(ours.history("copy")).snapshots().getFirst().holds())
        .containsExactly("anchor.received");
    assertThat(await(ours.isChanged("copy"))).isFalse();
  }

  @Test
  void ofAVolumeThatWasPromotedNothingIsBroughtBack() throws Exception {
    receive(Optional.empty(), "a");
    gateway.take("copy@theirs");
    await(gateway.registry.setReplica("copy", false));

    assertThat(
            refusal(
                ours.bringBack(meant("copy@a"), List.of(meant("copy@theirs")), "anchor.received")))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("demote");
    assertThat(namesOfCopy()).containsExactly("a", "theirs");
  }

  @Test
  void whatSomebodyNeedsKeepsAReplicaAsItIs() throws Exception {
    receive(Optional.empty(), "a");
    UUID theirs = take("copy@theirs");
    await(ours.need(new Need("copy", "job on", true, Duration.ofDays(1)), Set.of(theirs)));

    assertThat(
            refusal(
                ours.bringBack(meant("copy@a"), List.of(meant("copy@theirs")), "anchor.received")))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("job on");
    assertThat(namesOfCopy()).containsExactly("a", "theirs");
  }

  @Test
  void whatWasPromotedReceivesNothingMore() throws Exception {
    SnapshotInfo first = receive(Optional.empty(), "a");
    await(gateway.registry.setReplica("copy", false));

    assertThat(refusal(ours.receive("copy", "memory", header(Optional.of(first.guid()), "b"))))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("demote");
  }

  @Test
  void whatIsPromotedMeanwhileIsNotCompleted() throws Exception {
    SnapshotInfo first = receive(Optional.empty(), "a");
    SnapshotReceiving receiving =
        await(ours.receive("copy", "memory", header(Optional.of(first.guid()), "b")));
    await(gateway.registry.setReplica("copy", false));

    assertThat(refusal(receiving.complete("anchor.received")))
        .isInstanceOf(GatewayError.Conflict.class);

    await(receiving.close());
    assertThat(await(ours.history("copy")).snapshots()).hasSize(1);
  }

  /** Looked at when it becomes visible, and not only when it is begun. */
  @Test
  void whatIsNotReceivedAnyMoreDoesNotBecomeVisible() throws Exception {
    SnapshotInfo first = receive(Optional.empty(), "a");
    var allowed = new AtomicBoolean(true);
    SnapshotReceiving receiving =
        await(
            ours.receive(
                "copy",
                "memory",
                header(Optional.of(first.guid()), "b"),
                now -> {
                  if (!allowed.get()) throw new GatewayError.Conflict("not for " + now);
                }));
    allowed.set(false);

    assertThat(refusal(receiving.complete("anchor.received")))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageStartingWith("not for ");

    await(receiving.close());
    assertThat(namesOfCopy()).containsExactly("a");
    assertThat(
            refusal(
                ours.receive(
                    "new",
                    "memory",
                    header(Optional.empty(), "a"),
                    now -> {
                      throw new GatewayError.Conflict("not for " + now);
                    })))
        .hasMessage("not for Optional.empty");
  }

  @Test
  void whatIsBeingHandedOverTakesNothingOfWhoIsNoPartyToIt() throws Exception {
    SnapshotInfo first = receive(Optional.empty(), "a");
    SnapshotReceiving begunBefore =
        await(ours.receive("copy", "memory", header(Optional.of(first.guid()), "b")));
    var offer = Epoch.FIRST.next(new UUID(1, 1));
    var coming =
        new Ownership.Receiving(offer, new Counterpart("home", "demo"), new Ownership.None());
    gateway.store.memory.keepOwnership("copy", new Ownership(coming, offer, Optional.empty()));

    assertThat(refusal(begunBefore.complete("anchor.received")))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("it is being handed over from demo at home");
    assertThat(refusal(ours.receive("copy", "memory", header(Optional.of(first.guid()), "b"))))
        .isInstanceOf(GatewayError.Unavailable.class);
    await(begunBefore.close());
  }

  @Test
  void aVolumeOfTheNameIsNotOverwrittenByAFirstSnapshot() throws Exception {
    assertThat(refusal(ours.receive("demo", "memory", header(Optional.empty(), "a"))))
        .isInstanceOf(GatewayError.Conflict.class);
  }

  @Test
  void whatAModuleLeavesOpenIsClosedAndKept() throws Exception {
    SnapshotReceiving receiving =
        await(ours.receive("copy", "memory", header(Optional.empty(), "a")));

    await(ours.closeAll());

    OwnedSnapshots next = gateway.snapshots.of("module replication");
    assertThat(await(next.history("copy")).partial()).isPresent();
    await(next.discardPartial("copy"));
    assertThat(refusal(next.history("copy"))).isInstanceOf(GatewayError.NotFound.class);
    await(receiving.close());
    await(gateway.stores.closeAll());
  }

  @Test
  void aVolumeThatWasWrittenSinceItsNewestSnapshotHasChanged() throws Exception {
    OpenVolume demo =
        await(gateway.registry.open("demo", Access.WRITE, new TestUser("module nbd")));
    take("demo@monday");
    await(SnapshotsFixture.write(demo, 7));
    await(demo.close());

    assertThat(await(ours.isChanged("demo"))).isTrue();
  }
}
