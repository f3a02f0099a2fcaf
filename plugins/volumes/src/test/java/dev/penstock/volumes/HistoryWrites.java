package dev.penstock.volumes;

import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.ZeroMode;
import dev.penstock.volumes.HistoryState.Violation;
import java.util.random.RandomGenerator;

/** What a user does to the bytes of a volume, at random places. */
final class HistoryWrites {
  private static final int GRAIN = Stamps.SECTORS_PER_GRAIN;

  /** Longer than a stripe of locks. */
  private static final int LONG_GRAINS = 70;

  private final HistoryState state;
  private final RandomGenerator random;

  HistoryWrites(HistoryState state, RandomGenerator random) {
    this.state = state;
    this.random = random;
  }

  /** Sectors, from the one to before the other. */
  record Range(long first, long end) {
    int count() {
      return (int) (end - first);
    }

    long offset() {
      return first * Stamps.SECTOR_BYTES;
    }

    long lengthBytes() {
      return (end - first) * Stamps.SECTOR_BYTES;
    }
  }

  /** Some sectors, some grains, or much; within one part that is used. */
  private Range range(VolumeModel model) {
    var parts = VolumeModel.parts(model.sectors);
    long[] part = parts.get(random.nextInt(parts.size()));
    long span = part[1] - part[0];
    long first = part[0] + random.nextLong(span);
    long count =
        switch (random.nextInt(8)) {
          case 0, 1, 2 -> 1 + random.nextInt(3);
          case 3, 4, 5 -> GRAIN * (1L + random.nextInt(4));
          case 6 -> 1 + random.nextInt(5 * GRAIN);
          default -> GRAIN * (1L + random.nextInt(LONG_GRAINS));
        };
    if (count % GRAIN == 0) first -= first % GRAIN;
    return new Range(first, Math.min(part[1], first + count));
  }

  void write(String name) {
    write(name, range(state.model(name)));
  }

  void write(String name, Range range) {
    VolumeModel model = state.model(name);
    int number = state.next("write");
    state.note("write %d: %s %s", number, name, range);
    Volume volume = state.opened(name);
    VolumeModel.used(
        model.sectors,
        range.first(),
        range.end(),
        sector -> model.mayHold(sector, Stamps.of(number, sector)));
    volume.write(range.offset(), Stamps.bytes(number, range.first(), range.count()));
    VolumeModel.used(
        model.sectors,
        range.first(),
        range.end(),
        sector -> model.written(sector, Stamps.of(number, sector)));
  }

  void writeDurably(String name) {
    writeDurably(name, range(state.model(name)));
  }

  void writeDurably(String name, Range range) {
    VolumeModel model = state.model(name);
    int number = state.next("write");
    state.note("write %d durably: %s %s", number, name, range);
    Volume volume = state.opened(name);
    VolumeModel.used(
        model.sectors,
        range.first(),
        range.end(),
        sector -> model.mayHold(sector, Stamps.of(number, sector)));
    volume.writeDurably(range.offset(), Stamps.bytes(number, range.first(), range.count()));
    VolumeModel.used(
        model.sectors,
        range.first(),
        range.end(),
        sector -> model.writtenDurably(sector, Stamps.of(number, sector)));
  }

  void flush(String name) {
    state.note("flush %s", name);
    state.opened(name).flush();
    state.model(name).flushed();
  }

  private Range anyRange(VolumeModel model) {
    if (random.nextInt(4) > 0) return range(model);
    long first = random.nextLong(model.sectors);
    if (random.nextBoolean()) first -= first % GRAIN;
    return new Range(first, first + 1 + random.nextLong(model.sectors - first));
  }

  void zero(String name) {
    Range range = anyRange(state.model(name));
    // Without a better way zeroes are written: too slow for what is wide.
    boolean isLong = range.lengthBytes() > 4 << 20;
    ZeroMode mode = random.nextBoolean() || isLong ? ZeroMode.MAY_PUNCH : ZeroMode.KEEP_SPACE;
    zero(name, range, mode);
  }

  void zero(String name, Range range, ZeroMode mode) {
    VolumeModel model = state.model(name);
    state.note("zero %s %s %s", name, range, mode);
    Volume volume = state.opened(name);
    mayBecomeZero(model, range);
    volume.zero(range.offset(), range.lengthBytes(), mode);
    VolumeModel.used(model.sectors, range.first(), range.end(), sector -> model.written(sector, 0));
  }

  /** What the ends of the range cut through may stay. */
  void trim(String name) {
    trim(name, anyRange(state.model(name)));
  }

  void trim(String name, Range range) {
    VolumeModel model = state.model(name);
    state.note("trim %s %s", name, range);
    Volume volume = state.opened(name);
    mayBecomeZero(model, range);
    volume.trim(range.offset(), range.lengthBytes());
    Stamps found = HistoryCheck.read(volume, model.sectors);
    VolumeModel.used(
        model.sectors,
        range.first(),
        range.end(),
        sector -> {
          long stamp = found.at(sector);
          if (stamp != 0 && stamp != model.current.at(sector))
            throw new Violation("sector %d became %s".formatted(sector, Stamps.text(stamp)));
          model.written(sector, stamp);
        });
  }

  private static void mayBecomeZero(VolumeModel model, Range range) {
    model.changes++; // also where nobody ever writes: the zeroes are claimed
    VolumeModel.used(model.sectors, range.first(), range.end(), sector -> model.mayHold(sector, 0));
  }
}
