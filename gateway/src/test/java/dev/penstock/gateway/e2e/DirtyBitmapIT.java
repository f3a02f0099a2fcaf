package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.testing.Peer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What was changed since a snapshot, as this gateway and qemu say it of the same changes; and a
 * backup that reads nothing else.
 */
@Tag("peer")
@Timeout(180)
class DirtyBitmapIT {
  /** Ends inside a grain, and inside a block of the bitmap. */
  private static final int SIZE = (24 << 20) + 3 * 512;

  private static final int GRAIN_BYTES = 4096;
  private static final int STEPS = 60;

  /** So much that a script does not come to all of it. */
  private static final int CLEARED_BYTES = 4 << 20;

  private static final int CLEARED = 8 << 20;

  private static final long SEED = Long.getLong("script", 20_261_127);

  private static final String CONFIG =
      """
      stores: { disk: { kind: files, path: volumes } }
      volumes: { demo: { store: disk, size: %d } }
      modules: { nbd: { listen: "unix:nbd.sock", exports: { demo: { volume: demo, snapshots: true } } } }
      """
          .formatted(SIZE);

  private record Change(long offset, long lengthBytes) {}

  @TempDir Path folder = Path.of("");
  private PackagedGateway gateway = PackagedGateway.unstarted();

  @BeforeEach
  void startGateway() {
    Peer.require("qemu-storage-daemon", "qemu-img", "nbdinfo", "nbdcopy");
    gateway = PackagedGateway.serving(folder, CONFIG).start();
  }

  @AfterEach
  void stopGateway() {
    gateway.close();
  }

  @Test
  void diffMarksWhatTheDirtyBitmapOfQemuMarks() throws Exception {
    try (QemuBitmap qemu = bothBeginAs(random())) {
      bothChange(qemu);
      snapshot("new");

      List<Change> diff = diff("demo@old", "demo@new");

      assertThat(units(diff, QemuBitmap.BLOCK_BYTES)).isEqualTo(qemu.dirtyBlocks());
      assertThat(
              Peer.run("qemu-img", "compare", "-f", "raw", "-F", "raw", qemu.uri(), nbd("new"))
                  .out())
          .contains("Images are identical");
      assertThat(changedSinceOld("demo@new")).isEqualTo(units(diff, GRAIN_BYTES));
      assertThat(changedSinceOld("demo")).isEqualTo(units(diff, GRAIN_BYTES));
      assertBackupIsComplete(diff);
    }
  }

  /**
   * To clear what is zero is no change here, and qemu marks it all the same. So its bitmap may have
   * more, never less, and what it has more reads as it did.
   */
  @Test
  void whatIsClearedAndWasZeroAlreadyIsNoChange() throws Exception {
    Path content = random();
    Peer.run("nbdcopy", "--flush", content, gateway.nbd("demo"));
    snapshot("base");
    try (NbdClient client = gateway.connect("demo")) {
      clear(client);
    }
    Peer.run("nbdcopy", gateway.nbd("demo"), content);
    snapshot("old");
    try (QemuBitmap qemu = QemuBitmap.ofNow(folder, content)) {
      try (NbdClient mine = gateway.connect("demo");
          NbdClient other = qemu.connect()) {
        clear(mine);
        clear(other);
      }
      bothChange(qemu);
      snapshot("new");

      List<Change> diff = diff("demo@old", "demo@new");

      BitSet mine = units(diff, QemuBitmap.BLOCK_BYTES);
      BitSet both = qemu.dirtyBlocks();
      assertThat(both.cardinality()).isGreaterThan(mine.cardinality());
      both.and(mine);
      assertThat(both).isEqualTo(mine);
      assertThat(changedSinceOld("demo@new")).isEqualTo(units(diff, GRAIN_BYTES));
      assertBackupIsComplete(diff);
    }
  }

  /** Layers between the two are added up, and make no difference once they are merged. */
  @Test
  void snapshotsBetweenTheTwoMakeNoDifference() throws Exception {
    try (QemuBitmap qemu = bothBeginAs(random())) {
      try (NbdClient mine = gateway.connect("demo");
          NbdClient other = qemu.connect()) {
        var script = new ChangeScript(SEED, SIZE, List.of(mine, other));
        for (String snapshot : List.of("one", "two", "new")) {
          script.run(STEPS / 3);
          snapshot(snapshot);
        }
      }
      List<Change> diff = diff("demo@old", "demo@new");
      assertThat(units(diff, QemuBitmap.BLOCK_BYTES)).isEqualTo(qemu.dirtyBlocks());

      run("snapshot", "destroy", "--yes", "demo@one", "demo@two");

      assertThat(units(diff("demo@old", "demo@new"), GRAIN_BYTES))
          .isEqualTo(units(diff, GRAIN_BYTES));
    }
  }

  private QemuBitmap bothBeginAs(Path content) {
    Peer.run("nbdcopy", "--flush", content, gateway.nbd("demo"));
    snapshot("old");
    return QemuBitmap.ofNow(folder, content);
  }

  /** Where nothing is zero, whoever changes a grain first changes data. */
  private Path random() throws IOException {
    byte[] bytes = new byte[SIZE];
    new Random(SEED).nextBytes(bytes);
    return Files.write(folder.resolve("content"), bytes);
  }

  private static void clear(NbdClient client) throws IOException {
    assertThat(client.ask(NbdClient.TRIM, CLEARED, CLEARED_BYTES)).isZero();
  }

  private void bothChange(QemuBitmap qemu) throws IOException {
    try (NbdClient mine = gateway.connect("demo");
        NbdClient other = qemu.connect()) {
      new ChangeScript(SEED, SIZE, List.of(mine, other)).run(STEPS);
    }
  }

  private void snapshot(String name) {
    run("snapshot", "create", "demo@" + name);
  }

  private List<Change> diff(String from, String to) {
    return run("--json", "snapshot", "diff", from, to)
        .lines()
        .map(JsonObject::new)
        .map(one -> new Change(one.getLong("offset"), one.getLong("length_bytes")))
        .toList();
  }

  private String run(String... command) {
    Peer.Result result = gateway.cli(command);
    assertThat(result.exit()).as(result.text()).isZero();
    return result.out();
  }

  private static BitSet units(List<Change> changes, int unitBytes) {
    var units = new BitSet();
    for (Change change : changes)
      NbdMap.mark(units, change.offset(), change.lengthBytes(), unitBytes);
    assertThat(units.cardinality()).as("some, and not all").isBetween(10, SIZE / unitBytes * 3 / 4);
    return units;
  }

  private BitSet changedSinceOld(String export) {
    return NbdMap.of(gateway.nbd(export), "penstock:changed-since:old").marked(GRAIN_BYTES);
  }

  private String nbd(String snapshot) {
    return gateway.nbd("demo@" + snapshot);
  }

  /** A copy of the older snapshot becomes the newer one by what is said to have changed alone. */
  private void assertBackupIsComplete(List<Change> diff) throws IOException {
    Path backup = folder.resolve("backup");
    Path whole = folder.resolve("whole");
    Peer.run("nbdcopy", nbd("old"), backup);
    Peer.run("nbdcopy", nbd("new"), whole);
    assertThat(Files.mismatch(backup, whole)).as("something has changed").isNotEqualTo(-1L);
    try (NbdClient client = gateway.connect("demo@new");
        var file = new RandomAccessFile(backup.toFile(), "rw")) {
      for (Change change : diff) {
        file.seek(change.offset());
        file.write(client.read(change.offset(), Math.toIntExact(change.lengthBytes())));
      }
    }
    Peer.run("cmp", backup, whole);
  }
}
