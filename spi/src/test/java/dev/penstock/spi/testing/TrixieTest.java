package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The chroot's programs can be servers as well as clients, for tests on either side. */
@Tag("peer")
class TrixieTest {
  private static final String NEGOTIATED =
      """
      import sys, nbd
      h = nbd.NBD()
      h.connect_uri(sys.argv[1])
      print(h.get_extended_headers_negotiated())
      """;

  @Test
  void aServerInTheChrootIsReachedFromItAndFromHere() throws Exception {
    try (var folder = Trixie.folder()) {
      Files.write(folder.file("image"), new byte[1 << 20]);
      try (var server = Peer.start(qemuNbd(folder))) {
        Awaitility.await()
            .atMost(Duration.ofSeconds(20))
            .failFast("qemu-nbd ended", () -> !server.isAlive())
            .until(() -> Files.exists(folder.file("nbd.sock")));

        String inside = "nbd+unix:///?socket=" + folder.inside("nbd.sock");
        assertThat(Trixie.python(NEGOTIATED, inside).out()).contains("True");
        String outside = "nbd+unix:///?socket=" + folder.file("nbd.sock");
        assertThat(Peer.run("nbdinfo", "--size", outside).out().strip()).isEqualTo("1048576");
      }
    }
  }

  private static Object[] qemuNbd(Trixie.Folder folder) {
    return Trixie.command(
        "qemu-nbd",
        "--persistent",
        "--shared=0",
        "--format=raw",
        "--socket=" + folder.inside("nbd.sock"),
        folder.inside("image"));
  }
}
