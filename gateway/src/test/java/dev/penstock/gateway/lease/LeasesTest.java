package dev.penstock.gateway.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.gateway.lease.Leases.Condemned;
import dev.penstock.gateway.lease.Leases.Party;
import dev.penstock.gateway.lease.Leases.Term;
import dev.penstock.gateway.state.StateFile;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.FakeClock;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // opened before each test
class LeasesTest {
  private static final Duration HOUR = Duration.ofHours(1);

  @TempDir Path folder;

  private final FakeClock clock = new FakeClock();
  private final UUID volume = UUID.randomUUID();
  private final UUID monday = UUID.randomUUID();
  private final UUID tuesday = UUID.randomUUID();
  private StateFile state;
  private Leases leases;

  @BeforeEach
  void open() {
    state = StateFile.open(folder);
    leases = new Leases(state, clock);
  }

  @AfterEach
  void close() {
    state.close();
  }

  private void restart() {
    close();
    open();
  }

  @Test
  void whatIsLeasedIsNotCondemnedAndItIsSaidWhoHasIt() throws Exception {
    await(read(monday));

    Condemned wish = await(leases.condemn(List.of(monday, tuesday)));

    assertThat(wish.guids()).containsExactly(tuesday);
    assertThat(wish.deferred()).containsOnlyKeys(monday);
    assertThat(wish.deferred().get(monday)).isEqualTo("module nbd (read)");
  }

  @Test
  void whatIsCondemnedIsNotLeasedUntilItIsForgotten() throws Exception {
    await(leases.condemn(List.of(monday)));

    assertThat(refusal(read(monday)))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessage("demo@monday is being destroyed");

    await(leases.forget(List.of(monday)));
    await(read(monday));
  }

  @Test
  void oneDestroyAtATimeHasASnapshot() throws Exception {
    await(leases.condemn(List.of(monday)));
    assertThat(await(leases.condemn(List.of(monday))).deferred())
        .containsEntry(monday, "another destroy");
  }

  @Test
  void aReleasedLeaseProtectsNothing() throws Exception {
    Lease lease = await(read(monday));
    leases.release(lease);
    leases.release(lease);

    assertThat(leases.list()).isEmpty();
    assertThat(await(leases.condemn(List.of(monday))).guids()).containsExactly(monday);
  }

  @Test
  void aRestartRevokesWhatWasCondemnedAndDropsWhatEndedWithTheProcess() throws Exception {
    await(leases.condemn(List.of(monday)));
    await(read(tuesday));

    restart();

    assertThat(leases.list()).isEmpty();
    await(read(monday));
    assertThat(await(leases.condemn(List.of(tuesday))).guids()).containsExactly(tuesday);
  }

  @Test
  void whatAPlanNeedsOutlivesTheProcessAndIsTakenUpAgain() throws Exception {
    await(need(true, monday));
    Lease before = leases.list().getFirst().lease();

    restart();

    assertThat(await(leases.condemn(List.of(monday))).deferred())
        .containsEntry(monday, "job offsite (plan)");
    assertThat(await(need(true, monday))).containsOnlyKeys(monday);
    assertThat(leases.list()).extracting(Leases.Status::lease).containsExactly(before);
  }

  @Test
  void aPlanNeedsWhatItSaidLastAndNothingElse() throws Exception {
    await(need(true, monday));
    await(need(true, tuesday));

    assertThat(await(leases.condemn(List.of(monday, tuesday))).guids()).containsExactly(monday);

    await(need(true));
    restart();
    assertThat(leases.list()).isEmpty();
  }

  @Test
  void aPlanThatNeedsWhatIsCondemnedNeedsWhatItNeededBefore() throws Exception {
    await(need(true, monday));
    await(leases.condemn(List.of(tuesday)));

    assertThat(refusal(need(true, tuesday))).isInstanceOf(GatewayError.Conflict.class);

    assertThat(leases.holders()).containsOnlyKeys(monday);
  }

  @Test
  void twoPartiesNeedOneSnapshotIndependently() throws Exception {
    await(need(true, monday));
    var other = new Party(volume, "job second");
    await(leases.need(other, Map.of(monday, "demo@monday"), new Term(true, HOUR)));

    await(need(true));

    assertThat(leases.holders()).containsEntry(monday, "job second (plan)");
  }

