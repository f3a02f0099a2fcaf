package dev.penstock.spi.testing;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.volume.VolumeStore;
import java.util.Map;

/** The store in memory keeps records as one on a disk does. */
class MemoryOwnershipTest extends OwnershipContract {
  private final MemoryVolumeStore memory = new MemoryVolumeStore();

  @Override
  protected VolumeStore newStore() {
    return memory;
  }

  @Override
  protected Block settings() {
    return TestSettings.block("stores.memory", Map.of());
  }

  @Override
  protected void spoil(String volume) {
    memory.spoilOwnership(volume);
  }

  @Override
  protected boolean keepsVolumes() {
    return false;
  }
}
