package dev.penstock.replication.forward;

import static dev.penstock.spi.testing.Settled.done;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.penstock.replication.config.ForwardSettings;
import dev.penstock.replication.config.ForwardSettings.Newcomers;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.testing.FakeHandoffs;
import dev.penstock.spi.testing.FakeVolumes;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Clients are led on to where their volume is now, and what they ask is never done late. */
@Timeout(120)
class ForwardingTest {
  private static final int SIZE = 4 << 20;
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Duration UNUSED = Duration.ofSeconds(6);
  private static final Epoch LATER = NewOwner.EPOCH.next(new UUID(2, 2));

  private final Vertx vertx = Vertx.vertx();
  private final NewOwner there = new NewOwner(vertx);
  private final MemoryVolume demo = there.owns("demo", SIZE);
  private Line line;
  private OldOwner here;
  private Volume volume;

  @BeforeEach
  void leadOn() throws Exception {
    line = new Line(there::port);
    here = new OldOwner(vertx, line.port());
    volume = here.open("demo");
  }

  @AfterEach
  void stop() throws Exception {
    here.close();
    line.close();
    there.close();
    done(vertx.close());
  }

  private static ByteBuffer text(String text) {
    return ByteBuffer.wrap(text.getBytes(UTF_8));
  }

  private String content(int length) {
    return new String(Arrays.copyOf(demo.content(), length), UTF_8);
  }

  private static String read(Volume from, int length) {
    ByteBuffer target = ByteBuffer.allocate(length);
    from.read(0, target);
    return new String(target.array(), UTF_8);
  }

  private static CompletableFuture<Throwable> started(Runnable call) {
    var failure = new CompletableFuture<Throwable>();
    Thread.startVirtualThread(() -> {
      Throwable thrown = catchThrowable(call::run);
      if (thrown == null) failure.complete(new AssertionError("it did not fail"));
      else failure.complete(thrown);
    });
    return failure;
  }

  @Test
  void aVolumeIsWhatItIsThereUnderTheNameThatItHasHere() {
    assertThat(volume.info().guid()).isEqualTo(demo.info().guid());
    assertThat(volume.info().name()).isEqualTo("demo");
    assertThat(volume.sizeBytes()).isEqualTo(SIZE);
    assertThat(volume.capabilities())
        .contains(VolumeCapability.EXTENTS)
        .doesNotContain(
            VolumeCapability.READ_NOW, VolumeCapability.REGIONS, VolumeCapability.RESIZE);
  }

  @Test
  void durableWritesAreDurableThere() {
    volume.writeDurably(0, text("durable"));

    assertThat(content(7)).isEqualTo("durable");
    assertThat(demo.faults().begun(Call.FLUSH)).isPositive();
  }

  @Test
  void errorsOfTheStoreThereAreTheSameErrorsHere() {
    demo.faults().failNext(1, Call.WRITE, () -> new GatewayError.NoSpace("the store is full"));
    assertThatThrownBy(() -> volume.write(0, text("too much")))
        .isInstanceOf(GatewayError.NoSpace.class)
        .hasMessage("the store is full");

    demo.faults().failNext(1, Call.READ, () -> new GatewayError.Damaged("a bad sum"));
    assertThatThrownBy(() -> read(volume, 1)).isInstanceOf(GatewayError.Damaged.class);

    volume.write(0, text("goes on"));
    assertThat(read(volume, 7)).isEqualTo("goes on");
  }

  // A line that is lost.

  @Test
  void aWriteThatIsCutInItsMiddleIsNotDoneAndNotSentAgain() {
    line.cutWritesAfter(300);

    assertThatThrownBy(() -> volume.write(0, ByteBuffer.allocate(8192).put((byte) 1).rewind()))
        .isInstanceOf(GatewayError.Failed.class)
        .matches(error -> ((GatewayError) error).scope() == Scope.REQUEST)
        .hasMessageContaining("nobody knows whether a change was carried out there");

    assertThat(demo.faults().begun(Call.WRITE)).isZero();
    volume.write(0, text("goes on"));
    assertThat(demo.faults().begun(Call.WRITE)).isOne();
  }

  @Test
  void aWriteWhoseAnswerIsLostIsNotSentAgain() {
    line.cutAnswers();

    assertThatThrownBy(() -> volume.write(0, text("once")))
        .isInstanceOf(GatewayError.Failed.class)
        .matches(error -> ((GatewayError) error).scope() == Scope.REQUEST);

    assertThat(demo.faults().begun(Call.WRITE)).isOne();
    assertThat(content(4)).isEqualTo("once");
  }

