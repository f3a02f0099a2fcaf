package dev.penstock.spi.testing;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.Ranges;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.util.Optional;

/** What has come of a snapshot so far. It stays while nobody goes on with it. */
final class MemoryReceived {
  private final StreamHeader header;
  private final MemoryVolume content;
  private volatile long offset;
  private volatile boolean underWay;

  private MemoryReceived(StreamHeader header, MemoryVolume content) {
    this.header = header;
    this.content = content;
  }

  static MemoryReceived upon(Grains before, StreamHeader header) {
    var info =
        new VolumeInfo(header.volume(), header.name(), header.sizeBytes(), 0, header.createdAt());
    return new MemoryReceived(
        header, MemoryVolume.holding(info, before.resized(header.sizeBytes())));
  }

  /** Whether it is what would come: another one takes its place. */
  boolean isOf(StreamHeader next) {
    return next.to().equals(header.to())
        && next.from().equals(header.from())
        && next.sizeBytes() == header.sizeBytes();
  }

  boolean isUnderWay() {
    return underWay;
  }

  Partial partial() {
    return new Partial(header.from(), header.to(), header.name(), header.sizeBytes(), offset);
  }

  Receiving goOn(String volume, StreamHeader next, MemorySnapshots snapshots) {
    if (next.offset() > offset)
      throw new GatewayError.Conflict(
          "snapshot %s of %s goes on from %d, not from %d"
              .formatted(header.name(), volume, offset, next.offset()));
    underWay = true;
    return new GoingOn(volume, snapshots);
  }

  private final class GoingOn implements Receiving {
    private final String volume;
    private final MemorySnapshots snapshots;
    private boolean ended;

    private GoingOn(String volume, MemorySnapshots snapshots) {
      this.volume = volume;
      this.snapshots = snapshots;
    }

    @Override
    public long offset() {
      return offset;
    }

    @Override
    public void data(long at, ByteBuffer source) {
      long end = require(at, source.remaining());
      content.write(at, source);
      offset = end;
    }

    @Override
    public void zero(long at, long lengthBytes) {
      long end = require(at, lengthBytes);
      content.zero(at, lengthBytes, ZeroMode.MAY_PUNCH);
      offset = end;
    }

    private long require(long at, long lengthBytes) {
      if (ended) throw new IllegalStateException("receiving %s has ended".formatted(volume));
      Ranges.require(volume, header.sizeBytes(), at, lengthBytes);
      if (at < offset)
        throw new GatewayError.Invalid(
            "snapshot %s of %s has come up to %d: %d is behind"
                .formatted(header.name(), volume, offset, at));
      return at + lengthBytes;
    }

    @Override
    public void complete() {
      complete(Optional.empty());
    }

    @Override
    public void complete(String tag) {
      complete(Optional.of(tag));
    }

    private void complete(Optional<String> tag) {
      snapshots.finish(volume, header, content.grains(), tag);
      close();
    }

    @Override
    public void discard() {
      if (ended) return;
      snapshots.giveUp(volume);
      close();
    }

    @Override
    public void close() {
      if (!ended) underWay = false;
      ended = true;
    }
  }
}
