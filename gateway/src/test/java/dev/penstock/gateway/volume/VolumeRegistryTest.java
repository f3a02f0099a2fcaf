package dev.penstock.gateway.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.volume.VolumeStatus.Condition;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.GatewayEvent.VolumeDemoted;
import dev.penstock.spi.bus.GatewayEvent.VolumePromoted;
import dev.penstock.spi.bus.GatewayEvent.VolumeUnhealthy;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolumeStore;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

class VolumeRegistryTest extends WithRegistry {
  @Test
  void aVolumeHasOneWriterAndReadersBesideIt() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    await(registry.open("demo", Access.READ, reader));

    GatewayError refusal = refusal(registry.open("demo", Access.WRITE, reader));

    assertThat(refusal).isInstanceOf(GatewayError.Conflict.class);
    assertThat(refusal).hasMessageContaining("module nbd");
    assertThat(status().condition()).isEqualTo(Condition.SERVING);
    assertThat(status().users())
        .containsExactly(
            new VolumeStatus.User("module nbd", Access.WRITE),
            new VolumeStatus.User("module backup", Access.READ));
  }

  @Test
  void aReaderSeesWhatTheWriterWroteAndCannotChangeIt() throws Exception {
    OpenVolume writing = await(registry.open("demo", Access.WRITE, writer));
    OpenVolume reading = await(registry.open("demo", Access.READ, reader));
    await(write(writing));

    ByteBuffer back = ByteBuffer.allocate(1);
    await(
        reading.run(() -> {
          reading.volume().read(0, back);
          return back;
        }));

    assertThat(back.get(0)).isEqualTo((byte) 7);
    assertThat(refusal(write(reading))).isInstanceOf(GatewayError.Denied.class);
  }

  @Test
  void replicasAreReadAndNeitherWrittenNorResizedUntilTheyArePromoted() throws Exception {
    await(registry.setReplica("demo", true));
    await(registry.setReplica("demo", true));

    OpenVolume reading = await(registry.open("demo", Access.READ, reader));
    assertThat(refusal(registry.open("demo", Access.WRITE, writer)))
        .isInstanceOf(GatewayError.Denied.class)
        .hasMessageContaining("penstock volume promote demo");
    assertThat(refusal(registry.resize("demo", 2 * SIZE))).isInstanceOf(GatewayError.Denied.class);
    assertThat(await(registry.status("demo")).info().replica()).isTrue();
    assertThat(await(registry.setReplica("demo", false)).replica()).isFalse();
    await(registry.setReplica("demo", false));

    await(write(await(registry.open("demo", Access.WRITE, writer))));
    await(reading.close());
    assertThat(events.all(VolumeDemoted.class)).hasSize(1);
    assertThat(events.all(VolumePromoted.class)).hasSize(1);
  }

  @Test
  void whatSomebodyWritesIsMadeNoReplica() throws Exception {
    OpenVolume open = await(registry.open("demo", Access.WRITE, writer));

    assertThat(refusal(registry.setReplica("demo", true)))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("module nbd");
    await(write(open));
    await(open.close());
    assertThat(await(registry.setReplica("demo", true)).replica()).isTrue();
    assertThat(refusal(registry.setReplica("nobody", true)))
        .isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void theNextWriterComesOnceTheFirstHasLeft() throws Exception {
    OpenVolume first = await(registry.open("demo", Access.WRITE, writer));
    await(first.close());
    await(first.close());

    OpenVolume second = await(registry.open("demo", Access.WRITE, reader));

    await(write(second));
    assertThat(write(first).cause()).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closingWaitsForTheCallsUnderWay() throws Exception {
    OpenVolume open = await(registry.open("demo", Access.WRITE, writer));
    Future<Integer> written;
    Future<Void> closed;
    try (var hold = memory.volume("demo").faults().hold(Call.WRITE)) {
      written = write(open);
      hold.awaitHeld(1);
      closed = open.close();
      assertThat(closed.isComplete()).isFalse();
    }
    await(written);
    await(closed);
  }

  @Test
  void whatAModuleLeavesOpenIsGivenBack() throws Exception {
    OwnedVolumes module = registry.of("module nbd");
    await(module.open("demo", Access.WRITE, writer));

    await(module.closeAll());

    assertThat(status().condition()).isEqualTo(Condition.IDLE);
    assertThat(refusal(module.open("demo", Access.READ, writer)))
        .isInstanceOf(GatewayError.Conflict.class);
    await(registry.remove("demo"));
  }

  @Test
  void aVolumeInUseIsNotRemovedAndItsUsersAreNamed() throws Exception {
    OpenVolume open = await(registry.open("demo", Access.READ, reader));

    assertThat(refusal(registry.remove("demo")))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("module backup");
    await(open.close());
    await(registry.remove("demo"));
    assertThat(refusal(registry.find("demo"))).isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void anOpenVolumeGrowsUnderItsUser() throws Exception {
    OpenVolume open = await(registry.open("demo", Access.WRITE, writer));
    assertThat(await(registry.resize("demo", 2 * SIZE)).sizeBytes()).isEqualTo(2 * SIZE);
    assertThat(open.volume().sizeBytes()).isEqualTo(2 * SIZE);
    assertThat(status().info().sizeBytes()).isEqualTo(2 * SIZE);
  }

  @Test
  void ofTwoVolumesOfOneNameTheFirstIsServedAndTheOtherReported() throws Exception {
    MemoryVolumeStore second = new MemoryVolumeStore();
    open("second", second);
    assertThat(refusal(registry.create("demo", "second", SIZE)))
        .isInstanceOf(GatewayError.Conflict.class);
    second.create("demo", SIZE);

    List<VolumeStatus> statuses = await(registry.statuses());

    assertThat(statuses).extracting(VolumeStatus::store).containsExactly("memory", "second");
    assertThat(statuses)
        .extracting(VolumeStatus::condition)
        .containsExactly(Condition.IDLE, Condition.SHADOWED);
    assertThat(await(registry.list())).hasSize(1);
  }

  @Test
  void aFailureOfTheWholeVolumeIsSaidOnceUntilItIsOpenedAgain() throws Exception {
    OpenVolume open = await(registry.open("demo", Access.WRITE, writer));
    fail(Call.WRITE);
    refusal(write(open));
    refusal(write(open));

    assertThat(events.all(VolumeUnhealthy.class)).hasSize(1);
    assertThat(status().trouble()).contains("the disk is gone");
    await(open.close());
    assertThat(status().condition()).isEqualTo(Condition.UNHEALTHY);

    memory.volume("demo").faults().heal();
    await(registry.open("demo", Access.WRITE, writer));
    assertThat(status().condition()).isEqualTo(Condition.SERVING);
  }

  @Test
  void aFailureOfOneRequestLeavesTheVolumeHealthy() throws Exception {
    OpenVolume open = await(registry.open("demo", Access.WRITE, writer));
    memory
        .volume("demo")
        .faults()
        .failNext(1, Call.WRITE, () -> new GatewayError.Failed(Scope.REQUEST, "once"));
    refusal(write(open));
    assertThat(events.all(VolumeUnhealthy.class)).isEmpty();
  }

  @Test
  void aStoreWithOpenVolumesIsNotClosed() throws Exception {
    OpenVolume open = await(registry.open("demo", Access.READ, reader));
    assertThat(refusal(stores.close("memory")))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("demo");
    await(open.close());
    await(stores.closeAll());
    assertThat(stores.statuses()).isEmpty();
  }

  @Test
  void answersComeOnTheContextThatAsked() throws Exception {
    OpenVolume open = await(registry.open("demo", Access.WRITE, writer));
    Context asking = vertx.getOrCreateContext();
    Promise<Boolean> same = Promise.promise();
    asking.runOnContext(
        _ -> write(open).onSuccess(_ -> same.complete(asking.equals(Vertx.currentContext()))));
    assertThat(await(same.future())).isTrue();
  }
}
