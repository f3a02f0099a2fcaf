package dev.penstock.volumes;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.testing.SnapshotStoreContract;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.VolumeStore;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** The store keeps every promise of {@link SnapshotStore}. */
class LayeredSnapshotsTest extends SnapshotStoreContract {
  @TempDir private Path directory;

  @Override
  protected VolumeStore newStore() {
    return new SparseFileStore();
  }

  @Override
  protected Block settings() {
    return TestSettings.block("stores.disk", Map.of("path", directory.resolve("store")));
  }
}
