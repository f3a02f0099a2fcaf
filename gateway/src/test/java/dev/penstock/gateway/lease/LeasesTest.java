package dev.penstock.gateway.lease;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.gateway.lease.Leases.Condemned;
import dev.penstock.gateway.lease.Leases.Party;
import dev.penstock.gateway.lease.Leases.Term;
import dev.penstock.spi.GatewayError;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/**
 * What is leased is not destroyed, and what is being destroyed is not leased, across restarts as
 * well.
 */
class LeasesTest extends KeptLeases {
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
}
