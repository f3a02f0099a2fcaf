package dev.penstock.gateway.lease;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.lease.Leases.Condemned;
import dev.penstock.gateway.lease.Leases.Party;
import dev.penstock.gateway.lease.Leases.Term;
import dev.penstock.spi.GatewayError;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Which leases give way to a destroy that is to make room. */
class LeasesForRoomTest extends KeptLeases {
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

  private Future<Lease> sent(UUID snapshot) {
    return leases.acquire(offsite(), snapshot, "demo@monday", Lease.Kind.SEND);
  }
}
