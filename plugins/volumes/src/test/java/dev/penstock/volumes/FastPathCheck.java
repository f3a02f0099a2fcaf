package dev.penstock.volumes;

import dev.penstock.spi.volume.FileRegion;
import dev.penstock.spi.volume.Volume;
import dev.penstock.volumes.HistoryState.Violation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/** Compares what is read without waiting, and what sockets are lent, with what it should be. */
final class FastPathCheck {
  /** So many bytes came by the fast path: a check that compares none checks nothing. */
  static final AtomicLong COMPARED = new AtomicLong();

  private final HistoryState state;
  private final Random random;

  FastPathCheck(HistoryState state, Random random) {
    this.state = state;
    this.random = random;
  }

  /** Some place of an open volume, and one of an open snapshot. */
  void glance() {
    if (!state.open.isEmpty()) {
      List<String> names = List.copyOf(state.open.keySet());
      String name = names.get(random.nextInt(names.size()));
      VolumeModel model = state.model(name);
      glance(state.opened(name), model.sectors, model.current);
    }
    for (VolumeModel model : state.volumes.values())
      for (VolumeModel.Taken taken : model.snapshots.values()) {
        Volume open = state.openSnapshots.get(taken.guid());
        if (open != null) glance(open, taken.sectors(), taken.content());
      }
  }

  private void glance(Volume volume, long sectors, Stamps content) {
    List<long[]> parts = VolumeModel.parts(sectors);
    long[] part = parts.get(random.nextInt(parts.size()));
    long first = part[0] + random.nextLong(part[1] - part[0]);
    int count = 1 + random.nextInt((int) Math.min(100, part[1] - first));
    readNow(volume, first, count, content);
    regions(volume, first, count, content);
  }

  private static void readNow(Volume volume, long first, int count, Stamps content) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(count * Stamps.SECTOR_BYTES);
    int read = volume.readNow(first * Stamps.SECTOR_BYTES, bytes);
    bytes.flip();
    compare("read now", bytes.limit(read - read % Stamps.SECTOR_BYTES), first, content);
  }

  private static void regions(Volume volume, long first, int count, Stamps content) {
    ByteBuffer bytes = ByteBuffer.allocate(count * Stamps.SECTOR_BYTES);
    for (FileRegion region :
        volume.regions(first * Stamps.SECTOR_BYTES, (long) count * Stamps.SECTOR_BYTES))
      try (region) {
        bytes.limit(bytes.position() + (int) region.lengthBytes());
        long at = region.positionBytes();
        while (bytes.hasRemaining()) at += region.channel().read(bytes, at);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    compare("lent", bytes.flip(), first, content);
  }

  private static void compare(String how, ByteBuffer bytes, long first, Stamps content) {
    COMPARED.addAndGet(bytes.remaining());
    for (long sector = first; bytes.hasRemaining(); sector++) {
      long found = Stamps.next(bytes);
      if (found != content.at(sector))
        throw new Violation(
            "sector %d, %s, is %s, not %s"
                .formatted(sector, how, Stamps.text(found), Stamps.text(content.at(sector))));
    }
  }
}
