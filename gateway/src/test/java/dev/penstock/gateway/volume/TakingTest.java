package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.LONG;
import static dev.penstock.gateway.volume.SnapshotsFixture.SIZE;
import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.name;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.config.HookConfig;
import dev.penstock.gateway.volume.Snapshots.Taken;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.GatewayEvent.SnapshotCreated;
import dev.penstock.spi.volume.Access;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Before and around a snapshot: what is refused, turns and hooks. */
@SuppressWarnings("NullAway.Init") // made before each test
class TakingTest {
  @TempDir Path folder;

  private SnapshotsFixture gateway;
  private VolumeRegistry registry;
  private Snapshots snapshots;

  @BeforeEach
  void make() throws Exception {
    gateway = new SnapshotsFixture(folder);
    registry = gateway.registry;
    snapshots = gateway.snapshots;
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  @Test
  void aSnapshotIsTakenOfAVolumeThatNobodyUses() throws Exception {
    var monday = gateway.take("demo@monday");

    assertThat(monday.name()).hasToString("demo@monday");
    assertThat(gateway.names("demo")).containsExactly("monday");
    assertThat(gateway.events.await(SnapshotCreated.class).guid()).isEqualTo(monday.info().guid());
    assertThat(gateway.shown.timed("snapshot", "result", "taken")).isEqualTo(1);
  }

  @Test
  void whatCannotBeIsRefusedBeforeAHookIsRun() throws Exception {
    Path ran = folder.resolve("ran");
    gateway.hooks.add(
        new HookConfig("a", List.of("/usr/bin/touch", ran.toString()), List.of(), LONG, true));
    gateway.take("demo@monday");
    Files.delete(ran);

    assertThat(refusal(gateway.create("demo@monday"))).isInstanceOf(GatewayError.Conflict.class);
    assertThat(refusal(gateway.create("none@monday"))).isInstanceOf(GatewayError.NotFound.class);
    assertThat(refusal(gateway.create("demo@a", "demo@b")))
        .isInstanceOf(GatewayError.Invalid.class);
    assertThat(refusal(gateway.create())).isInstanceOf(GatewayError.Invalid.class);
    assertThat(ran).doesNotExist();
  }

  @Test
  void whatWaitsTooLongForItsTurnIsGivenUpAndItsHooksAreEnded() throws Exception {
    var slow = new CountDownLatch(1);
    gateway.store.slow.put("demo", slow);
    Duration brief = Duration.ofMillis(300);
    refusal(snapshots.create(List.of(name("demo@monday")), brief)); // its turn goes on
    Path ran = folder.resolve("ran");
    List<String> command = List.of("/bin/sh", "-c", "echo $PENSTOCK_HOOK >>" + ran);
    gateway.hooks.add(new HookConfig("a", command, List.of(), LONG, true));

    assertThat(refusal(snapshots.create(List.of(name("demo@tuesday")), brief)))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("waiting for demo took longer than 300 ms");
    assertThat(Files.readAllLines(ran)).containsExactly("pre", "post");

    slow.countDown();
    gateway.store.slow.clear();
    gateway.take("demo@wednesday"); // in the turn after
    assertThat(gateway.names("demo")).containsExactly("wednesday");
  }

  @Test
  void ofAGroupNoneIsTakenIfAHookHangsAndThoseBeforeItAreRunAfter() throws Exception {
    Path ran = folder.resolve("ran");
    List<String> notes = List.of("/bin/sh", "-c", "echo $PENSTOCK_HOOK >>" + ran);
    gateway.hooks.add(new HookConfig("a", notes, List.of(), LONG, true));
    gateway.hooks.add(
        new HookConfig(
            "b", List.of("/bin/sleep", "1000"), List.of("other"), Duration.ofMillis(300), true));
    var writer = new TestUser("module nbd");
    await(registry.open("demo", Access.WRITE, writer));

    assertThat(refusal(gateway.create("demo@monday", "other@monday")))
        .hasMessageContaining("hook b (pre)")
        .hasMessageContaining("300 ms");

    assertThat(writer.asked).isEmpty();
    assertThat(gateway.names("demo")).isEmpty();
    assertThat(gateway.names("other")).isEmpty();
    assertThat(Files.readAllLines(ran)).containsExactly("pre", "post");
  }

  @Test
  void aGroupStaysTakenIfAHookFailsAfterItAndThatIsSaid() throws Exception {
    List<String> command = List.of("/bin/sh", "-c", "test $PENSTOCK_HOOK = pre");
    gateway.hooks.add(new HookConfig("a", command, List.of(), LONG, true));

    Taken taken = await(gateway.create("demo@monday", "other@monday"));

    assertThat(taken.warnings()).singleElement().asString().contains("hook a (post) ended with 1");
    assertThat(gateway.names("demo")).containsExactly("monday");
    assertThat(gateway.names("other")).containsExactly("monday");
  }

  @Test
  void aHookThatFailsBeforeLeavesEverythingAsItWas() throws Exception {
    gateway.hooks.add(new HookConfig("a", List.of("/bin/false"), List.of(), LONG, true));
    assertThat(refusal(gateway.create("demo@monday")))
        .hasMessageContaining("hook a (pre) ended with 1");
    assertThat(gateway.names("demo")).isEmpty();
  }

  @Test
  void aStoreWithoutSnapshotsSaysSoByName() throws Exception {
    gateway.open("plain", UnreliableStore.withoutSnapshots());
    await(registry.create("flat", "plain", SIZE));

    assertThat(refusal(gateway.create("flat@monday")))
        .isInstanceOf(GatewayError.Unsupported.class)
        .hasMessage("volume flat is in store plain, which has no snapshots");
    assertThat(gateway.names("flat")).isEmpty();
    await(registry.remove("flat"));
  }
}
