package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Somebody cuts a served volume's file short: that is told, and nothing is made up. */
@Timeout(60)
class TruncatedFileIT {
  private static final int EIO = 5;
  private static final int MIB = 1 << 20;

  private static final String BLOCKS =
      """
      stores: { disk: { kind: files, path: volumes } }
      volumes: { cut: { store: disk, size: 32MiB }, demo: { store: disk, size: 8MiB } }
      modules:
        nbd:
          listen: "unix:nbd.sock"
          exports: { cut: { volume: cut }, demo: { volume: demo } }
      """;

  @TempDir Path folder = Path.of("");

  @Test
  void readsOfWhatWasCutOffFailAndEverybodyElseGoesOn() throws Exception {
    byte[] bytes = new byte[MIB];
    Arrays.fill(bytes, (byte) 7);
    try (PackagedGateway gateway = PackagedGateway.serving(folder, BLOCKS).start();
        NbdClient cut = gateway.connect("cut");
        NbdClient demo = gateway.connect("demo")) {
      for (long at = 0; at < 32; at++) assertThat(cut.write(at * MIB, bytes, 0)).isZero();
      assertThat(cut.flush()).isZero();
      assertThat(cut.read(20L * MIB, 4096)).hasSize(4096);

      truncate(gateway.file("volumes"), 16L * MIB);

      for (int length : new int[] {512, 4096, 128 << 10, MIB, 8 * MIB})
        assertThat(cut.ask(NbdClient.READ, 20L * MIB, length))
            .as("%d bytes", length)
            .isEqualTo(EIO);
      assertThat(cut.ask(NbdClient.READ, 16L * MIB - 512, 1024)).as("across").isEqualTo(EIO);
      assertThat(cut.ask(NbdClient.READ, 0, MIB))
          .as("what is left: nobody can vouch for it until the volume was looked at")
          .isEqualTo(EIO);
      assertThat(demo.write(0, bytes, NbdClient.FUA)).as("somebody else").isZero();
      assertThat(gateway.stop()).isZero();
    }
  }

  private static void truncate(Path store, long sizeBytes) throws Exception {
    try (Stream<Path> files = Files.walk(store)) {
      Path data =
          files // the larger volume's
              .filter(Files::isRegularFile)
              .max(Comparator.comparingLong(file -> file.toFile().length()))
              .orElseThrow();
      try (FileChannel file = FileChannel.open(data, StandardOpenOption.WRITE)) {
        assertThat(file.size()).isGreaterThanOrEqualTo(32L * MIB);
        file.truncate(sizeBytes);
      }
    }
  }
}