  @Test
  void readsAndFlushesWhoseAnswerIsLostAreAskedAgain() {
    volume.write(0, text("here"));
    line.cutAnswers();
    assertThat(read(volume, 4)).isEqualTo("here");

    line.cutAnswers();
    volume.flush();

    assertThat(demo.faults().begun(Call.FLUSH)).isEqualTo(2);
  }

  @Test
  void callsWaitForAPeerThatIsAwayAndNoneIsLost() throws Exception {
    line.goDown();
    var written = new CompletableFuture<String>();
    Thread.startVirtualThread(() -> {
      volume.write(0, text("waited"));
      written.complete(read(volume, 6));
    });

    line.comeUp();

    assertThat(written.get()).isEqualTo("waited");
    assertThat(demo.faults().begun(Call.WRITE)).isOne();
  }

  @Test
  void aPeerThatStaysAwayIsWaitedForOnlySoLong() throws Exception {
    try (var impatient = new OldOwner(vertx, line.port(), settings(LONG, Newcomers.FORWARD))) {
      Volume open = impatient.open("demo");
      line.goDown();

      assertThatThrownBy(() -> open.write(0, text("in vain")))
          .isInstanceOf(GatewayError.Unavailable.class)
          .hasMessageContaining("volume demo is demo at there, which cannot be reached");
      assertThatThrownBy(() -> impatient.open("demo")).isInstanceOf(GatewayError.Unavailable.class);
    }
  }

  /** With a wait that ends at the first try. */
  private static ForwardSettings settings(Duration span, Newcomers newcomers) {
    return new ForwardSettings(span, newcomers, Duration.ofMillis(1));
  }

  @Test
  void aFlushFailsOnceForEachClientIfTheProcessWithTheirWritesIsGone() {
    Volume other = volume.forClient();
    volume.write(0, text("unflushed"));
    there.startAnew();

    assertThatThrownBy(volume::flush)
        .isInstanceOf(GatewayError.Failed.class)
        .hasMessageContaining("they may be gone");
    assertThatThrownBy(other::flush).isInstanceOf(GatewayError.Failed.class);

    volume.flush();
    other.flush();
    there.startAnew();
    volume.flush();
    other.close();
  }

  // Rule 15: never late.

  @Test
  void aWriteThatIsHeldUpOnTheLineDoesNotHappenLaterOverANewerOneOnceItsClientIsGone()
      throws Exception {
    Volume client = volume.forClient();
    line.holdUp("PUT ");
    CompletableFuture<Throwable> late = started(() -> client.write(0, text("older")));
    line.awaitHeld();

    client.close();
    assertThat(late.get()).isInstanceOf(GatewayError.class);
    demo.write(0, text("newer")); // by another way
    there.nanos.addAndGet(ForwardApi.LATE_MAX.plusSeconds(1).toNanos());
    line.free();

    await().untilAsserted(() -> assertThat(line.open()).isZero());
    assertThat(read(volume, 5)).isEqualTo("newer");
    assertThat(demo.faults().begun(Call.WRITE)).isOne();
  }

  @Test
  void aClientThatWaitsForItsWriteHasItDoneThoughItWasHeldUpForLong() throws Exception {
    line.holdUp("PUT ");
    var written =
        CompletableFuture.runAsync(
            () -> volume.write(0, text("in the end")), Thread::startVirtualThread);
    line.awaitHeld();
    there.nanos.addAndGet(ForwardApi.LATE_MAX.plusSeconds(1).toNanos());

    line.free();

    written.get();
    assertThat(content(10)).isEqualTo("in the end");
    assertThat(demo.faults().begun(Call.WRITE)).isOne();
  }

  @Test
  void whatIsHeldAtAFrozenVolumeEndsWithItsClientAndNothingElseDoes() throws Exception {
    Volume gone = volume.forClient();
    Volume stays = volume.forClient();
    VolumeUser user = there.volumes().userOf("demo");
    done(user.freeze(LONG));
    CompletableFuture<Throwable> older = started(() -> gone.write(0, text("older")));
    var newer =
        CompletableFuture.runAsync(
            () -> stays.write(4096, text("newer")), Thread::startVirtualThread);
    await().untilAsserted(() -> assertThat(line.open()).isEqualTo(2));

    gone.close();
    assertThat(older.get()).isInstanceOf(GatewayError.class);
    await().untilAsserted(() -> assertThat(line.open()).isOne());
    assertThat(read(stays, 5)).isEqualTo("\0\0\0\0\0");
    done(user.thaw());

    newer.get();
    assertThat(demo.faults().begun(Call.WRITE)).isOne();
    assertThat(content(5)).isEqualTo("\0\0\0\0\0");
    stays.close();
  }

