package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway in front of a real nbdkit: the one in the middle hides what happens behind it. */
@Tag("peer")
@Timeout(180)
class UpstreamIT {
  private static final int SIZE_BYTES = 64 << 20;
  private static final int KILLS = 3;
  private static final Pattern WRITTEN =
      Pattern.compile("penstock_upstream_bytes_total\\{[^}]*written[^}]*} (\\S+)");

  private static final String CONFIG =
      """
      stores:
        far: { kind: upstream, volumes: { disk: { uri: "nbd+unix:///?socket=far.sock", connections: 4 } } }
      modules: { nbd: { listen: "unix:nbd.sock", exports: { disk: { volume: disk } } } }
      """;

  @TempDir Path folder = Path.of("");

  @Test
  void anExportWaitsForItsServerAndItsClientsSeeNothingOfItsRestarts() throws Exception {
    Peer.require("nbdkit", "fio", "nbdcopy");
    Path disk = folder.resolve("far.raw");
    try (RandomAccessFile file = new RandomAccessFile(disk.toFile(), "rw")) {
      file.setLength(SIZE_BYTES);
    }
    try (PackagedGateway gateway = PackagedGateway.serving(folder, CONFIG).start()) {
      gateway.await(() -> gateway.cli("export", "list").text().contains("waiting"));
      Peer.Running nbdkit = nbdkit(gateway, disk);
      try {
        gateway.await(() -> Peer.call("nbdinfo", gateway.nbd("disk")).exit() == 0);
        try (Peer.Running fio = Peer.start(fio(gateway))) {
          for (int kill = 1; kill <= KILLS; kill++) {
            double written = (double) SIZE_BYTES * kill / (KILLS + 1);
            gateway.await(() -> writtenBytes(gateway) >= written);
            nbdkit.close(); // kill -9
            Files.delete(gateway.file("far.sock"));
            nbdkit = nbdkit(gateway, disk);
          }
          Peer.Result result = fio.await(Peer.LIMIT);
          assertThat(result.exit()).as(result.text() + gateway.log()).isZero();
        }
        Path copy = folder.resolve("copy");
        Peer.run("nbdcopy", gateway.nbd("disk"), copy);
        assertThat(Files.mismatch(copy, disk)).isEqualTo(-1L);
        assertThat(gateway.log()).contains("upstream.lost", "upstream.connected");
      } finally {
        nbdkit.close();
      }
      assertThat(gateway.stop()).isZero();
    }
  }

  private static Peer.Running nbdkit(PackagedGateway gateway, Path disk) {
    Path socket = gateway.file("far.sock");
    Peer.Running nbdkit = Peer.start("nbdkit", "-f", "--unix", socket, "file", disk);
    gateway.await(() -> Files.exists(socket));
    return nbdkit;
  }

  /** Writes all of it in random order, syncs now and then, and verifies all of it. */
  private static Object[] fio(PackagedGateway gateway) {
    return new Object[] {
      "fio",
      "--name=verify",
      "--thread",
      "--ioengine=nbd",
      "--uri=" + gateway.nbd("disk"),
      "--rw=randwrite",
      "--bs=4k",
      "--iodepth=16",
      "--fsync=256",
      "--size=" + SIZE_BYTES,
      "--verify=crc32c",
      "--verify_fatal=1",
      "--verify_state_save=0"
    };
  }

  private static double writtenBytes(PackagedGateway gateway) throws IOException {
    return WRITTEN
        .matcher(gateway.admin().get("/metrics").body())
        .results()
        .mapToDouble(UpstreamIT::value)
        .sum();
  }

  private static double value(MatchResult line) {
    return Double.parseDouble(line.group(1));
  }
}
