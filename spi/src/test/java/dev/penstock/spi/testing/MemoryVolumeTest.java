package dev.penstock.spi.testing;

import dev.penstock.spi.volume.Volume;

/** The volume in memory keeps the contract that it tests others' users with. */
class MemoryVolumeTest extends VolumeContract {
  @Override
  protected Volume newVolume(long sizeBytes) {
    return MemoryVolume.ofBytes(sizeBytes);
  }
}