  @Test
  void aLeaseInUseDoesNotExpire() throws Exception {
    await(need(true, monday));
    clock.advance(HOUR.multipliedBy(5));
    assertThat(await(leases.condemn(List.of(monday))).deferred()).containsKey(monday);

    leases.putDown("job offsite");
    clock.advance(HOUR.minusSeconds(1));
    assertThat(await(leases.condemn(List.of(monday))).deferred()).containsKey(monday);

    clock.advance(Duration.ofSeconds(1));
    assertThat(leases.list()).isEmpty();
    assertThat(await(leases.condemn(List.of(monday))).guids()).containsExactly(monday);
    restart();
    assertThat(leases.list()).as("the expired one is gone from the state as well").isEmpty();
  }

  @Test
  void whatNobodyWorksUnderLastsFromTheLastTimeThatItWasAskedFor() throws Exception {
    await(need(false, monday));
    clock.advance(HOUR.minusSeconds(1));
    await(need(false, monday));
    clock.advance(HOUR.minusSeconds(1));
    assertThat(leases.holders()).containsKey(monday);

    clock.advance(Duration.ofSeconds(1));
    assertThat(leases.holders()).isEmpty();
  }

  @Test
  void anotherTimeIsKeptAcrossARestart() throws Exception {
    await(need(false, monday));
    await(
        leases.need(
            new Party(volume, "job offsite"),
            Map.of(monday, "demo@monday"),
            new Term(false, HOUR.multipliedBy(3))));
    restart();

    clock.advance(HOUR.multipliedBy(2));

    assertThat(leases.holders()).containsKey(monday);
  }

  @Test
  void whatAnOlderProgramWroteOfWhatWasOpenIsDropped() throws Exception {
    await(need(false, monday));
    String text = state.map("leases").all().values().iterator().next();
    for (String kind : List.of("READ", "SEND"))
      await(
          state
              .map("leases")
              .put("lease." + UUID.randomUUID(), text.replace("\"PLAN\"", '"' + kind + '"')));

    restart();

    assertThat(leases.list()).hasSize(1);
  }

  @Test
  void anExpiredLeaseGoesOnlyWithTheDestroyThatItGivesWayTo() throws Exception {
    await(need(false, monday));
    clock.advance(HOUR);
    await(read(monday));
    assertThat(await(leases.condemn(List.of(monday))).deferred()).containsKey(monday);

    restart();

    assertThat(leases.list()).hasSize(1);
  }

  @Test
  void anOperatorReleasesOnlyWhatNobodyWorksUnder() throws Exception {
    await(need(true, monday));
    Lease lease = leases.list().getFirst().lease();
    assertThat(refusal(leases.releaseIdle(lease.guid())))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("job offsite (plan)");

    restart();

    await(leases.releaseIdle(lease.guid()));
    assertThat(refusal(leases.releaseIdle(lease.guid()))).isInstanceOf(GatewayError.NotFound.class);
    restart();
    assertThat(leases.list()).isEmpty();
  }

  @Test
  void aLeaseThatCannotBeReadEndsTheStart() throws Exception {
    await(state.map("leases").put("lease." + UUID.randomUUID(), "{\"kind\": \"NEW\"}"));
    assertThatThrownBy(() -> new Leases(state, clock)).isInstanceOf(GatewayError.Damaged.class);
  }

  @Test
  void whatCannotBeWrittenIsNotGivenAndWhatWasGivenStays() throws Exception {
    await(need(false, monday));
    Lease lease = leases.list().getFirst().lease();
    state.close();

    assertThat(refusal(need(true, tuesday))).isInstanceOf(GatewayError.Unavailable.class);
    assertThat(leases.holders()).containsOnlyKeys(monday);
    assertThat(refusal(leases.releaseIdle(lease.guid())))
        .isInstanceOf(GatewayError.Unavailable.class);
    assertThat(leases.holders()).containsOnlyKeys(monday);
  }

  @Test
  void whatCannotBeForgottenInTheStateIsNotCondemnedForEver() throws Exception {
    await(leases.condemn(List.of(monday)));
    state.close();

    refusal(leases.forget(List.of(monday)));

    await(read(monday));
  }

  private Condemned forRoom(UUID... snapshots) throws Exception {
    return await(leases.condemnNeeded(List.of(snapshots)));
  }

  @Test
  void whatAPlanNeedsMakesRoomWhileItIsSentAndItsNeedEndsWithIt() throws Exception {
    await(need(true, monday, tuesday));
    assertThat(forRoom(monday).deferred()).containsEntry(monday, "job offsite (plan)");

    leases.sending(offsite());
    assertThat(forRoom(monday).guids()).containsExactly(monday);

    assertThat(leases.holders()).containsOnlyKeys(tuesday);
    assertThat(refusal(need(true, monday))).isInstanceOf(GatewayError.Conflict.class);
    assertThat(refusal(read(monday))).isInstanceOf(GatewayError.Conflict.class);
    restart();
    assertThat(leases.holders()).as("its end is durable").containsOnlyKeys(tuesday);
  }

