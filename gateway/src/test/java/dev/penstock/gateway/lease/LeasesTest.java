package dev.penstock.gateway.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.gateway.lease.Lease.Kind;
import dev.penstock.gateway.lease.Leases.Condemned;
import dev.penstock.gateway.lease.Leases.Wanted;
import dev.penstock.gateway.state.StateFile;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.FakeClock;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
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
    await(leases.acquire(toRead(monday)));

    Condemned wish = await(leases.condemn(List.of(monday, tuesday)));

    assertThat(wish.guids()).containsExactly(tuesday);
    assertThat(wish.deferred()).containsOnlyKeys(monday);
    assertThat(wish.deferred().get(monday)).isEqualTo("module nbd (read)");
  }

  @Test
  void whatIsCondemnedIsNotLeasedUntilItIsForgotten() throws Exception {
    await(leases.condemn(List.of(monday)));

    assertThat(refusal(leases.acquire(toRead(monday))))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessage("demo@monday is being destroyed");

    await(leases.forget(List.of(monday)));
    await(leases.acquire(toRead(monday)));
  }

  @Test
  void oneDestroyAtATimeHasASnapshot() throws Exception {
    await(leases.condemn(List.of(monday)));
    assertThat(await(leases.condemn(List.of(monday))).deferred())
        .containsEntry(monday, "another destroy");
  }

  @Test
  void aReleasedLeaseProtectsNothing() throws Exception {
    Lease lease = await(leases.acquire(toRead(monday)));
    await(leases.release(lease));
    await(leases.release(lease));

    assertThat(leases.list()).isEmpty();
    assertThat(await(leases.condemn(List.of(monday))).guids()).containsExactly(monday);
  }

  @Test
  void aRestartRevokesWhatWasCondemnedAndDropsWhatEndedWithTheProcess() throws Exception {
    await(leases.condemn(List.of(monday)));
    await(leases.acquire(toRead(tuesday)));

    restart();

    assertThat(leases.list()).isEmpty();
    await(leases.acquire(toRead(monday)));
    assertThat(await(leases.condemn(List.of(tuesday))).guids()).containsExactly(tuesday);
  }

  @Test
  void anAnchorOutlivesTheProcessAndItsOwnerTakesItUpUnderANewEpoch() throws Exception {
    Lease before = await(leases.acquire(anchor(Optional.empty())));

    restart();

    assertThat(await(leases.condemn(List.of(monday))).deferred()).containsKey(monday);
    Lease after = await(leases.acquire(anchor(Optional.empty())));
    assertThat(after.guid()).isEqualTo(before.guid());
    assertThat(after.acquiredAt()).isEqualTo(before.acquiredAt());
    assertThat(after.epoch()).isGreaterThan(before.epoch());
    await(leases.release(before));
    assertThat(leases.list()).as("the old epoch releases nothing").hasSize(1);
  }

  @Test
  void aLeaseInHandsDoesNotExpire() throws Exception {
    Lease lease = await(leases.acquire(anchor(Optional.of(HOUR))));
    clock.advance(HOUR.multipliedBy(5));
    assertThat(await(leases.condemn(List.of(monday))).deferred()).containsKey(monday);

    leases.putDown(lease);
    clock.advance(HOUR.minusSeconds(1));
    assertThat(await(leases.condemn(List.of(monday))).deferred()).containsKey(monday);

    clock.advance(Duration.ofSeconds(1));
    assertThat(leases.list()).isEmpty();
    assertThat(await(leases.condemn(List.of(monday))).guids()).containsExactly(monday);
    restart();
    assertThat(leases.list()).as("the expired one is gone from the state as well").isEmpty();
  }

  @Test
  void anExpiredLeaseGoesOnlyWithTheDestroyThatItGivesWayTo() throws Exception {
    Lease anchor = await(leases.acquire(anchor(Optional.of(HOUR))));
    leases.putDown(anchor);
    clock.advance(HOUR);
    await(leases.acquire(toRead(monday)));
    assertThat(await(leases.condemn(List.of(monday))).deferred()).containsKey(monday);

    restart();

    assertThat(leases.list()).extracting(Leases.Status::lease).containsExactly(anchor);
  }

  @Test
  void anOperatorReleasesOnlyWhatNobodyWorksUnder() throws Exception {
    Lease lease = await(leases.acquire(anchor(Optional.empty())));
    assertThat(refusal(leases.releaseIdle(lease.guid())))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("job offsite (anchor)");

    restart();

    await(leases.releaseIdle(lease.guid()));
    assertThat(refusal(leases.releaseIdle(lease.guid()))).isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void aLeaseThatCannotBeReadEndsTheStart() throws Exception {
    await(state.map("leases").put("lease." + UUID.randomUUID(), "{\"kind\": \"NEW\"}"));
    assertThatThrownBy(() -> new Leases(state, clock)).isInstanceOf(GatewayError.Damaged.class);
  }

  @Test
  void whatEndsWithTheProcessIsReleasedEvenIfItCannotBeWritten() throws Exception {
    Lease lease = await(leases.acquire(toRead(monday)));
    state.close();

    refusal(leases.release(lease));

    assertThat(leases.list()).isEmpty();
  }

  @Test
  void anAnchorWhoseReleaseCannotBeWrittenIsLeftForSomebodyToReleaseAgain() throws Exception {
    Lease lease = await(leases.acquire(anchor(Optional.empty())));
    state.close();

    refusal(leases.release(lease));

    assertThat(leases.list()).extracting(Leases.Status::inUse).containsExactly(false);
    assertThat(refusal(leases.releaseIdle(lease.guid())))
        .as("it is tried again")
        .isInstanceOf(GatewayError.Unavailable.class);
  }

  @Test
  void whatCannotBeForgottenInTheStateIsNotCondemnedForEver() throws Exception {
    await(leases.condemn(List.of(monday)));
    state.close();

    refusal(leases.forget(List.of(monday)));

    assertThat(refusal(leases.acquire(toRead(monday))))
        .as("the state is closed, nothing else is in the way")
        .isInstanceOf(GatewayError.Unavailable.class);
  }

  private Wanted toRead(UUID snapshot) {
    return Wanted.toRead(volume, snapshot, "demo@monday", "module nbd");
  }

  private Wanted anchor(Optional<Duration> expiry) {
    return new Wanted(volume, monday, "demo@monday", "job offsite", Kind.ANCHOR, expiry);
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
