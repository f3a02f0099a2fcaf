package dev.penstock.volumes;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.testing.VolumeStoreContract;
import dev.penstock.spi.volume.VolumeStore;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** The store keeps every promise of {@link VolumeStore}. */
class SparseFileStoreTest extends VolumeStoreContract {
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
