package dev.penstock.spi.volume;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.StreamHeader;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.UUID;

/** What a store sends that can tell two snapshots apart and read one. */
final class Difference implements BlockSource {
  /**
   * So many extents are looked up at a time: they are few bytes each, and there may be millions.
   */
  private static final int EXTENTS_AHEAD = 4096;

  private final SnapshotStore store;
  private final String volumeName;
  private final Volume to;
  private final Optional<Volume> from;
  private final StreamHeader header;
  private final Deque<Extent> ahead = new ArrayDeque<>();
  private long lookedUpTo;
  private boolean exhausted;

  private Difference(
      SnapshotStore store,
      String volumeName,
      Volume to,
      Optional<Volume> from,
      StreamHeader header) {
    this.store = store;
    this.volumeName = volumeName;
    this.to = to;
    this.from = from;
    this.header = header;
    this.lookedUpTo = header.offset();
  }

  static Difference of(
      SnapshotStore store, String volume, Optional<UUID> from, UUID to, long offset) {
    SnapshotInfo info = require(store, volume, to);
    Ranges.require(volume + "@" + info.name(), info.sizeBytes(), offset, 0);
    Volume target = store.openSnapshot(volume, to);
    try {
      // Never read, but open: what is looked up piece by piece must not be destroyed in between.
      Optional<Volume> base = from.map(guid -> store.openSnapshot(volume, guid));
      return new Difference(
          store, volume, target, base, header(target.info().guid(), from, info, offset));
    } catch (RuntimeException e) {
      target.close();
      throw e;
    }
  }

  private static StreamHeader header(
      UUID volume, Optional<UUID> from, SnapshotInfo to, long offset) {
    return new StreamHeader(
        volume, from, to.guid(), to.name(), to.createdAt(), to.sizeBytes(), offset);
  }

  private static SnapshotInfo require(SnapshotStore store, String volume, UUID snapshot) {
    return store.list(volume).stream()
        .filter(info -> info.guid().equals(snapshot))
        .findFirst()
        .orElseThrow(() ->
            new GatewayError.NotFound("volume %s has no snapshot %s".formatted(volume, snapshot)));
  }

  @Override
  public StreamHeader header() {
    return header;
  }

  @Override
  public Optional<Piece> next(ByteBuffer buffer) {
    if (ahead.isEmpty() && !exhausted) lookAhead();
    Extent extent = ahead.poll();
    if (extent == null) return Optional.empty();
    if (extent.kind() != Extent.Kind.DATA)
      return Optional.of(new Zero(extent.offset(), extent.lengthBytes()));
    return Optional.of(read(extent, buffer));
  }

  private Data read(Extent extent, ByteBuffer buffer) {
    int lengthBytes = (int) Math.min(extent.lengthBytes(), buffer.capacity());
    to.read(extent.offset(), buffer.clear().limit(lengthBytes));
    buffer.flip();
    if (lengthBytes < extent.lengthBytes()) putBack(extent, lengthBytes);
    return new Data(extent.offset(), lengthBytes);
  }

  private void putBack(Extent extent, int readBytes) {
    ahead.addFirst(
        new Extent(extent.offset() + readBytes, extent.lengthBytes() - readBytes, extent.kind()));
  }

  private void lookAhead() {
    exhausted = true;
    store.diff(
        volumeName,
        header.from(),
        header.to(),
        lookedUpTo,
        extent -> {
          ahead.add(extent);
          lookedUpTo = extent.endOffset();
          exhausted = ahead.size() < EXTENTS_AHEAD;
          return exhausted;
        });
  }

  @Override
  public void close() {
    try {
      to.close();
    } finally {
      from.ifPresent(Volume::close);
    }
  }
}
