package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.meant;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static dev.penstock.gateway.volume.SnapshotsFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.bus.Deadline;
import dev.penstock.gateway.lease.Lease;
import dev.penstock.gateway.lease.Leases.Party;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.snapshot.Fate;
import dev.penstock.spi.snapshot.Need;
import dev.penstock.spi.snapshot.SnapshotSending;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.BlockSource.Piece;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is needed goes when a store has little room: how far, and how far not. */
@SuppressWarnings("NullAway.Init") // made before each test
class MakingRoomTest {
  private static final Need NEED = new Need("demo", "job offsite", true, Duration.ofDays(1));

  @TempDir Path folder;

  private SnapshotsFixture gateway;
  private OwnedSnapshots ours;
  private UUID monday;

  @BeforeEach
  void make() throws Exception {
    gateway = new SnapshotsFixture(folder);
    ours = gateway.snapshots.of("module replication");
    OpenVolume demo =
        await(gateway.registry.open("demo", Access.WRITE, new TestUser("module nbd")));
    await(write(demo, 7));
    await(demo.close());
    monday = gateway.take("demo@monday").info().guid();
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  private SnapshotSending planned() throws Exception {
    await(ours.need(NEED, Set.of(monday)));
    return await(ours.send("job offsite", Optional.empty(), meant("demo@monday"), 0));
  }

  private Fate makeRoom() throws Exception {
    return await(ours.destroyNeeded(List.of(meant("demo@monday")))).getFirst();
  }

  private static Optional<Piece> next(BlockSource source) {
    return source.next(ByteBuffer.allocate(8192));
  }

  private static int toEnd(BlockSource source) {
    int pieces = 0;
    while (next(source).isPresent()) pieces++;
    return pieces;
  }

  @Test
  void whatIsBeingSentIsBrokenOffAndGoes() throws Exception {
    SnapshotSending sending = planned();
    assertThat(await(sending.run(MakingRoomTest::next))).isPresent();

    assertThat(makeRoom()).isInstanceOf(Fate.Destroyed.class);

    assertThat(refusal(sending.run(MakingRoomTest::next)))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("little room")
        .hasMessageContaining("demo@monday");
    assertThat(gateway.names("demo")).isEmpty();
    assertThat(gateway.leases.list()).isEmpty();
    await(sending.close());
    gateway.take("demo@monday");
    await(ours.need(NEED, Set.of()));
  }

  @Test
  void aDifferenceIsBrokenOffAlsoForWhatItIsADifferenceFrom() throws Exception {
    gateway.take("demo@tuesday");
    SnapshotSending sending =
        await(ours.send(Optional.of(meant("demo@monday")), meant("demo@tuesday"), 0));

    assertThat(makeRoom()).isInstanceOf(Fate.Destroyed.class);

    assertThat(refusal(sending.run(MakingRoomTest::next)))
        .isInstanceOf(GatewayError.Conflict.class);
    assertThat(gateway.names("demo")).containsExactly("tuesday");
  }

  @Test
  void anOrdinaryDestroyBreaksNothingOff() throws Exception {
    SnapshotSending sending = planned();

    assertThat(await(ours.destroy(List.of(meant("demo@monday")))).getFirst())
        .isInstanceOf(Fate.Deferred.class);

    assertThat(await(sending.run(MakingRoomTest::next))).isPresent();
    await(sending.close());
  }

  @Test
  void whatIsHeldStaysAndItsSendingGoesOn() throws Exception {
    SnapshotSending sending = planned();
    await(ours.anchor(meant("demo@monday"), "anchor.offsite"));

    assertThat(makeRoom())
        .isInstanceOfSatisfying(
            Fate.Deferred.class,
            deferred -> assertThat(deferred.holders()).isEqualTo("hold anchor.offsite"));

    assertThat(await(sending.run(MakingRoomTest::toEnd))).isPositive();
    await(sending.close());
  }

  @Test
  void whatAClientHasOpenStaysAndItsSendingGoesOn() throws Exception {
    SnapshotSending sending = planned();
    OpenVolume open =
        await(gateway.registry.open("demo@monday", Access.READ, new TestUser("module nbd")));

    assertThat(makeRoom())
        .isInstanceOfSatisfying(
            Fate.Deferred.class, deferred -> assertThat(deferred.holders()).contains("(read)"));

    assertThat(await(sending.run(MakingRoomTest::toEnd))).isPositive();
    assertThat(SnapshotsFixture.read(open)).isEqualTo(7);
    await(open.close());
    await(sending.close());
  }

  /** Its end is out: only the receiver knows whether it has it. */
  @Test
  void whatWasReadToItsEndStaysAsLongAsAPlanNeedsIt() throws Exception {
    SnapshotSending sending = planned();
    await(sending.run(MakingRoomTest::toEnd));
    assertThat(makeRoom()).isInstanceOf(Fate.Deferred.class);
    await(sending.close());
    assertThat(makeRoom()).isInstanceOf(Fate.Deferred.class);

    SnapshotSending again = planned(); // the receiver has answered, and may be about to commit
    assertThat(makeRoom()).isInstanceOf(Fate.Deferred.class);
    await(again.close());
    await(ours.need(NEED, Set.of()));
    assertThat(makeRoom()).isInstanceOf(Fate.Destroyed.class);
  }

  @Test
  void whatWasBrokenOffBeforeItsEndMakesRoomLater() throws Exception {
    SnapshotSending sending = planned();
    await(sending.run(MakingRoomTest::next));
    await(sending.close()); // the line is gone, and the peer is away
    ours.putDown("job offsite");

    assertThat(makeRoom()).isInstanceOf(Fate.Destroyed.class);
  }

  @Test
  void aSendingWhoseCallDoesNotComeBackKeepsItsSnapshotAndIsAcquitted() throws Exception {
    var sendings = new Sendings(new Deadline(gateway.vertx), Duration.ofMillis(20));
    var reading = new Reading(gateway.registry.names(), gateway.leases, sendings);
    var destroying =
        new Destroying(
            gateway.registry,
            gateway.leases,
            sendings,
            gateway.events,
            gateway.clock,
            Destroying.TURN_MAX);
    Sending sending =
        await(reading.send("job offsite", Optional.empty(), meant("demo@monday"), 0, _ -> {}));
    var started = new CountDownLatch(1);
    var hangs = new CountDownLatch(1);
    Future<Boolean> running =
        sending.run(_ -> {
          started.countDown();
          UnreliableStore.waitFor(hangs);
          return true;
        });
    started.await();

    Fate fate =
        await(destroying.destroy(List.of(meant("demo@monday")), Destroying.Need.GIVES_WAY))
            .getFirst();

    assertThat(fate)
        .isInstanceOfSatisfying(
            Fate.Deferred.class,
            deferred -> assertThat(deferred.holders()).isEqualTo("job offsite (send)"));
    assertThat(gateway.names("demo")).containsExactly("monday");
    Lease reader =
        await(
            gateway.leases.acquire(
                new Party(UUID.randomUUID(), "reader"), monday, "demo@monday", Lease.Kind.READ));
    gateway.leases.release(reader);

    hangs.countDown();
    assertThat(refusal(running)).isInstanceOf(GatewayError.Conflict.class);
    await(sending.close());
    assertThat(gateway.destroy("demo@monday").why()).isEmpty();
  }

  @Test
  void whatIsBrokenOffWhileItIsBeingOpenedComesToNothing() throws Exception {
    var sendings = new Sendings(new Deadline(gateway.vertx), SnapshotsFixture.LONG);
    Sendings.One one = sendings.begin(Set.of(monday));
    Future<Void> brokenOff =
        sendings.breakOff(List.of(monday), new GatewayError.Conflict("it goes"));
    SnapshotSending opened = await(ours.send(Optional.empty(), meant("demo@monday"), 0));

    one.opened((Sending) opened);

    assertThat(refusal(opened.run(MakingRoomTest::next))).hasMessage("it goes");
    assertThat(brokenOff.isComplete()).isFalse();
    one.end();
    await(brokenOff);
  }

  @Test
  void aStoreSaysHowMuchRoomItHas() throws Exception {
    assertThat(await(ours.freeBytes("memory"))).isEmpty();
    gateway.store.free = OptionalLong.of(4711);
    assertThat(await(ours.freeBytes("memory"))).hasValue(4711);
    assertThat(await(ours.freeBytes("elsewhere"))).isEmpty();
  }
}
