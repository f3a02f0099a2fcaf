package dev.penstock.gateway.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import java.nio.ByteBuffer;
import java.util.Set;

/**
 * What is used in the place of a volume that nobody serves: it refuses everything, and says why.
 */
final class DisputedVolume implements Volume {
  private final VolumeInfo info;
  private final Ownerships.Known known;

  /**
   * @param known not owned here
   */
  DisputedVolume(VolumeInfo info, Ownerships.Known known) {
    this.info = info;
    this.known = known;
  }

  @Override
  public VolumeInfo info() {
    return info;
  }

  @Override
  public long sizeBytes() {
    return info.sizeBytes();
  }

  @Override
  public Set<VolumeCapability> capabilities() {
    return Set.of();
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    throw refusal("read");
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    throw refusal("written");
  }

  @Override
  public void trim(long offset, long lengthBytes) {
    throw refusal("trimmed");
  }

  /** Nothing was written through this, and yet it may not be said that what was is durable. */
  @Override
  public void flush() {
    throw refusal("flushed");
  }

  private GatewayError refusal(String what) {
    try {
      known.requireOwned(what);
    } catch (GatewayError refusal) {
      return refusal;
    }
    throw new IllegalStateException("%s is owned here".formatted(known.name()));
  }

  @Override
  public void close() {}
}
