package dev.penstock.benchmarks;

import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;

/** Always has what is read, as the page cache has it; a call to the kernel is not part of it. */
final class CachedVolume implements Volume {
  private final ByteBuffer bytes;
  private final VolumeInfo info;

  CachedVolume(int sizeBytes) {
    bytes = ByteBuffer.allocateDirect(sizeBytes);
    info = new VolumeInfo(new UUID(0, 1), "cached", sizeBytes, sizeBytes, Instant.EPOCH);
  }

  @Override
  public VolumeInfo info() {
    return info;
  }

  @Override
  public long sizeBytes() {
    return bytes.capacity();
  }

  @Override
  public Set<VolumeCapability> capabilities() {
    return Set.of(VolumeCapability.READ_NOW);
  }

  @Override
  public int readNow(long offset, ByteBuffer target) {
    int count = target.remaining();
    target.put(target.position(), bytes, (int) offset, count);
    target.position(target.position() + count);
    return count;
  }

  @Override
  public void read(long offset, ByteBuffer target) {
    if (readNow(offset, target) < 0) throw new IllegalStateException("cannot be");
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    throw new UnsupportedOperationException("only reads are measured");
  }

  @Override
  public void flush() {}

  @Override
  public void close() {}

  /**
   * The volume in the hands of an export. Its workers are never asked, or the wrong way is
   * measured.
   */
  OpenVolume opened() {
    return new Opened(this);
  }

  private record Opened(Volume volume) implements OpenVolume {
    @Override
    public Access access() {
      return Access.READ;
    }

    @Override
    public <T> Future<T> run(Callable<T> calls) {
      return Future.failedFuture("a worker was asked for: this read did not go the fast way");
    }

    @Override
    public Future<Void> close() {
      return Future.succeededFuture();
    }
  }
}