  @Test
  void aClientHasAFewConnectionsOfItsOwnAndNoneBeforeItCallsOrAfterItIsGone() throws Exception {
    volume.forClient().close(); // with the connection that was there before any client
    await().untilAsserted(() -> assertThat(line.open()).isZero());
    int before = line.connections();
    Volume client = volume.forClient();
    assertThat(line.connections()).isEqualTo(before);

    try (var hold = demo.faults().hold(Call.READ)) {
      var reads = new AtomicInteger();
      for (int i = 0; i < 8; i++)
        Thread.startVirtualThread(() -> {
          var _ = catchThrowable(() -> read(client, 1));
          reads.incrementAndGet();
        });
      hold.awaitHeld(4);
      assertThat(line.connections()).isEqualTo(before + 4);

      client.close();

      await().untilAsserted(() -> assertThat(reads).hasValue(8));
      await().untilAsserted(() -> assertThat(line.open()).isZero());
    }
    assertThatThrownBy(() -> read(client, 1)).isInstanceOf(IllegalStateException.class);
    assertThat(read(volume, 1)).isEqualTo("\0");
  }

  // Who is led on, and where.

  @Test
  void whoNeverOwnedItInThatEpochIsNotAsked() {
    assertThatThrownBy(() -> here.open("demo", LATER))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("was not owned here in epoch " + LATER);
  }

  @Test
  void whatTheGuestMayNotHandOverIsDenied() {
    there.owns("secret", 4096);

    assertThatThrownBy(() -> here.open("secret")).isInstanceOf(GatewayError.Denied.class);
  }

  @Test
  void callsWaitWhileItIsHandedOnAndGoToWhereItIsThen() throws Exception {
    try (var third = new NewOwner(vertx)) {
      MemoryVolume moved = MemoryVolume.named("demo", SIZE);
      third.owns("demo", moved);
      third.record("demo", new Ownership(new Ownership.Owner(), LATER, Optional.of(LATER)));
      try (var second = new OldOwner(vertx, third.port())) {
        volume.write(0, text("before"));
        VolumeUser user = there.volumes().userOf("demo");
        done(user.halt(LONG));
        var written =
            CompletableFuture.runAsync(
                () -> volume.write(0, text("after")), Thread::startVirtualThread);
        Volume beyond = second.open("demo", LATER);
        done(user.retire(there.volumes().openUnowned(beyond, Access.WRITE), LONG));

        written.get();

        assertThat(read(volume, 5)).isEqualTo("after");
        assertThat(new String(moved.content(), 0, 5, UTF_8)).isEqualTo("after");
        assertThat(content(6)).isEqualTo("before");
        Volume client = volume.forClient();
        client.write(0, text("chain"));
        client.close();
        assertThat(new String(moved.content(), 0, 5, UTF_8)).isEqualTo("chain");
      }
    }
  }

  /** They may wait for the one that asks now: it was led to where the volume has come back. */
  @Test
  void whoAsksWhereTheVolumeHasComeBackIsNotHeldWithThoseFromBefore() throws Exception {
    volume.write(0, text("before"));
    done(there.volumes().userOf("demo").halt(LONG));

    there.record("demo", new Ownership(new Ownership.Owner(), LATER, Optional.of(LATER)));
    try (var second = new OldOwner(vertx, there.port())) {
      second.open("demo", LATER).write(0, text("after"));
    }

    assertThat(content(5)).isEqualTo("after");
  }

  @Test
  void whoAsksOneThatIsNotTheOwnerYetWaitsUntilItIs() {
    var tries = new AtomicInteger();
    there.lends(
        new FakeHandoffs("memory", there.records, there.volumes()) {
          @Override
          public Future<OpenVolume> join(String volume, VolumeUser user) {
            return tries.incrementAndGet() < 3
                ? Future.failedFuture(
                    new GatewayError.Unavailable(
                        Scope.RESOURCE, Duration.ofMillis(1), "it is prepared"))
                : super.join(volume, user);
          }
        });
    there.startAnew();

    volume.write(0, text("at last"));

    assertThat(tries).hasValue(3);
    assertThat(content(7)).isEqualTo("at last");
  }

