package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.meant;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.snapshot.Need;
import dev.penstock.spi.snapshot.SnapshotReceiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.testing.MemoryVolumeStore;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumeInfo;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

/** What a module receives: replicas that nobody else writes, and what makes them something else. */
class OwnedReceptionsTest extends OwnSnapshots {
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
}
