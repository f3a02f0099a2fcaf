package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.LONG;
import static dev.penstock.gateway.volume.SnapshotsFixture.SIZE;
import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.name;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.volume.Snapshots.Taken;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who holds still while a snapshot is taken, for how long, and what is left if one fails. */
@SuppressWarnings("NullAway.Init") // made before each test
class GroupSnapshotTest {
  @TempDir Path folder;

  private final TestUser writer = new TestUser("module nbd");
  private SnapshotsFixture gateway;
  private VolumeRegistry registry;
  private Snapshots snapshots;

  @BeforeEach
  void make() throws Exception {
    gateway = new SnapshotsFixture(folder);
    registry = gateway.registry;
    snapshots = gateway.snapshots;
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  @Test
  void theWriterHoldsStillWhileItIsTakenAndGoesOnAfter() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    List<String> asked = new CopyOnWriteArrayList<>();
    gateway.store.beforeCreate = _ -> asked.addAll(writer.asked);

    gateway.take("demo@monday");

    assertThat(asked).containsExactly("freeze");
    assertThat(writer.asked).containsExactly("freeze", "thaw");
    assertThat(condition("demo")).isEqualTo(VolumeStatus.Condition.SERVING);
  }

  @Test
  void theStorePreparesWhileWritesGoOn() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    List<String> asked = new CopyOnWriteArrayList<>();
    gateway.store.onPrepare = volume -> asked.add(volume + writer.asked);

    gateway.take("demo@monday");

    assertThat(asked).containsExactly("demo[]");
  }

  @Test
  void whatAStoreCannotPrepareItDoesWhenTheSnapshotIsTaken() throws Exception {
    gateway.store.onPrepare =
        _ -> {
          throw new GatewayError.NoSpace("the store is full");
        };
    gateway.take("demo@monday");
    assertThat(gateway.names("demo")).containsExactly("monday");
  }

  @Test
  void aStoreThatPreparesTooLongHoldsNobodyUp() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    var slow = new CountDownLatch(1);
    gateway.store.onPrepare = _ -> UnreliableStore.waitFor(slow);

    assertThat(refusal(snapshots.create(List.of(name("demo@monday")), Duration.ofMillis(300))))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("preparing demo@monday took longer than 300 ms");
    assertThat(writer.asked).doesNotContain("freeze");
    assertThat(condition("demo")).isEqualTo(VolumeStatus.Condition.SERVING);

    slow.countDown();
    gateway.take("demo@tuesday"); // in the next turn
    assertThat(gateway.names("demo")).containsExactly("tuesday");
  }

  @Test
  void theWriterGoesOnIfTheStoreRefuses() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    gateway.store.failing.put("demo", new GatewayError.NoSpace("the store is full"));

    assertThat(refusal(gateway.create("demo@monday")))
        .isInstanceOf(GatewayError.NoSpace.class)
        .hasMessage("the store is full");

    assertThat(writer.asked).containsExactly("freeze", "thaw");
    assertThat(condition("demo")).isEqualTo(VolumeStatus.Condition.SERVING);
  }

  @Test
  void theWriterGoesOnByTheLimitAndWhatCameTooLateIsDestroyedAgain() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    var slow = new CountDownLatch(1);
    gateway.store.slow.put("demo", slow);

    assertThat(refusal(snapshots.create(List.of(name("demo@monday")), Duration.ofMillis(300))))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("keeping demo@monday took longer than 300 ms");
    assertThat(writer.asked).containsExactly("freeze", "thaw");

    slow.countDown();
    gateway.store.slow.clear();
    gateway.take("demo@tuesday"); // in the next turn
    assertThat(gateway.names("demo")).containsExactly("tuesday");
  }

  @Test
  void aWriterThatDoesNotHoldStillIsNotWaitedForLongerThanTheLimit() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    writer.frozen = TestUser.never();

    assertThat(refusal(snapshots.create(List.of(name("demo@monday")), Duration.ofMillis(200))))
        .isInstanceOf(GatewayError.Unavailable.class);
    assertThat(writer.asked).contains("thaw");
    assertThat(gateway.names("demo")).isEmpty();
  }

  @Test
  void whatAnOperatorFrozeStaysFrozen() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    await(registry.freeze("demo", LONG));

    gateway.take("demo@monday");

    assertThat(writer.asked).containsExactly("freeze");
    assertThat(condition("demo")).isEqualTo(VolumeStatus.Condition.FROZEN);
    await(registry.thaw("demo"));
  }

  @Test
  void ofAGroupNoneIsMadeBeforeAllHoldStill() throws Exception {
    OpenVolume demo = await(registry.open("demo", Access.WRITE, writer));
    TestUser second = new TestUser("module other");
    OpenVolume other = await(registry.open("other", Access.WRITE, second));
    List<String> asked = new CopyOnWriteArrayList<>();
    gateway.store.beforeCreate = volume -> asked.add(volume + writer.asked + second.asked);

    Taken taken = await(gateway.create("demo@monday", "other@monday"));

    assertThat(taken.snapshots())
        .extracting(one -> one.name().toString())
        .containsExactly("demo@monday", "other@monday");
    assertThat(asked).containsExactlyInAnyOrder("demo[freeze][freeze]", "other[freeze][freeze]");
    assertThat(List.of(writer.asked, second.asked))
        .containsExactly(List.of("freeze", "thaw"), List.of("freeze", "thaw"));
    assertThat(List.of(demo, other)).allMatch(open -> open.access() == Access.WRITE);
  }

  @Test
  void aGroupIsTakenWholeOrNotAtAllAndItIsSaidWhatBecameOfEach() throws Exception {
    gateway.store.failing.put("other", new GatewayError.NoSpace("the store is full"));

    assertThat(refusal(gateway.create("demo@monday", "other@monday")))
        .isInstanceOf(GatewayError.NoSpace.class)
        .hasMessage(
            "not taken of all volumes: demo@monday was made and destroyed again; other@monday: the"
                + " store is full");
    assertThat(gateway.names("demo")).isEmpty();
  }

  @Test
  void aVolumeThatCannotBeHeldStillLeavesTheOthersAlone() throws Exception {
    OpenVolume demo = await(registry.open("demo", Access.WRITE, writer));
    MemoryVolume elsewhere = MemoryVolume.ofBytes(SIZE);
    registry.handoffsOf("module replication").leadBy((_, _) -> elsewhere);
    var gone = new Ownership.Gone(Epoch.FIRST, new Counterpart("server-b", "other"));
    gateway.store.keepOwnership("other", Ownership.NONE.in(gone));
    OpenVolume other = await(registry.open("other", Access.READ, writer));

    assertThat(refusal(gateway.create("demo@monday", "other@monday")))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessage(
            "volume other cannot be snapshotted here: it was handed over, and who uses it is led"
                + " on");

    assertThat(writer.asked).isEmpty();
    await(demo.close());
    await(other.close());
    await(gateway.stores.closeAll());
  }

  private VolumeStatus.Condition condition(String volume) throws Exception {
    return await(registry.status(volume)).condition();
  }
}
