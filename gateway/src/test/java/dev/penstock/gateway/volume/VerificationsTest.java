package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.LONG;
import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.task.TaskStatus;
import dev.penstock.gateway.volume.Snapshots.Verified;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.Finding;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // made before each test
class VerificationsTest {
  @TempDir Path folder;

  private SnapshotsFixture gateway;
  private Snapshots snapshots;

  @BeforeEach
  void make() throws Exception {
    gateway = new SnapshotsFixture(folder);
    snapshots = gateway.snapshots;
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  @Test
  void aLookFindsWhatItFindsAndSaysHowFarItIs() throws Exception {
    gateway.store.verification =
        progress -> {
          progress.reached(50, 100);
          progress.found(UnreliableStore.leak("layers/7.data is nobody's"));
          progress.reached(100, 100);
        };

    UUID task = await(snapshots.verify("demo"));
    Verified last = ended("demo");

    assertThat(last.task()).isEqualTo(task);
    assertThat(last.complete()).isTrue();
    assertThat(last.damaged()).isFalse();
    assertThat(last.findings())
        .extracting(Finding::what)
        .containsExactly("layers/7.data is nobody's");
    assertThat(task(task).unitsTotal()).isEqualTo(100);
    assertThat(task(task).state()).isEqualTo(TaskStatus.State.SUCCEEDED);
  }

  @Test
  void damageFailsTheTaskAndIsNamed() throws Exception {
    gateway.store.verification =
        progress -> progress.found(new Finding(Finding.Weight.DAMAGE, "page 3 of layers/7.map"));

    UUID task = await(snapshots.verify("demo"));

    assertThat(ended("demo").damaged()).isTrue();
    assertThat(task(task).state()).isEqualTo(TaskStatus.State.FAILED);
    assertThat(task(task).outcome()).contains("page 3 of layers/7.map");
  }

  @Test
  void aLookLeavesOffWhenItIsCancelledAndOnlyOneLooksAtATime() throws Exception {
    var looking = new CountDownLatch(1);
    gateway.store.verification =
        progress -> {
          for (long i = 0; ; i++) {
            progress.reached(i, Long.MAX_VALUE);
            looking.countDown();
          }
        };
    UUID task = await(snapshots.verify("demo"));
    looking.await();
    assertThat(refusal(snapshots.verify("demo"))).isInstanceOf(GatewayError.Conflict.class);

    gateway.tasks.cancel(task);

    assertThat(ended("demo").complete()).isFalse();
    assertThat(task(task).state()).isEqualTo(TaskStatus.State.CANCELLED);
    assertThat(refusal(snapshots.verified("other"))).isInstanceOf(GatewayError.NotFound.class);
  }

  /** It would keep the store from closing for as long as it takes. */
  @Test
  void aLookLeavesOffWhenItsStoreCloses() throws Exception {
    var looking = new CountDownLatch(1);
    gateway.store.verification =
        progress -> {
          for (long i = 0; ; i++) {
            progress.reached(i, Long.MAX_VALUE);
            looking.countDown();
          }
        };
    UUID task = await(snapshots.verify("demo"));
    looking.await();

    await(gateway.stores.close("memory"));

    Awaitility.await().atMost(LONG).until(() -> task(task).ended().isPresent());
    assertThat(task(task).state()).isEqualTo(TaskStatus.State.FAILED);
    assertThat(task(task).outcome())
        .contains("the look at volume demo was broken off: store memory is closing");
  }

  @Test
  void aRepairIsATaskThatTellsWhatItDid() throws Exception {
    await(snapshots.repair("demo", true));
    Awaitility.await()
        .atMost(LONG)
        .until(() -> await(snapshots.repaired("demo")).ended().isPresent());

    Verified last = await(snapshots.repaired("demo"));
    assertThat(last.complete()).isTrue();
    assertThat(last.findings()).extracting(Finding::what).containsExactly("demo is repaired");
    assertThat(task(last.task()).name()).isEqualTo("repair demo");
    assertThat(refusal(snapshots.verified("demo"))).isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void volumesInUseAreNotRepaired() throws Exception {
    await(gateway.registry.of("module nbd").open("demo", Access.WRITE, new TestUser("module nbd")));

    assertThat(refusal(snapshots.repair("demo", true)))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("cannot be repaired: it is used by module nbd");
  }

  private Verified ended(String volume) throws Exception {
    Awaitility.await()
        .atMost(LONG)
        .until(() -> await(snapshots.verified(volume)).ended().isPresent());
    return await(snapshots.verified(volume));
  }

  private TaskStatus task(UUID guid) {
    return gateway.tasks.find(guid).orElseThrow();
  }
}
