package dev.penstock.p2p.annex;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.disk.LinuxDisk;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file system of 4 MiB. */
@Tag("peer")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class FullDiskTest {
  @TempDir Path folder;
  private final Vertx vertx = Vertx.vertx();
  private boolean isMounted;

  @BeforeEach
  void mount() {
    if (!System.getProperty("user.name").equals("root"))
      Peer.unavailable("only root mounts file systems: run the tests as root");
    Peer.Result mounted = Peer.call("mount", "-t", "tmpfs", "-o", "size=4m", "none", folder);
    if (mounted.exit() != 0) Peer.unavailable("a tmpfs cannot be mounted: " + mounted.text());
    isMounted = true;
  }

  @AfterEach
  void unmount() {
    Settled.settled(vertx.close());
    if (isMounted) Peer.run("umount", folder);
  }

  @Test
  void whatHasNoRoomIsThrownAwayAndWhatHasIsStored() throws Exception {
    var childless =
        FakeKeyStoreContext.of("data", TestSettings.block("data", Map.of()), vertx).children();
    KeyStore store =
        AnnexFixture.open(
            new LinuxDisk(),
            AnnexFixture.context(AnnexFixture.bare(folder), vertx, childless, new FakeClock()));
    StoreUser user = new StoreUser(store, vertx);
    byte[] large = new byte[8 << 20];
    byte[] small = new byte[3 << 20];

    assertThat(Settled.failure(user.putting(Key.parse("WORM-s8388608--large"), large)))
        .isInstanceOf(GatewayError.NoSpace.class);

    assertThat(user.put(Key.parse("WORM-s3145728--small"), small)).isTrue();
    assertThat(user.get(Key.parse("WORM-s3145728--small"))).isEqualTo(small);
    Settled.done(store.close());
    assertThat(AnnexFixture.files(folder.resolve("annex/tmp"))).isEmpty();
  }
}
