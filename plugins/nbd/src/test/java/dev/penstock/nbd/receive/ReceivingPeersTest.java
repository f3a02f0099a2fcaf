package dev.penstock.nbd.receive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.testing.Peer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real clients in the place of a source. */
@Tag("peer")
@Timeout(120)
class ReceivingPeersTest {
  private static final int SIZE_BYTES = (9 << 20) + 512;

  @TempDir Path dir;
  private final ReceivingHost there = ReceivingHost.of(SIZE_BYTES);
  private Path image;
  private byte[] bytes;

  @BeforeEach
  void begin() throws Exception {
    bytes = new byte[SIZE_BYTES];
    new Random(8).nextBytes(bytes);
    java.util.Arrays.fill(bytes, 2 << 20, 5 << 20, (byte) 0);
    image = Files.write(dir.resolve("image"), bytes);
  }

  @AfterEach
  void stop() {
    there.close();
  }

  private String uri() {
    return "nbd://127.0.0.1:" + there.port;
  }

  private void hasCome() {
    await()
        .untilAsserted(
            () -> assertThat(there.record().phase()).isInstanceOf(Ownership.Owner.class));
    assertThat(there.volume().afterPowerCut()).isEqualTo(bytes);
  }

  @Test
  void nbdcopyMovesAVolume() {
    Peer.run("nbdcopy", "--flush", image, uri());
    hasCome();
  }

  @Test
  void qemuImgMovesAVolume() {
    Peer.run("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", image, uri());
    hasCome();
  }

  /** E1. */
  @Test
  void nbdinfoCompletesNothing() {
    assertThat(Peer.run("nbdinfo", uri()).out()).contains("export-size: " + SIZE_BYTES);
    there.awaitState("expected");
    assertThat(there.record().phase()).isInstanceOf(Ownership.Receiving.class);
  }
}