  @Test
  void whatNobodyAsksForAnyMoreIsGivenBackAndWhatIsHeldIsNot() throws Exception {
    there.owns("other", SIZE);
    read(here.open("other"), 1);
    volume.write(0, text("first"));
    var joined = (JoinedVolume) there.volumes().userOf("demo");
    done(joined.freeze(LONG));
    var held =
        CompletableFuture.runAsync(() -> volume.write(0, text("held")), Thread::startVirtualThread);
    await().until(() -> !joined.isUnused());

    there.nanos.addAndGet(UNUSED.toNanos());
    await().until(() -> there.volumes().openNames().equals(List.of("demo")));
    done(joined.thaw());
    held.get();
    there.nanos.addAndGet(UNUSED.toNanos());
    await().until(() -> there.volumes().openNames().isEmpty());

    volume.write(0, text("again"));
    assertThat(content(5)).isEqualTo("again");
  }

  @Test
  void nobodyGoesInCircles() {
    there.record(
        "demo",
        new Ownership(
            new Ownership.Gone(NewOwner.EPOCH, new Counterpart("laptop", "demo")),
            NewOwner.EPOCH,
            Optional.of(NewOwner.EPOCH)));
    there.startAnew();

    assertThatThrownBy(() -> here.open("demo"))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("leads in a circle");
  }

  @Test
  void clientsAreLedOnForSoLongFromWhenItWasHandedOver() {
    here.host.clock().advance(Duration.ofMinutes(59));
    assertThat(here.open("demo").declines()).isEmpty();
    volume.write(0, text("still"));

    here.host.clock().advance(Duration.ofMinutes(1));

    assertThat(volume.declines())
        .hasValueSatisfying(why -> assertThat(why).contains("connect there"));
    assertThatThrownBy(() -> read(volume, 1))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("connect there");
    assertThatThrownBy(() -> here.open("demo")).isInstanceOf(GatewayError.Conflict.class);
    assertThat(demo.faults().begun(Call.READ)).isZero();
  }

  @Test
  void handedOverAgainTheTimeBeginsAnew() {
    here.host.clock().advance(Duration.ofHours(2));
    there.record("demo", new Ownership(new Ownership.Owner(), LATER, Optional.of(LATER)));

    assertThat(here.open("demo", LATER).declines()).isEmpty();
  }

  @Test
  void whoComesLaterIsRefusedWithAReasonIfSettingsSaySo() {
    try (var strict = new OldOwner(vertx, line.port(), settings(LONG, Newcomers.REFUSE))) {
      Volume open = strict.open("demo");

      assertThat(open.declines())
          .contains("volume demo was handed over to demo at there: connect there");
      open.write(0, text("who is here"));
      assertThat(content(11)).isEqualTo("who is here");
    }
  }

  @Test
  void theFirstClientTakesTheConnectionThatIsThereAndTheNextOneHasItsOwn() {
    assertThat(line.connections()).isEqualTo(1);

    read(volume.forClient(), 1);
    assertThat(line.connections()).isEqualTo(1);
    read(volume.forClient(), 1);
    assertThat(line.connections()).isEqualTo(2);
  }

  @Test
  void aWayIsTriedAndNobodyIsLedOnByThat() {
    here.forwarding.tried("demo", new Gone(LATER, new Counterpart("there", "demo")));

    assertThat(line.connections()).isEqualTo(2);
    assertThat(here.host.state().all()).containsOnlyKeys("forward/demo");
    assertThat(here.host.state().all().get("forward/demo")).startsWith(NewOwner.EPOCH.toString());
    await().until(() -> line.open() == 1);
  }

  @Test
  void whatIsExpectedIsOpenBeforeTheFirstClientComes() {
    there.owns("other", SIZE);

    there.expect("other");

    await().until(() -> there.volumes().openNames().contains("other"));
  }

  @Test
  void onceTheModuleStopsNobodyWaitsForIt() {
    Volume client = volume.forClient();
    here.forwarding.close();

    assertThatThrownBy(() -> client.write(0, text("too late")))
        .isInstanceOf(GatewayError.Unavailable.class);
    assertThatThrownBy(volume::flush).isInstanceOf(GatewayError.Unavailable.class);
  }

  @Test
  void aModuleThatStartsLeadsOnAgainWhoeverWasLedOnBeforeIt() {
    var records = new FakeHandoffs("memory", there.records, new FakeVolumes());
    there.record(
        "gone",
        new Ownership(
            new Gone(LATER, new Counterpart("there", "gone")), LATER, Optional.of(NewOwner.EPOCH)));
    here.host.lend(records);
    done(here.host.state().put("forward/demo", NewOwner.EPOCH + " 2026-01-01T00:00:00Z"));
    done(here.host.state().put("forward/gone", LATER + " 2026-01-01T00:00:00Z"));

    Settled.done(here.forwarding.start());

    assertThat(records.successors()).contains(here.forwarding);
    assertThat(records.led()).containsExactly("gone");
    assertThat(here.host.state().all()).containsOnlyKeys("forward/gone");
  }
}
