package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.LONG;
import static dev.penstock.gateway.volume.SnapshotsFixture.SIZE;
import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.meant;
import static dev.penstock.gateway.volume.SnapshotsFixture.name;
import static dev.penstock.gateway.volume.SnapshotsFixture.read;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static dev.penstock.gateway.volume.SnapshotsFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.config.HookConfig;
import dev.penstock.gateway.task.TaskStatus;
import dev.penstock.gateway.volume.Snapshots.Meant;
import dev.penstock.gateway.volume.Snapshots.Taken;
import dev.penstock.gateway.volume.Snapshots.Verified;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.GatewayEvent.SnapshotCreated;
import dev.penstock.spi.bus.GatewayEvent.SnapshotDestroyed;
import dev.penstock.spi.bus.GatewayEvent.VolumeCloned;
import dev.penstock.spi.bus.GatewayEvent.VolumeRolledBack;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import dev.penstock.spi.volume.VolumeGate;
import dev.penstock.spi.volume.VolumeGate.Passage;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // made before each test
class VolumeSnapshotsTest {
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
  void aSnapshotIsTakenOfAVolumeThatNobodyUses() throws Exception {
    var monday = gateway.take("demo@monday");

    assertThat(monday.name()).hasToString("demo@monday");
    assertThat(gateway.names("demo")).containsExactly("monday");
    assertThat(gateway.events.await(SnapshotCreated.class).guid()).isEqualTo(monday.info().guid());
    assertThat(gateway.shown.timed("snapshot", "result", "taken")).isEqualTo(1);
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
  void theWriterGoesOnIfTheStoreRefuses() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    gateway.store.failing.put("demo", new GatewayError.NoSpace("the store is full"));

    assertThat(refusal(create("demo@monday")))
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

    Taken taken = await(create("demo@monday", "other@monday"));

    assertThat(taken.snapshots())
        .extracting(one -> one.name().toString())
        .containsExactly("demo@monday", "other@monday");
    assertThat(asked).containsExactlyInAnyOrder("demo[freeze][freeze]", "other[freeze][freeze]");
    assertThat(List.of(writer.asked, second.asked))
        .containsExactly(List.of("freeze", "thaw"), List.of("freeze", "thaw"));
    assertThat(List.of(demo, other)).allMatch(open -> open.access() == Access.WRITE);
  }

  /** One client writes to two volumes in turn: what is in the second is in the first. */
  @Test
  void aGroupIsOfOneInstantAcrossVolumes() throws Exception {
    OpenVolume demo = await(registry.open("demo", Access.WRITE, writer));
    await(demo.close());
    var first = gate("demo");
    var second = gate("other");
    var client = new Client(first, second);
    Thread thread = Thread.ofPlatform().start(client);

    for (int i = 0; i < 20; i++) await(create("demo@s" + i, "other@s" + i));
    client.stop = true;
    thread.join();

    assertThat(client.written).isPositive();
    for (int i = 0; i < 20; i++) {
      int inFirst = valueOf("demo@s" + i);
      int inSecond = valueOf("other@s" + i);
      assertThat((inFirst - inSecond) & 0xff).as("s%d: %d, %d", i, inFirst, inSecond).isIn(0, 1);
    }
  }

  /** Writes a number into the first volume, and then into the second, over and over. */
  private static final class Client implements Runnable {
    private final VolumeGate first;
    private final VolumeGate second;
    volatile boolean stop;
    volatile int written;

    Client(VolumeGate first, VolumeGate second) {
      this.first = first;
      this.second = second;
    }

    @Override
    public void run() {
      for (int i = 1; !stop; i++) {
        put(first, i);
        put(second, i);
        written = i;
      }
    }

    private static void put(VolumeGate gate, int value) {
      var admitted = new CountDownLatch(1);
      if (!gate.enter(Passage.WRITE, admitted::countDown))
        try {
          admitted.await();
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      try {
        await(write(gate.volume(), value));
      } catch (Exception e) {
        throw new IllegalStateException(e);
      } finally {
        gate.leave(Passage.WRITE);
      }
    }
  }

