package dev.penstock.spi.testing;

import static dev.penstock.spi.testing.Settled.done;
import static dev.penstock.spi.testing.Settled.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Snapshots by name, as the host opens them. */
class FakeVolumesTest {
  private final FakeVolumes volumes = new FakeVolumes();
  private final MemoryVolume demo = volumes.add("demo", 8192);

  @AfterEach
  void closeVolumes() {
    volumes.close();
  }

  @Test
  void snapshotsOpenByNameShowWhatWasAndAreNeverWritten() {
    demo.write(0, ByteBuffer.wrap(new byte[] {1}));
    SnapshotInfo monday = volumes.snapshotStore().create("demo", "monday");
    demo.write(0, ByteBuffer.wrap(new byte[] {2}));

    OpenVolume opened = done(volumes.open("demo@monday", Access.READ, new Nobody()));

    ByteBuffer first = ByteBuffer.allocate(1);
    opened.volume().read(0, first);
    assertThat(first.get(0)).isEqualTo((byte) 1);
    assertThat(done(volumes.snapshots("demo"))).containsExactly(monday);
    assertThat(failure(volumes.open("demo@monday", Access.WRITE, new Nobody())))
        .isInstanceOf(GatewayError.Denied.class);
    assertThat(failure(volumes.open("demo@friday", Access.READ, new Nobody())))
        .isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void snapshotsStayForAsLongAsTheyAreOpen() {
    SnapshotInfo monday = volumes.snapshotStore().create("demo", "monday");
    OpenVolume opened = done(volumes.open("demo@monday", Access.READ, new Nobody()));

    assertThat(destroy(monday)).containsInstanceOf(GatewayError.Conflict.class);
    done(opened.close());

    assertThat(destroy(monday)).isEmpty();
  }

  private Optional<GatewayError> destroy(SnapshotInfo snapshot) {
    return volumes
        .snapshotStore()
        .destroy("demo", List.of(snapshot.guid()))
        .getOrDefault(snapshot.guid(), Optional.empty());
  }

  private record Nobody() implements VolumeUser {
    @Override
    public String name() {
      return "nobody";
    }

    @Override
    public Future<Void> freeze(Duration limit) {
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> thaw() {
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> retire(OpenVolume successor, Duration limit) {
      return successor.close();
    }
  }
}
