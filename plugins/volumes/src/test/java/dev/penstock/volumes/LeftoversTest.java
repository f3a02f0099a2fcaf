package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Finding;
import dev.penstock.spi.volume.Volume;
import dev.penstock.volumes.disk.PowerCut;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import dev.penstock.volumes.manifest.Layout;
import dev.penstock.volumes.manifest.ManifestFormat;
import dev.penstock.volumes.manifest.StoreFiles;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What nobody can explain stays, until an operator names it; and can be brought back then. */
class LeftoversTest {
  private static final String MANIFEST = Layout.manifestIn(Layout.volume("lost"));

  private SimulatedDisk disk = new SimulatedDisk(Survivors.NONE, Names.STRICT);
  private byte[] manifest = {};
  private String root = "";
  private String head = "";

  /** The directory of a volume with a root and a head is lost. */
  @BeforeEach
  void loseADirectory() {
    try (Store store = CrashRun.open(disk)) {
      store.create("other", 8192);
      store.create("lost", 8192);
      try (Volume volume = store.openVolume("lost")) {
        volume.write(0, CrashModel.sectors(1, 8));
        store.snapshots().create("lost", "first");
        volume.write(4096, CrashModel.sectors(2, 8));
      }
    }
    StoreFiles files = new StoreFiles(disk);
    manifest = files.read(MANIFEST);
    var chain = ManifestFormat.decode("m", manifest).chain();
    head = chain.getFirst();
    root = chain.getLast();
    files.removeTree(Layout.volume("lost"));
    disk.syncDirectory(Layout.VOLUMES);
  }

  private static List<String> words(List<Finding> findings) {
    return findings.stream().map(Finding::what).toList();
  }

  @Test
  void layersThatNoManifestNamesAreTold() {
    try (Store store = CrashRun.open(disk)) {
      assertThat(words(store.leftovers().findings()))
          .hasSize(2)
          .anyMatch(what -> what.startsWith("layer %s takes ".formatted(head)))
          .anyMatch(what -> what.startsWith("layer %s takes 8192 bytes".formatted(root)))
          .allMatch(what -> what.contains("left alone"));
    }
  }

  @Test
  void dryRunsChangeNothing() {
    try (Store store = CrashRun.open(disk)) {
      List<String> before = disk.list(Layout.LAYERS);

      assertThat(words(store.leftovers().moveAside(head, false)))
          .isNotEmpty()
          .allMatch(what -> what.contains("would be renamed to"));

      assertThat(disk.list(Layout.LAYERS)).isEqualTo(before);
    }
  }

  @Test
  void whatIsNamedIsMovedAsideAndCanBeBroughtBack() {
    try (Store store = CrashRun.open(disk)) {
      assertThat(words(store.leftovers().moveAside(head, true)))
          .allMatch(what -> what.contains("was renamed to"));
      assertThat(words(store.leftovers().findings()))
          .hasSize(1)
          .allMatch(what -> what.contains(root));
    }
    try (Store store = CrashRun.open(disk)) {
      assertThat(store.leftovers().findings()).hasSize(1);
    }
    for (String file : disk.list(Layout.LAYERS))
      if (Layout.isAside(file))
        disk.rename(Layout.layers(file), Layout.layers(file.replace(".aside", "")));
    disk.makeDirectory(Layout.volume("lost"));
    new StoreFiles(disk).write(MANIFEST, manifest);
    try (Store store = CrashRun.open(disk);
        Volume volume = store.openVolume("lost")) {
      var bytes = ByteBuffer.allocate(4096);
      volume.read(4096, bytes);
      assertThat(bytes.flip()).isEqualTo(CrashModel.sectors(2, 8));
    }
  }

  @Test
  void layersThatAManifestNamesCannotBeNamed() {
    try (Store store = CrashRun.open(disk)) {
      String needed =
          ManifestFormat.decode(
                  "m", new StoreFiles(disk).read(Layout.manifestIn(Layout.volume("other"))))
              .head();

      assertThatThrownBy(() -> store.leftovers().moveAside(needed, true))
          .isInstanceOf(GatewayError.NotFound.class)
          .hasMessageContaining(needed);
      assertThat(disk.exists(Layout.dataOf(needed))).isTrue();
    }
  }

  /** A volume that is refused may need them: which layers it has nobody knows. */
  @Test
  void nothingIsMovedWhileAVolumeIsRefused() {
    try (Store store = CrashRun.open(disk)) {
      store.create("third", 8192);
    }
    disk.unlink(Layout.manifestIn(Layout.volume("third")));
    try (Store store = CrashRun.open(disk)) {
      assertThatThrownBy(() -> store.leftovers().moveAside(head, true))
          .isInstanceOf(GatewayError.class);
      assertThat(disk.exists(Layout.dataOf(head))).isTrue();
    }
  }

  @Test
  void aPowerCutAtAnyOperationLeavesEachFileUnderOneOfItsNames() {
    List<String> before = disk.list(Layout.LAYERS);
    for (int cut = 0; cut <= 3; cut++) {
      SimulatedDisk crashed = disk.powerOn();
      Store store = CrashRun.open(crashed);
      crashed.cutPowerAfter(crashed.operations() + cut);
      try {
        store.leftovers().moveAside(head, true);
        assertThat(cut).isEqualTo(3);
      } catch (PowerCut _) { // that is what it is about
      }
      SimulatedDisk after = crashed.powerOn();
      assertThat(after.list(Layout.LAYERS).stream().map(file -> file.replace(".aside", "")))
          .containsExactlyInAnyOrderElementsOf(before);
      CrashRun.open(after).close();
    }
  }
}