  private VolumeGate gate(String volume) throws Exception {
    var later = new LaterUser(volume);
    OpenVolume open = await(registry.open(volume, Access.WRITE, later));
    later.gate = Optional.of(new VolumeGate(volume, gateway.vertx, open));
    return later.gate.get();
  }

  /** A gate is made of what it is the user of. */
  private static final class LaterUser implements VolumeUser {
    private final String name;
    volatile Optional<VolumeGate> gate = Optional.empty();

    LaterUser(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Future<Void> freeze(Duration limit) {
      return gate.orElseThrow().freeze(limit);
    }

    @Override
    public Future<Void> thaw() {
      return gate.orElseThrow().thaw();
    }

    @Override
    public Future<Void> retire(OpenVolume successor, Duration limit) {
      return gate.orElseThrow().retire(successor, limit);
    }
  }

  private int valueOf(String snapshot) throws Exception {
    OpenVolume open = await(registry.open(snapshot, Access.READ, writer));
    int value = read(open);
    await(open.close());
    return value;
  }

  @Test
  void aGroupIsTakenWholeOrNotAtAllAndItIsSaidWhatBecameOfEach() throws Exception {
    gateway.store.failing.put("other", new GatewayError.NoSpace("the store is full"));

    assertThat(refusal(create("demo@monday", "other@monday")))
        .isInstanceOf(GatewayError.NoSpace.class)
        .hasMessage(
            "not taken of all volumes: demo@monday was made and destroyed again; other@monday: the"
                + " store is full");
    assertThat(gateway.names("demo")).isEmpty();
  }

  @Test
  void aVolumeThatCannotBeHeldStillLeavesTheOthersAlone() throws Exception {
    OpenVolume demo = await(registry.open("demo", Access.WRITE, writer));
    await(registry.retire("other", MemoryVolume.ofBytes(SIZE), WaitsOn.NETWORK, LONG));

    assertThat(refusal(create("demo@monday", "other@monday")))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessage("volume other was handed over to its successor");

    assertThat(writer.asked).isEmpty();
    await(demo.close());
    await(gateway.stores.closeAll());
  }

  @Test
  void whatCannotBeIsRefusedBeforeAHookIsRun() throws Exception {
    Path ran = folder.resolve("ran");
    gateway.hooks.add(
        new HookConfig("a", List.of("/usr/bin/touch", ran.toString()), List.of(), LONG, true));
    gateway.take("demo@monday");
    Files.delete(ran);

    assertThat(refusal(create("demo@monday"))).isInstanceOf(GatewayError.Conflict.class);
    assertThat(refusal(create("none@monday"))).isInstanceOf(GatewayError.NotFound.class);
    assertThat(refusal(create("demo@a", "demo@b"))).isInstanceOf(GatewayError.Invalid.class);
    assertThat(refusal(create())).isInstanceOf(GatewayError.Invalid.class);
    assertThat(ran).doesNotExist();
  }

  @Test
  void whatWaitsTooLongForItsTurnIsGivenUpAndItsHooksAreEnded() throws Exception {
    var slow = new CountDownLatch(1);
    gateway.store.slow.put("demo", slow);
    Duration brief = Duration.ofMillis(300);
    refusal(snapshots.create(List.of(name("demo@monday")), brief)); // its turn goes on
    Path ran = folder.resolve("ran");
    List<String> command = List.of("/bin/sh", "-c", "echo $PENSTOCK_HOOK >>" + ran);
    gateway.hooks.add(new HookConfig("a", command, List.of(), LONG, true));

    assertThat(refusal(snapshots.create(List.of(name("demo@tuesday")), brief)))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("waiting for demo took longer than 300 ms");
    assertThat(Files.readAllLines(ran)).containsExactly("pre", "post");

    slow.countDown();
    gateway.store.slow.clear();
    gateway.take("demo@wednesday"); // in the turn after
    assertThat(gateway.names("demo")).containsExactly("wednesday");
  }

  @Test
  void aHookThatFailsBeforeLeavesEverythingAsItWas() throws Exception {
    gateway.hooks.add(new HookConfig("a", List.of("/bin/false"), List.of(), LONG, true));
    assertThat(refusal(create("demo@monday"))).hasMessageContaining("hook a (pre) ended with 1");
    assertThat(gateway.names("demo")).isEmpty();
  }

