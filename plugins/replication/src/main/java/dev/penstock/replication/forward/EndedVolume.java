package dev.penstock.replication.forward;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * What is left of a volume that was moved to something that is no gateway: the word where it is.
 */
final class EndedVolume implements Volume {
  private static final UUID NOBODY = new UUID(0, 0);

  private final String name;
  private final Gone gone;

  EndedVolume(String name, Gone gone) {
    this.name = name;
    this.gone = gone;
  }

  private String why() {
    return "volume %s was moved to %s: connect there".formatted(name, gone.to());
  }

  @Override
  public Optional<String> ended() {
    return Optional.of(why());
  }

  @Override
  public VolumeInfo info() {
    return new VolumeInfo(NOBODY, name, 0, 0, Instant.EPOCH);
  }

  @Override
  public long sizeBytes() {
    return 0;
  }

  @Override
  public Set<VolumeCapability> capabilities() {
    return Set.of();
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    throw refusal();
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    throw refusal();
  }

  @Override
  public void flush() {
    throw refusal();
  }

  private GatewayError refusal() {
    return new GatewayError.Conflict(why());
  }

  @Override
  public void close() {}
}
