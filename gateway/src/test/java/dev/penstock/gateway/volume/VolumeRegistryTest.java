package dev.penstock.gateway.volume;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.lease.Leases;
import dev.penstock.gateway.metrics.MetricsRegistry;
import dev.penstock.gateway.state.StateFile;
import dev.penstock.gateway.task.TaskRegistry;
import dev.penstock.gateway.volume.VolumeStatus.Condition;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.GatewayEvent.VolumeDemoted;
import dev.penstock.spi.bus.GatewayEvent.VolumeFrozen;
import dev.penstock.spi.bus.GatewayEvent.VolumePromoted;
import dev.penstock.spi.bus.GatewayEvent.VolumeRetired;
import dev.penstock.spi.bus.GatewayEvent.VolumeUnhealthy;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeEvents;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.testing.MemoryVolumeStore;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.StoreDescriptor.WaitsOn;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class VolumeRegistryTest {
  private static final long SIZE = 1 << 20;
  private static final Duration LONG = Duration.ofSeconds(20);

  private final Vertx vertx = Vertx.vertx();
  private final FakeEvents events = new FakeEvents();
  private final FakeClock clock = new FakeClock();
  private final Workers workers = new Workers(Workers.Limits.DEFAULT);
  private final MetricsRegistry metrics = new MetricsRegistry();
  private final StoreRegistry stores =
      new StoreRegistry(vertx, workers, new TaskRegistry(events, clock), metrics, events, clock);
  private final StateFile state = openState();
  private final Leases leases = new Leases(state, clock);
  private final VolumeRegistry registry =
      new VolumeRegistry(vertx, stores, leases, workers, events, clock);
  private final MemoryVolumeStore memory = new MemoryVolumeStore();
  private final TestUser writer = new TestUser("module nbd");
  private final TestUser reader = new TestUser("module backup");

  private static StateFile openState() {
    try {
      return StateFile.open(Files.createTempDirectory("registry-"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @BeforeEach
  void openStore() throws Exception {
    open("memory", memory);
    await(registry.create("demo", "memory", SIZE));
  }

  @AfterEach
  void close() throws Exception {
    await(vertx.close());
    workers.close();
    metrics.close();
    state.close();
  }

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
  void retiringMovesEveryUserToTheSuccessorForGood() throws Exception {
    await(registry.open("demo", Access.WRITE, writer));
    await(registry.open("demo", Access.READ, reader));
    await(registry.freeze("demo", LONG));
    MemoryVolume successor = MemoryVolume.named("successor", SIZE);

    await(registry.retire("demo", successor, WaitsOn.NETWORK, LONG));

    await(write(writer.successor.orElseThrow()));
    assertThat(successor.content()[0]).isEqualTo((byte) 7);
    assertThat(refusal(write(reader.successor.orElseThrow())))
        .isInstanceOf(GatewayError.Denied.class);
    assertThat(events.await(VolumeRetired.class).subject()).isEqualTo("demo");
    assertThat(refusal(registry.open("demo", Access.READ, reader)))
        .isInstanceOf(GatewayError.Conflict.class);
    assertThat(status().condition()).isEqualTo(Condition.RETIRED);
    await(writer.successor.orElseThrow().close());
    await(reader.successor.orElseThrow().close());
    assertThat(refusal(stores.close("nobody"))).isInstanceOf(GatewayError.NotFound.class);
    await(stores.close("memory"));
  }

  @Test
  void aRetirementThatTheWriterRefusesLeavesTheVolumeAsItWas() throws Exception {
    OpenVolume open = await(registry.open("demo", Access.WRITE, writer));
    writer.retired = Future.failedFuture(new IllegalStateException("a bug"));
    MemoryVolume successor = MemoryVolume.named("successor", SIZE);

    assertThat(failure(registry.retire("demo", successor, WaitsOn.NETWORK, LONG)))
        .hasMessageContaining("a bug");

    assertThat(status().condition()).isEqualTo(Condition.SERVING);
    await(write(open));
    assertThat(successor.sizeBytes()).isEqualTo(SIZE);
  }

  @Test
  void aRetiredVolumeIsOpenedAgainOnceItsStoreIs() throws Exception {
    await(registry.retire("demo", MemoryVolume.named("next", SIZE), WaitsOn.NETWORK, LONG));
    await(stores.close("memory"));
    open("memory", memory);

    await(registry.open("demo", Access.WRITE, writer));

    assertThat(status().condition()).isEqualTo(Condition.SERVING);
  }

  @Test
  void aUserThatAnswersWithAnErrorLeavesTheVolumeServing() throws Exception {
    await(registry.open("demo", Access.WRITE, new Broken()));
    MemoryVolume successor = MemoryVolume.named("successor", SIZE);

    assertThat(failure(registry.freeze("demo", LONG))).isInstanceOf(LinkageError.class);
    assertThat(status().condition()).isEqualTo(Condition.SERVING);
    assertThat(failure(registry.retire("demo", successor, WaitsOn.NETWORK, LONG)))
        .isInstanceOf(LinkageError.class);
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

    await(registry.thawAll());

    await(stores.close("memory"));
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

  private void open(String name, MemoryVolumeStore store) throws Exception {
    await(stores.open(name, store, Block.empty("stores." + name, new Mark("test.yaml", 1))));
  }

  private VolumeStatus status() throws Exception {
    return await(registry.status("demo"));
  }

  private void fail(Call call) {
    memory
        .volume("demo")
        .faults()
        .failAll(call, () -> new GatewayError.Damaged("the disk is gone"));
  }

  private static Future<Integer> write(OpenVolume open) {
    return open.run(() -> {
      open.volume().write(0, ByteBuffer.wrap(new byte[] {7}));
      return 1;
    });
  }

  private static GatewayError refusal(Future<?> future) throws Exception {
    return (GatewayError) failure(future);
  }

  private static Throwable failure(Future<?> future) throws Exception {
    try {
      await(future);
    } catch (ExecutionException e) {
      return Objects.requireNonNull(e.getCause());
    }
    throw new AssertionError("it succeeded");
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
