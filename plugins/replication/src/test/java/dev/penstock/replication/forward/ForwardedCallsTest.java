package dev.penstock.replication.forward;

import static dev.penstock.spi.testing.Settled.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.penstock.replication.config.ForwardSettings.Newcomers;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeUser;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a call on the way does, whatever becomes of the line and of the process there. */
@Timeout(120)
class ForwardedCallsTest extends LedOn {
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
}
