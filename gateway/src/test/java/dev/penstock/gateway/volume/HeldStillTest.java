package dev.penstock.gateway.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.volume.VolumeStatus.Condition;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.GatewayEvent.VolumeFrozen;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** Volumes that are frozen and thawed, and that give way to a successor. */
class HeldStillTest extends WithRegistry {
  @Test
  void aFreezeWritesEverythingAndHoldsTheWriterUntilTheThaw() throws Exception {
    await(write(await(registry.open("demo", Access.WRITE, writer))));

    await(registry.freeze("demo", LONG));

    MemoryVolume volume = memory.volume("demo");
    assertThat(volume.afterPowerCut()).isEqualTo(volume.content());
    assertThat(volume.faults().begun(Call.FLUSH)).isGreaterThanOrEqualTo(2);
    assertThat(writer.asked).containsExactly("freeze");
    assertThat(status().condition()).isEqualTo(Condition.FROZEN);
    assertThat(events.await(VolumeFrozen.class).subject()).isEqualTo("demo");

    await(registry.thaw("demo"));
    assertThat(writer.asked).containsExactly("freeze", "thaw");
    assertThat(status().condition()).isEqualTo(Condition.SERVING);
    await(registry.thaw("demo"));
  }

  @Test
  void thoseWhoWriteAreSlowedDownUntilTheModuleThatAskedForItStops() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    await(registry.open("demo", Access.READ, reader));
    OwnedHandoffs handoffs = registry.handoffsOf("module replication");

    await(handoffs.pace("demo", 1 << 20));
    await(handoffs.closeAll());

    assertThat(writer.asked).containsExactly("pace 1048576", "pace 0");
    assertThat(reader.asked).isEmpty();
    assertThat(refusal(handoffs.pace("demo", 1))).isInstanceOf(GatewayError.Conflict.class);
  }

  @Test
  void whoeverCannotWriteAnySlowerIsNamed() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    writer.paced = Future.failedFuture(new GatewayError.Unsupported("writer cannot"));

    assertThat(refusal(registry.handoffsOf("module replication").pace("demo", 1)))
        .isInstanceOf(GatewayError.Unsupported.class)
        .hasMessage("writer cannot");
  }

  @Test
  void aVolumeNobodyUsesCanBeFrozenAndTakesNoWriterMeanwhile() throws Exception {
    await(registry.freeze("demo", LONG));
    assertThat(refusal(registry.open("demo", Access.WRITE, writer)))
        .isInstanceOf(GatewayError.Unavailable.class);
    assertThat(refusal(registry.remove("demo"))).isInstanceOf(GatewayError.Conflict.class);
    await(registry.thaw("demo"));
    await(registry.open("demo", Access.WRITE, writer));
  }

  @Test
  void aFreezeThatTheWriterRefusesLeavesTheVolumeServing() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    writer.frozen = Future.failedFuture(new IllegalStateException("a bug"));

    assertThat(failure(registry.freeze("demo", LONG))).hasMessageContaining("a bug");

    assertThat(writer.asked).containsExactly("freeze", "thaw");
    assertThat(status().condition()).isEqualTo(Condition.SERVING);
  }

  @Test
  void aFreezeThatTheWriterDoesNotAnswerEndsAtItsLimit() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    writer.frozen = TestUser.never();

    assertThat(refusal(registry.freeze("demo", Duration.ofMillis(20))))
        .isInstanceOf(GatewayError.Unavailable.class);

    assertThat(writer.asked).containsExactly("freeze", "thaw");
    assertThat(status().condition()).isEqualTo(Condition.SERVING);
    writer.frozen = Future.succeededFuture();
    await(registry.freeze("demo", LONG));
  }

  @Test
  void aFreezeWhoseFlushFailsThawsAndMarksTheVolume() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    fail(Call.FLUSH);

    assertThat(refusal(registry.freeze("demo", LONG))).isInstanceOf(GatewayError.Damaged.class);

    assertThat(status().condition()).isEqualTo(Condition.UNHEALTHY);
    memory.volume("demo").faults().heal();
    await(registry.freeze("demo", LONG));
  }

  @Test
  void aWriterThatLeavesDuringAFreezeDoesNotHoldItUp() throws Exception {
    OpenVolume open = await(registry.open("demo", Access.WRITE, writer));
    writer.frozen = TestUser.never();
    Future<Duration> freezing = registry.freeze("demo", LONG);
    org.awaitility.Awaitility.await().until(() -> writer.asked.contains("freeze"));

    await(open.close());

    await(freezing);
  }

  @Test
  void aUserThatAnswersWithAnErrorLeavesTheVolumeServing() throws Exception {
    await(registry.open("demo", Access.WRITE, new Broken()));

    assertThat(failure(registry.freeze("demo", LONG))).isInstanceOf(LinkageError.class);
    assertThat(status().condition()).isEqualTo(Condition.SERVING);
  }

  /** Was built against something that is not there. */
  private record Broken() implements VolumeUser {
    @Override
    public String name() {
      return "module broken";
    }

    @Override
    public Future<Void> freeze(Duration limit) {
      throw new LinkageError("no such method");
    }

    @Override
    public Future<Void> thaw() {
      throw new LinkageError("no such method");
    }

    @Override
    public Future<Void> retire(OpenVolume successor, Duration limit) {
      throw new LinkageError("no such method");
    }
  }

  @Test
  void aFrozenVolumeDoesNotKeepItsStoreOpenAtTheEnd() throws Exception {
    await(registry.freeze("demo", LONG));
    assertThat(refusal(stores.close("memory"))).isInstanceOf(GatewayError.Conflict.class);

    await(registry.endFreezes());

    await(stores.close("memory"));
  }
}
