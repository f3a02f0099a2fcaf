package dev.penstock.replication.forward;

import static dev.penstock.spi.testing.Settled.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import dev.penstock.replication.config.ForwardSettings.Newcomers;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.testing.FakeHandoffs;
import dev.penstock.spi.testing.FakeVolumes;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.volume.Volume;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who is led on to where a volume is now, for how long, and what connections that takes. */
@Timeout(120)
class ForwardedClientsTest extends LedOn {
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
