package dev.penstock.replication.migrate;

import static dev.penstock.replication.migrate.ScriptedTargets.failsAt;
import static dev.penstock.replication.migrate.ScriptedTargets.lost;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.penstock.replication.migrate.Progress.Phase;
import dev.penstock.replication.migrate.ScriptedTargets.Call;
import dev.penstock.replication.migrate.ScriptedTargets.Silence;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.BlockTarget.Farewell;
import dev.penstock.spi.ownership.Ownership;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A volume is moved to something that is no gateway, and that does not always behave. */
@Timeout(60)
class MirroringTest {
  private static final int SIZE_BYTES = 3 << 20;

  @SuppressWarnings("NullAway.Init") // before each test
  private MirrorHost host;

  @BeforeEach
  void begin() {
    host = new MirrorHost(SIZE_BYTES);
    byte[] data = new byte[1 << 20];
    new Random(1).nextBytes(data);
    host.write(1 << 20, data); // between two holes
  }

  @AfterEach
  void end() {
    host.close();
  }

  private void assertMoved() {
    Migrations.Seen seen = host.ended();
    assertThat(seen.failure()).isEmpty();
    assertThat(seen.progress().phase()).isEqualTo(Phase.DONE);
    assertThat(host.there.disk).isEqualTo(host.content());
    assertThat(host.phase()).isInstanceOf(Ownership.Gone.class);
    assertThat(host.there.said()).last().isEqualTo("told");
  }

  private void assertStays() {
    assertThat(host.phase()).isInstanceOf(Ownership.Owner.class);
    assertThat(host.handoffs.isFrozen(MirrorHost.VOLUME)).isFalse();
    assertThat(host.there.said()).doesNotContain("told");
    await().untilAsserted(() -> assertThat(host.snapshots()).isEmpty());
  }

  @Test
  void everyByteIsThereWithTheHolesAsZeroesAndNothingIsLeftHereOfTheMove() {
    host.start(MirrorHost.USUAL);

    assertMoved();
    assertThat(host.seen().farewell()).contains(Farewell.HEARD);
    assertThat(host.handoffs.led()).containsExactly(MirrorHost.VOLUME);
    await().untilAsserted(() -> assertThat(host.snapshots()).isEmpty());
  }

  @Test
  void itIsGivenUpDurablyBeforeTheOtherSideIsToldThatThisWasAll() {
    var record = new AtomicReference<Ownership.Phase>();
    host.there.next((call, _) -> {
      if (call == Call.COMMIT) record.set(host.phase());
    });
    host.start(MirrorHost.USUAL);

    assertMoved();
    assertThat(record.get()).isInstanceOf(Ownership.Gone.class);
  }

  @Test
  void aLastWordThatMayNotHaveArrivedIsReportedAsThat() {
    host.there.farewell = Farewell.UNSURE;
    host.start(MirrorHost.USUAL);

    assertMoved();
    assertThat(host.seen().farewell()).contains(Farewell.UNSURE);
  }

  @Test
  void whatIsWrittenMeanwhileIsThereAsWellAndWhatBecameZeroesIsZeroes() {
    host.there.next((call, number) -> {
      if (call == Call.WRITE && number == 1) {
        host.write(0, bytes(7, 4096));
        host.write(1 << 20, new byte[8192]);
      }
      if (call == Call.FLUSH && number == 2) host.write(2 << 20, bytes(9, 512));
    });
    host.start(MirrorHost.USUAL);

    assertMoved();
    assertThat(host.content()[0]).isEqualTo((byte) 7);
  }

