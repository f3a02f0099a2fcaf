package dev.penstock.gateway.volume;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.testing.MemoryVolumeStore;
import dev.penstock.spi.volume.StoreContext;
import dev.penstock.spi.volume.StoreDescriptor;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeStore;
import java.util.List;

/** A store in memory that can do no more than a store must. */
final class PlainStore implements VolumeStore {
  private final MemoryVolumeStore memory = new MemoryVolumeStore();

  @Override
  public StoreDescriptor descriptor() {
    return memory.descriptor();
  }

  @Override
  public void validate(Block settings, Problems problems) {
    memory.validate(settings, problems);
  }

  @Override
  public void open(StoreContext context) {
    memory.open(context);
  }

  @Override
  public List<VolumeInfo> list() {
    return memory.list();
  }

  @Override
  public VolumeInfo create(String name, long sizeBytes) {
    return memory.create(name, sizeBytes);
  }

  @Override
  public Volume openVolume(String name) {
    return memory.openVolume(name);
  }

  @Override
  public void remove(String name) {
    memory.remove(name);
  }

  @Override
  public void close() {
    memory.close();
  }
}
