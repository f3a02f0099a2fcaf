package dev.penstock.spi.testing;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.volume.VolumeStore;
import java.util.Map;

/** The store in memory keeps the contract that it tests others' users with. */
class MemorySnapshotsTest extends SnapshotStoreContract {
  @Override
  protected VolumeStore newStore() {
    return new MemoryVolumeStore();
  }

  @Override
  protected Block settings() {
    return TestSettings.block("stores.memory", Map.of());
  }

  @Override
  protected boolean keepsVolumes() {
    return false;
  }
}
