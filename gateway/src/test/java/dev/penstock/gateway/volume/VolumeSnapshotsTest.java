package dev.penstock.gateway.volume;

import static dev.penstock.gateway.volume.SnapshotsFixture.await;
import static dev.penstock.gateway.volume.SnapshotsFixture.meant;
import static dev.penstock.gateway.volume.SnapshotsFixture.read;
import static dev.penstock.gateway.volume.SnapshotsFixture.refusal;
import static dev.penstock.gateway.volume.SnapshotsFixture.write;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.GatewayEvent.VolumeCloned;
import dev.penstock.spi.bus.GatewayEvent.VolumeRolledBack;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.OpenVolume;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is made of snapshots. */
@SuppressWarnings("NullAway.Init") // made before each test
class VolumeSnapshotsTest {
  @TempDir Path folder;

  private final TestUser writer = new TestUser("module nbd");
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
  void aCloneBeginsAsTheSnapshotAndGoesItsOwnWay() throws Exception {
    OpenVolume demo = await(registry.open("demo", Access.WRITE, writer));
    await(write(demo, 7));
    gateway.take("demo@monday");

    await(snapshots.clone(meant("demo@monday"), "copy"));

    OpenVolume copy = await(registry.open("copy", Access.WRITE, writer));
    assertThat(read(copy)).isEqualTo(7);
    await(write(copy, 9));
    assertThat(read(demo)).isEqualTo(7);
    assertThat(gateway.events.await(VolumeCloned.class).from()).isEqualTo("demo@monday");
    assertThat(refusal(snapshots.clone(meant("demo@monday"), "copy")))
        .isInstanceOf(GatewayError.Conflict.class);
    assertThat(refusal(snapshots.clone(meant("demo@monday"), "a/b")))
        .isInstanceOf(GatewayError.Invalid.class);
  }

  @Test
  void aVolumeIsRolledBackOnlyWhileNobodyHasIt() throws Exception {
    OpenVolume demo = await(registry.open("demo", Access.WRITE, writer));
    await(write(demo, 7));
    gateway.take("demo@monday");
    await(write(demo, 8));
    assertThat(refusal(snapshots.rollback(meant("demo@monday"))))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessage("volume demo cannot be rolled back: it is used by module nbd (writes)");
    await(demo.close());

    await(snapshots.rollback(meant("demo@monday")));

    assertThat(read(await(registry.open("demo", Access.READ, writer)))).isEqualTo(7);
    assertThat(gateway.events.await(VolumeRolledBack.class).to()).isEqualTo("demo@monday");
  }

  @Test
  void aDifferenceComesInPartsThatFollowEachOther() throws Exception {
    OpenVolume demo = await(registry.open("demo", Access.WRITE, writer));
    gateway.take("demo@a");
    for (long offset : new long[] {0, 16384, 65536})
      await(
          demo.run(() -> {
            demo.volume().write(offset, ByteBuffer.wrap(new byte[] {1}));
            return 1;
          }));
    gateway.take("demo@b");

    List<Extent> all = new ArrayList<>();
    OptionalLong next = OptionalLong.of(0);
    int parts = 0;
    while (next.isPresent()) {
      var page =
          await(snapshots.diff(Optional.of(meant("demo@a")), meant("demo@b"), next.getAsLong(), 2));
      assertThat(page.extents()).hasSizeLessThanOrEqualTo(2);
      all.addAll(page.extents());
      next = page.next();
      parts++;
    }

    assertThat(parts).isEqualTo(2);
    assertThat(all).extracting(Extent::offset).containsExactly(0L, 16384L, 65536L);
    assertThat(gateway.leases.list()).isEmpty();
    assertThat(refusal(snapshots.diff(Optional.of(meant("other@a")), meant("demo@b"), 0, 2)))
        .isInstanceOf(GatewayError.Invalid.class);
  }

  @Test
  void anchorsAreReplicationsToPutAndAnybodysToRelease() throws Exception {
    gateway.take("demo@monday");
    assertThat(refusal(snapshots.hold(meant("demo@monday"), "anchor.offsite")))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining("can be released");
    await(snapshots.hold(meant("demo@monday"), "anchored"));
    await(snapshots.release(meant("demo@monday"), "anchor.offsite"));
  }

  @Test
  void spaceIsToldOfEach() throws Exception {
    gateway.take("demo@monday");
    assertThat(await(snapshots.space("demo")))
        .extracting(one -> one.name().toString())
        .containsExactly("demo@monday");
  }
}