  @Test
  void aStoreWithoutSnapshotsSaysSoByName() throws Exception {
    gateway.open("plain", new PlainStore());
    await(registry.create("flat", "plain", SIZE));

    assertThat(refusal(create("flat@monday")))
        .isInstanceOf(GatewayError.Unsupported.class)
        .hasMessage("volume flat is in store plain, which has no snapshots");
    assertThat(gateway.names("flat")).isEmpty();
    await(registry.remove("flat"));
  }

  @Test
  void eachIsDestroyedOnItsOwnAndHasItsResult() throws Exception {
    gateway.take("demo@monday");
    gateway.take("demo@tuesday");
    gateway.take("other@monday");
    await(snapshots.hold(meant("demo@tuesday"), "offsite"));

    var results =
        await(
            snapshots.destroy(
                List.of(
                    meant("demo@tuesday"),
                    meant("other@monday"),
                    meant("demo@never"),
                    meant("none@monday"),
                    meant("demo@monday"))));

    assertThat(results)
        .extracting(one -> one.name() + " " + one.why().map(e -> e.getClass().getSimpleName()))
        .containsExactly(
            "demo@tuesday Optional[Conflict]",
            "other@monday Optional.empty",
            "demo@never Optional[NotFound]",
            "none@monday Optional[NotFound]",
            "demo@monday Optional.empty");
    assertThat(gateway.names("demo")).containsExactly("tuesday");
    assertThat(gateway.events.all(SnapshotDestroyed.class)).hasSize(2);
    await(snapshots.release(meant("demo@tuesday"), "offsite"));
    assertThat(gateway.destroy("demo@tuesday").why()).as("no longer condemned").isEmpty();
  }

  @Test
  void whatAStoreDoesNotSpeakOfCountsAsNotDestroyed() throws Exception {
    gateway.take("demo@monday");
    gateway.store.speechless = true;
    assertThat(gateway.destroy("demo@monday").why().orElseThrow())
        .hasMessage("demo@monday: its store did not say what became of it");
  }

  @Test
  void anotherSnapshotOfTheSameNameIsNotHit() throws Exception {
    var seen =
        new Meant(name("demo@monday"), Optional.of(gateway.take("demo@monday").info().guid()));
    gateway.destroy("demo@monday");
    gateway.take("demo@monday");

    assertThat(await(snapshots.destroy(List.of(seen))).getFirst().why().orElseThrow())
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("is another snapshot now");
    assertThat(refusal(snapshots.rollback(seen))).isInstanceOf(GatewayError.Conflict.class);
    assertThat(refusal(snapshots.hold(seen, "x"))).isInstanceOf(GatewayError.Conflict.class);
    assertThat(gateway.names("demo")).containsExactly("monday");
  }

  @Test
  void aCloneBeginsAsTheSnapshotAndGoesItsOwnWay() throws Exception {
    OpenVolume demo = await(registry.open("demo", Access.WRITE, writer));
    await(write(demo, 7));
    gateway.take("demo@monday");

    await(snapshots.clone(meant("demo@monday"), "copy"));

    OpenVolume copy = await(registry.open("copy", Access.WRITE, writer));
    assertThat(read(copy)).isEqualTo(7);
    await(write(copy, 9));
    assertThat(read(demo)).isEqualTo(7);
    assertThat(gateway.events.await(VolumeCloned.class).from()).isEqualTo("demo@monday");
    assertThat(refusal(snapshots.clone(meant("demo@monday"), "copy")))
        .isInstanceOf(GatewayError.Conflict.class);
    assertThat(refusal(snapshots.clone(meant("demo@monday"), "a/b")))
        .isInstanceOf(GatewayError.Invalid.class);
  }

