package org.stranger;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.volume.Ranges;
import dev.penstock.spi.volume.StoreContext;
import dev.penstock.spi.volume.StoreDescriptor;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeName;
import dev.penstock.spi.volume.VolumeStore;
import java.nio.ByteBuffer;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.pf4j.Extension;

/** Volumes that live as long as the store is open. */
@Extension
public class MemoryStore implements VolumeStore {
  private static final int VERSION = 1;

  private final Map<String, MemoryDisk> disks = new ConcurrentHashMap<>();
  private volatile InstantSource clock = InstantSource.system();

  @Override
  public StoreDescriptor descriptor() {
    return new StoreDescriptor("memory", StoreDescriptor.WaitsOn.NETWORK);
  }

  @Override
  public void validate(Block settings, Problems problems) {
    settings.refuseOtherKeys(problems);
  }

  @Override
  public void open(StoreContext context) {
    clock = context.clock();
    context.metrics().gauge("memory_version", "Which version of the plugin this is", () -> VERSION);
  }

  @Override
  public List<VolumeInfo> list() {
    return disks.values().stream().map(MemoryDisk::info).toList();
  }

  @Override
  public VolumeInfo create(String name, long sizeBytes) {
    VolumeName.require(name);
    if (sizeBytes < 1 || sizeBytes > 1 << 30)
      throw new GatewayError.Invalid("a volume in memory has 1 byte to 1 GiB");
    var info = new VolumeInfo(UUID.randomUUID(), name, sizeBytes, sizeBytes, clock.instant());
    if (disks.putIfAbsent(name, new MemoryDisk(info, new byte[(int) sizeBytes])) != null)
      throw new GatewayError.Conflict("there is a volume " + name);
    return info;
  }

  @Override
  public Volume openVolume(String name) {
    MemoryDisk disk = disks.get(name);
    if (disk == null) throw new GatewayError.NotFound("there is no volume " + name);
    return disk;
  }

  @Override
  public void remove(String name) {
    if (disks.remove(name) == null) throw new GatewayError.NotFound("there is no volume " + name);
  }

  @Override
  public void close() {
    disks.clear();
  }

  private record MemoryDisk(VolumeInfo info, byte[] bytes) implements Volume {
    @Override
    public long sizeBytes() {
      return bytes.length;
    }

    @Override
    public Set<VolumeCapability> capabilities() {
      return Set.of();
    }

    @Override
    public void read(long offset, ByteBuffer target) {
      Ranges.require(this, offset, target.remaining());
      target.put(bytes, (int) offset, target.remaining());
    }

    @Override
    public void write(long offset, ByteBuffer source) {
      Ranges.require(this, offset, source.remaining());
      source.get(bytes, (int) offset, source.remaining());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