  private static byte[] bytes(int value, int length) {
    byte[] all = new byte[length];
    Arrays.fill(all, (byte) value);
    return all;
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aVolumeWithoutAByteOfDataMoves(boolean sendsZeroes) {
    host.close();
    host = new MirrorHost(SIZE_BYTES);
    host.there.sendsZeroes = sendsZeroes;
    host.start(MirrorHost.USUAL);

    assertMoved();
    assertThat(host.seen().progress().sentBytes()).isEqualTo(sendsZeroes ? SIZE_BYTES : 0);
  }

  /** What a first connection may end with. */
  enum Refusal {
    NOBODY_LISTENS,
    IS_SILENT,
    REJECTS,
    OTHER_SIZE,
    NO_NBD;

    GatewayError why() {
      return switch (this) {
        case NOBODY_LISTENS, IS_SILENT, REJECTS -> lost();
        case OTHER_SIZE -> new GatewayError.Conflict("size does not match");
        case NO_NBD -> new GatewayError.Unsupported("this is no NBD server");
      };
    }
  }

  @ParameterizedTest
  @EnumSource
  void whoCannotBeReachedAtFirstIsReportedAtOnceAndNotTriedAgain(Refusal refusal) {
    GatewayError why = refusal.why();
    host.there.next(failsAt(Call.OPEN, 1, why));

    assertThatThrownBy(() -> host.start(MirrorHost.USUAL)).isEqualTo(why);

    assertThat(host.there.connections()).isEqualTo(1);
    assertThat(host.migrations.all()).isEmpty();
    assertStays();
    host.start(MirrorHost.USUAL); // as if nothing had been
    assertMoved();
  }

  /** The first connection fails there; what comes before that has to be there as often. */
  @ParameterizedTest(name = "{0} number {1}: {2}")
  @CsvSource({
    "FLUSH, 1, LOST", // closed right after the hello
    "ZERO, 1, LOST",
    "WRITE, 1, LOST", // closed, or silent beyond the limit, or no reply
    "WRITE, 1, ERROR",
    "ZERO, 2, ERROR",
    "FLUSH, 2, LOST", // after the last reply of the first round
    "FLUSH, 2, ERROR",
    "FLUSH, 3, LOST", // in the freeze
    "FLUSH, 3, ERROR",
    "COMMIT, 1, LOST", // after the last flush: it was not told
    "COMMIT, 1, ERROR"
  })
  void whateverGoesWrongThereAfterTheStartIsTriedAgainFromTheBeginningUntilItIsDone(
      Call call, int number, Trouble trouble) {
    host.there.next(failsAt(call, number, trouble.why()), failsAt(call, number, trouble.why()));
    host.start(MirrorHost.USUAL);

    assertMoved();
    assertThat(host.there.said()).containsExactly("closed", "closed", "told");
  }

  /** What a server does that is trouble. */
  enum Trouble {
    LOST,
    ERROR;

    GatewayError why() {
      return switch (this) {
        case LOST -> lost();
        case ERROR -> new GatewayError.NoSpace("there is no space there");
      };
    }
  }

  @Test
  void whileItIsTriedAgainClientsGoOnAndWhatTheyWriteIsThereInTheEnd() {
    GatewayError away = lost();
    host.there.next(failsAt(Call.WRITE, 1, away));
    for (int i = 0; i < 2; i++) host.there.next(failsAt(Call.OPEN, 1, away));
    host.start(MirrorHost.USUAL);
    await().until(() -> host.seen().progress().trouble().isPresent());

    assertThat(host.isOwned()).isTrue();
    assertThat(host.handoffs.isFrozen(MirrorHost.VOLUME)).isFalse();
    host.write(0, bytes(3, 4096));

    assertMoved();
    assertThat(host.there.disk[0]).isEqualTo((byte) 3);
    assertThat(host.there.connections()).isEqualTo(4);
  }

  @Test
  void whoCanMakeNothingDurableIsFoundOutBeforeTheFirstByteAndReported() {
    host.there.next(failsAt(Call.FLUSH, 1, new GatewayError.Invalid("answers EINVAL to FLUSH")));
    host.start(MirrorHost.USUAL);

    assertThat(host.ended().failure().orElseThrow()).contains("answers EINVAL to FLUSH");
    assertThat(host.there.connections()).isEqualTo(1);
    assertStays();
  }

  @Test
  void aVolumeThatGrowsOnItsWayDoesNotFitAnyMoreAndStays() {
    host.there.next((call, number) -> {
      if (call == Call.WRITE && number == 1) host.store.volume(MirrorHost.VOLUME).resize(4 << 20);
    });
    host.start(MirrorHost.CONFIRM);

    assertThat(host.ended().failure().orElseThrow()).contains("was made larger meanwhile");
    assertStays();
  }

  @Test
  void anAbortRightAfterTheHelloEndsItAndNobodyConnectsAgain() throws Exception {
    var silent = new Silence(Call.FLUSH);
    host.there.next(silent);
    host.start(MirrorHost.USUAL);
    silent.awaitReached();

    MirrorHost.result(host.migrations.abort(MirrorHost.VOLUME));

    assertThat(host.ended().failure().orElseThrow()).contains("was aborted");
    assertThat(host.seen().progress().phase()).isEqualTo(Phase.ABORTED);
    assertThat(host.there.said()).containsExactly("closed");
    assertStays();
  }

  @Test
  void anAbortWhileItIsTriedAgainEndsIt() {
    GatewayError away = lost();
    host.there.next(failsAt(Call.WRITE, 1, away));
    for (int i = 0; i < 100; i++) host.there.next(failsAt(Call.OPEN, 1, away));
    host.start(MirrorHost.USUAL);
    await().until(() -> host.there.connections() > 1);

    MirrorHost.result(host.migrations.abort(MirrorHost.VOLUME));

    assertThat(host.ended().failure().orElseThrow()).contains("was aborted");
    assertStays();
  }

  @Test
  void threeTimesAbortedItMovesTheFourthTime() throws Exception {
    for (int i = 0; i < 3; i++) {
      var silent = new Silence(Call.WRITE);
      host.there.next(silent);
      host.start(MirrorHost.USUAL);
      silent.awaitReached();
      MirrorHost.result(host.migrations.abort(MirrorHost.VOLUME));
    }
    host.start(MirrorHost.USUAL);

    assertMoved();
    assertThat(host.there.said()).containsExactly("closed", "closed", "closed", "told");
  }

  @Test
  void aSecondMoveIsRefusedAndConnectsNowhere() throws Exception {
    var silent = new Silence(Call.WRITE);
    host.there.next(silent);
    host.start(MirrorHost.USUAL);
    silent.awaitReached();

    assertThatThrownBy(() -> host.start(MirrorHost.USUAL))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("is being moved already");

    assertThat(host.there.connections()).isEqualTo(1);
    MirrorHost.result(host.migrations.abort(MirrorHost.VOLUME));
  }

  @Test
  void twoThatAskAtTheSameTimeGetOneMove() throws Exception {
    var slow = new Silence(Call.OPEN);
    host.there.next(slow);
    var first = host.begin(MirrorHost.USUAL);
    slow.awaitReached();

    assertThatThrownBy(() -> host.start(MirrorHost.USUAL))
        .isInstanceOf(GatewayError.Conflict.class);

    assertThat(host.there.connections()).isEqualTo(1);
    slow.letGo();
    assertThatThrownBy(() -> MirrorHost.result(first)).isInstanceOf(GatewayError.class);
  }

  @Test
  void aStopKeepsTheVolumeHereAndSaysNothing() throws Exception {
    var silent = new Silence(Call.WRITE);
    host.there.next(silent);
    host.start(MirrorHost.USUAL);
    silent.awaitReached();

    assertThat(MirrorHost.result(host.migrations.close()).brokenOff())
        .containsOnlyKeys(MirrorHost.VOLUME);

    host.ended();
    assertStays();
    assertThatThrownBy(() -> host.start(MirrorHost.USUAL))
        .hasMessageContaining("the gateway is stopping");
  }

  @Test
  void roundsGoOnUntilItIsConfirmed() {
    host.start(MirrorHost.CONFIRM);
    await().until(() -> host.seen().progress().phase() == Phase.CONFIRM);
    host.write(0, bytes(5, 512));

    MirrorHost.result(host.migrations.confirm(MirrorHost.VOLUME));

    assertMoved();
    assertThat(host.there.disk[0]).isEqualTo((byte) 5);
  }
}