  @Test
  void aDestroyThatMakesNoRoomSparesWhatIsSent() throws Exception {
    await(need(true, monday));
    leases.sending(offsite());
    await(sent(tuesday));

    assertThat(await(leases.condemn(List.of(monday, tuesday))).guids()).isEmpty();
  }

  @Test
  void whatTheReceiverMayHaveMakesNoRoomAsLongAsItIsNeeded() throws Exception {
    await(need(true, monday));
    leases.sending(offsite());

    assertThat(leases.sentToEnd(offsite(), List.of(monday))).isTrue();
    leases.sending(offsite()); // one that began late, and that nobody waits for
    assertThat(forRoom(monday).deferred()).containsKey(monday);
    leases.putDown("job offsite");
    assertThat(forRoom(monday).deferred()).containsKey(monday);

    await(need(true, monday, tuesday)); // the receiver has answered that it has a part
    leases.sending(offsite());
    assertThat(forRoom(monday).deferred()).containsKey(monday);

    await(need(true, tuesday));
    assertThat(forRoom(monday).guids()).containsExactly(monday);
  }

  @Test
  void whatIsToBeSentLaterMakesRoomAlsoOnceSomethingElseWasSentToItsEnd() throws Exception {
    await(need(true, monday, tuesday));
    leases.sending(offsite());
    leases.sentToEnd(offsite(), List.of(monday));

    assertThat(forRoom(monday, tuesday).guids()).containsExactly(tuesday);
  }

  @Test
  void afterARestartNothingThatAPlanNeedsMakesRoom() throws Exception {
    await(need(true, monday));
    leases.sending(offsite());
    restart();
    assertThat(forRoom(monday).deferred()).containsKey(monday);
  }

  @Test
  void ofWhatIsToGoTheEndDoesNotGoOut() throws Exception {
    await(need(true, monday, tuesday));
    leases.sending(offsite());
    forRoom(monday);
    assertThat(leases.sentToEnd(offsite(), List.of(tuesday, monday))).isFalse();
  }

  @Test
  void whatAnotherNeedsOrReadsMakesNoRoom() throws Exception {
    await(need(true, monday, tuesday));
    leases.sending(offsite());
    await(read(monday));
    var other = new Party(volume, "job second");
    await(leases.need(other, Map.of(tuesday, "demo@tuesday"), new Term(true, HOUR)));

    Condemned wish = forRoom(monday, tuesday);

    assertThat(wish.guids()).isEmpty();
    assertThat(wish.deferred())
        .containsEntry(monday, "module nbd (read)")
        .containsEntry(tuesday, "job second (plan)");
    assertThat(leases.holders().get(monday)).contains("job offsite (plan)");
  }

  @Test
  void whatIsBeingSentIsCondemnedAndLeasedUntilItIsReleased() throws Exception {
    Lease lease = await(sent(monday));

    assertThat(forRoom(monday).guids()).containsExactly(monday);
    assertThat(leases.holders()).containsEntry(monday, "job offsite (send)");
    assertThat(refusal(sent(monday))).isInstanceOf(GatewayError.Conflict.class);

    leases.release(lease);
    assertThat(leases.holders()).isEmpty();
  }

  @Test
  void whatCannotBeWrittenMakesNoRoom() throws Exception {
    await(need(true, monday));
    leases.sending(offsite());
    state.close();

    refusal(leases.condemnNeeded(List.of(monday)));

    assertThat(leases.holders()).containsOnlyKeys(monday);
    await(read(monday));
  }

  private Party offsite() {
    return new Party(volume, "job offsite");
  }

  private Future<Lease> sent(UUID snapshot) {
    return leases.acquire(offsite(), snapshot, "demo@monday", Lease.Kind.SEND);
  }

  private Future<Lease> read(UUID snapshot) {
    return leases.acquire(
        new Party(volume, "module nbd"), snapshot, "demo@monday", Lease.Kind.READ);
  }

  private Future<Map<UUID, String>> need(boolean inUse, UUID... snapshots) {
    Map<UUID, String> subjects =
        Stream.of(snapshots).collect(Collectors.toMap(guid -> guid, guid -> "demo@" + guid));
    return leases.need(offsite(), subjects, new Term(inUse, HOUR));
  }

  private static GatewayError refusal(Future<?> future) throws Exception {
    try {
      await(future);
    } catch (ExecutionException e) {
      return (GatewayError) Objects.requireNonNull(e.getCause());
    }
    throw new AssertionError("it succeeded");
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
