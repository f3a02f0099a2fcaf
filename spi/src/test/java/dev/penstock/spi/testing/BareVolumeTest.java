package dev.penstock.spi.testing;

import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import java.nio.ByteBuffer;
import java.util.Set;

/** What the SPI's defaults do keeps the contract: a volume needs nothing but its required calls. */
class BareVolumeTest extends VolumeContract {
  @Override
  protected Volume newVolume(long sizeBytes) {
    return new Bare(MemoryVolume.able(sizeBytes, Set.of()));
  }

  private record Bare(Volume behind) implements Volume {
    @Override
    public VolumeInfo info() {
      return behind.info();
    }

    @Override
    public long sizeBytes() {
      return behind.sizeBytes();
    }

    @Override
    public Set<VolumeCapability> capabilities() {
      return Set.of();
    }

    @Override
    public void read(long offset, ByteBuffer target) {
      behind.read(offset, target);
    }

    @Override
    public void write(long offset, ByteBuffer source) {
      behind.write(offset, source);
    }

    @Override
    public void flush() {
      behind.flush();
    }

    @Override
    public void close() {
      behind.close();
    }
  }
}