  @Test
  void aVolumeIsRolledBackOnlyWhileNobodyHasIt() throws Exception {
    OpenVolume demo = await(registry.open("demo", Access.WRITE, writer));
    await(write(demo, 7));
    gateway.take("demo@monday");
    await(write(demo, 8));
    assertThat(refusal(snapshots.rollback(meant("demo@monday"))))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessage("volume demo cannot be rolled back: it is used by module nbd (writes)");
    await(demo.close());

    await(snapshots.rollback(meant("demo@monday")));

    assertThat(read(await(registry.open("demo", Access.READ, writer)))).isEqualTo(7);
    assertThat(gateway.events.await(VolumeRolledBack.class).to()).isEqualTo("demo@monday");
  }

  @Test
  void aDifferenceComesInPartsThatFollowEachOther() throws Exception {
    OpenVolume demo = await(registry.open("demo", Access.WRITE, writer));
    gateway.take("demo@a");
    for (long offset : new long[] {0, 16384, 65536})
      await(
          demo.run(() -> {
            demo.volume().write(offset, ByteBuffer.wrap(new byte[] {1}));
            return 1;
          }));
    gateway.take("demo@b");

    List<Extent> all = new ArrayList<>();
    OptionalLong next = OptionalLong.of(0);
    int parts = 0;
    while (next.isPresent()) {
      var page =
          await(snapshots.diff(Optional.of(meant("demo@a")), meant("demo@b"), next.getAsLong(), 2));
      assertThat(page.extents()).hasSizeLessThanOrEqualTo(2);
      all.addAll(page.extents());
      next = page.next();
      parts++;
    }

    assertThat(parts).isEqualTo(2);
    assertThat(all).extracting(Extent::offset).containsExactly(0L, 16384L, 65536L);
    assertThat(gateway.leases.list()).isEmpty();
    assertThat(refusal(snapshots.diff(Optional.of(meant("other@a")), meant("demo@b"), 0, 2)))
        .isInstanceOf(GatewayError.Invalid.class);
  }

  @Test
  void whatIsBeingSentIsLeasedUntilItIsClosed() throws Exception {
    OpenVolume demo = await(registry.open("demo", Access.WRITE, writer));
    gateway.take("demo@a");
    await(write(demo, 7));
    gateway.take("demo@b");

    Sending sending =
        await(
            gateway.snapshots.send(
                "job offsite", Optional.of(meant("demo@a")), meant("demo@b"), 0));

    assertThat(sending.header().name()).isEqualTo("b");
    for (String name : List.of("demo@a", "demo@b"))
      assertThat(gateway.destroy(name).why().orElseThrow())
          .hasMessage(name + " is in use by job offsite (send)");
    ByteBuffer bytes = ByteBuffer.allocate(8192);
    Optional<BlockSource.Piece> first = await(sending.run(source -> source.next(bytes)));
    assertThat(first).contains(new BlockSource.Data(0, 4096));
    assertThat(bytes.get(0)).isEqualTo((byte) 7);

    await(sending.close());
    await(sending.close());

    assertThat(gateway.leases.list()).isEmpty();
    assertThat(gateway.destroy("demo@a").why()).isEmpty();
    assertThat(refusal(gateway.snapshots.send("job", Optional.empty(), meant("demo@a"), 0)))
        .isInstanceOf(GatewayError.NotFound.class);
    await(demo.close());
    await(gateway.stores.closeAll());
  }

  @Test
  void spaceIsToldOfEach() throws Exception {
    gateway.take("demo@monday");
    assertThat(await(snapshots.space("demo")))
        .extracting(one -> one.name().toString())
        .containsExactly("demo@monday");
  }

  @Test
  void allSnapshotsAreListedWithWhoNeedsThem() throws Exception {
    gateway.take("demo@monday");
    gateway.take("other@monday");
    await(registry.of("module nbd").open("demo@monday", Access.READ, writer));

    var all = await(snapshots.listAll());

    assertThat(all)
        .extracting(one -> one.name() + " " + one.users() + " " + one.leases())
        .containsExactlyInAnyOrder(
            "demo@monday [module nbd] Optional[module nbd (read)]",
            "other@monday [] Optional.empty");
  }

