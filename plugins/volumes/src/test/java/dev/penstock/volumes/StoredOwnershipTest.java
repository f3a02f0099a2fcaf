package dev.penstock.volumes;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.testing.OwnershipContract;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.VolumeStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;

/** The store keeps the records of who owns its volumes. */
class StoredOwnershipTest extends OwnershipContract {
  @TempDir private Path directory;

  @Override
  protected VolumeStore newStore() {
    return new SparseFileStore();
  }

  @Override
  protected Block settings() {
    return TestSettings.block("stores.disk", Map.of("path", directory.resolve("store")));
  }

  @Override
  protected void spoil(String volume) throws IOException {
    Path record = directory.resolve("store").resolve("owners").resolve(volume + ".json");
    String text = Files.readString(record);
    Files.writeString(record, text.replace("gone", "owns"));
  }
}
