package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.SIZE;
import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.volume.Snapshots.Shown;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.volume.Access;
import io.vertx.core.Future;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // made before each test
class ListingTest {
  @TempDir Path folder;

  private SnapshotsFixture gateway;

  @BeforeEach
  void make() throws Exception {
    gateway = new SnapshotsFixture(folder);
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  @Test
  void allSnapshotsAreListedWithWhoNeedsThem() throws Exception {
    gateway.take("demo@monday");
    gateway.take("other@monday");
    var user = new TestUser("module nbd");
    await(gateway.registry.of("module nbd").open("demo@monday", Access.READ, user));

    assertThat(await(gateway.snapshots.listAll()))
        .extracting(one -> one.name() + " " + one.users() + " " + one.leases())
        .containsExactly(
            "demo@monday [module nbd] Optional[module nbd (read)]",
            "other@monday [] Optional.empty");
  }

  @Test
  void aListOfAllAsksForFewVolumesAtATimeAndKeepsTheirOrder() throws Exception {
    List<String> expected = new ArrayList<>(List.of("demo@monday", "other@monday"));
    for (int i = 0; i < 8; i++) {
      await(gateway.registry.create("v" + i, "memory", SIZE));
      expected.add("v" + i + "@monday");
    }
    for (String name : expected) gateway.take(name);
    var asked = new AtomicInteger();
    var goOn = new CountDownLatch(1);
    var full = new CountDownLatch(Listing.ASKED_AT_ONCE);
    gateway.store.beforeList =
        _ -> {
          asked.incrementAndGet();
          full.countDown();
          UnreliableStore.waitFor(goOn);
        };

    Future<List<Shown>> all = gateway.snapshots.listAll();
    full.await();
    await(gateway.stores.require("memory").onOpen(() -> 1)); // a call behind those that wait
    assertThat(asked).hasValue(Listing.ASKED_AT_ONCE);
    goOn.countDown();

    assertThat(await(all))
        .extracting(one -> one.name().toString())
        .containsExactlyElementsOf(expected);
    assertThat(asked).hasValue(expected.size());
  }

  @Test
  void aVolumeThatDoesNotAnswerIsLeftOut() throws Exception {
    gateway.take("demo@monday");
    gateway.take("other@monday");
    gateway.store.beforeList =
        volume -> {
          if (volume.equals("demo"))
            throw new GatewayError.Failed(Scope.RESOURCE, "the disk is gone");
        };

    assertThat(await(gateway.snapshots.listAll()))
        .extracting(one -> one.name().toString())
        .containsExactly("other@monday");
  }

  @Test
  void whereThereAreNoVolumesThereAreNoSnapshots() throws Exception {
    await(gateway.registry.remove("demo"));
    await(gateway.registry.remove("other"));
    assertThat(await(gateway.snapshots.listAll())).isEmpty();
  }
}