  @Test
  void aLookFindsWhatItFindsAndSaysHowFarItIs() throws Exception {
    gateway.store.verification =
        progress -> {
          progress.reached(50, 100);
          progress.found(UnreliableStore.leak("layers/7.data is nobody's"));
          progress.reached(100, 100);
        };

    UUID task = await(snapshots.verify("demo"));
    Verified last = ended("demo");

    assertThat(last.task()).isEqualTo(task);
    assertThat(last.complete()).isTrue();
    assertThat(last.damaged()).isFalse();
    assertThat(last.findings())
        .extracting(Finding::what)
        .containsExactly("layers/7.data is nobody's");
    assertThat(task(task).unitsTotal()).isEqualTo(100);
    assertThat(task(task).state()).isEqualTo(TaskStatus.State.SUCCEEDED);
  }

  @Test
  void damageFailsTheTaskAndIsNamed() throws Exception {
    gateway.store.verification =
        progress -> progress.found(new Finding(Finding.Weight.DAMAGE, "page 3 of layers/7.map"));

    UUID task = await(snapshots.verify("demo"));

    assertThat(ended("demo").damaged()).isTrue();
    assertThat(task(task).state()).isEqualTo(TaskStatus.State.FAILED);
    assertThat(task(task).outcome()).contains("page 3 of layers/7.map");
  }

  @Test
  void aLookLeavesOffWhenItIsCancelledAndOnlyOneLooksAtATime() throws Exception {
    var looking = new CountDownLatch(1);
    gateway.store.verification =
        progress -> {
          for (long i = 0; ; i++) {
            progress.reached(i, Long.MAX_VALUE);
            looking.countDown();
          }
        };
    UUID task = await(snapshots.verify("demo"));
    looking.await();
    assertThat(refusal(snapshots.verify("demo"))).isInstanceOf(GatewayError.Conflict.class);

    gateway.tasks.cancel(task);

    assertThat(ended("demo").complete()).isFalse();
    assertThat(task(task).state()).isEqualTo(TaskStatus.State.CANCELLED);
    assertThat(refusal(snapshots.verified("other"))).isInstanceOf(GatewayError.NotFound.class);
  }

  /** It would keep the store from closing for as long as it takes. */
  @Test
  void aLookLeavesOffWhenItsStoreCloses() throws Exception {
    var looking = new CountDownLatch(1);
    gateway.store.verification =
        progress -> {
          for (long i = 0; ; i++) {
            progress.reached(i, Long.MAX_VALUE);
            looking.countDown();
          }
        };
    UUID task = await(snapshots.verify("demo"));
    looking.await();

    await(gateway.stores.close("memory"));

    Awaitility.await().atMost(LONG).until(() -> task(task).ended().isPresent());
    assertThat(task(task).state()).isEqualTo(TaskStatus.State.FAILED);
    assertThat(task(task).outcome())
        .contains("the look at volume demo was broken off: store memory is closing");
  }

  @Test
  void aRepairIsATaskThatTellsWhatItDid() throws Exception {
    await(snapshots.repair("demo", true));
    Awaitility.await()
        .atMost(LONG)
        .until(() -> await(snapshots.repaired("demo")).ended().isPresent());

    Verified last = await(snapshots.repaired("demo"));
    assertThat(last.complete()).isTrue();
    assertThat(last.findings()).extracting(Finding::what).containsExactly("demo is repaired");
    assertThat(task(last.task()).name()).isEqualTo("repair demo");
    assertThat(refusal(snapshots.verified("demo"))).isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void volumesInUseAreNotRepaired() throws Exception {
    await(registry.of("module nbd").open("demo", Access.WRITE, writer));

    assertThat(refusal(snapshots.repair("demo", true)))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("cannot be repaired: it is used by module nbd");
  }

  private Verified ended(String volume) throws Exception {
    Awaitility.await()
        .atMost(LONG)
        .until(() -> await(snapshots.verified(volume)).ended().isPresent());
    return await(snapshots.verified(volume));
  }

  private TaskStatus task(UUID guid) {
    return gateway.tasks.find(guid).orElseThrow();
  }

  private Future<Taken> create(String... names) {
    return snapshots.create(List.of(names).stream().map(SnapshotsFixture::name).toList(), LONG);
  }

  private VolumeStatus.Condition condition(String volume) throws Exception {
    return await(registry.status(volume)).condition();
  }
}
