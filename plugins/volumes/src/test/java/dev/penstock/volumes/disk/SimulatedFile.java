package dev.penstock.volumes.disk;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * A file as the kernel sees it, as the disk has it, and what lies between the two: sectors that
 * were written and sizes that were set and not synced, in the order in which that was done. Sizes
 * reach the disk in order; sectors in any, and each whole or not at all.
 */
final class SimulatedFile {
  static final int SECTOR_BYTES = SectorImage.SECTOR_BYTES;

  private sealed interface Step {
    /** The content is not changed any more. */
    final class Sector implements Step {
      private final long number;
      private final byte[] content;

      Sector(long number, byte[] content) {
        this.number = number;
        this.content = content;
      }
    }

    record Size(long bytes) implements Step {}
  }

  private final List<Step> unsynced = new ArrayList<>();
  private final BitSet room = new BitSet(); // by sector
  private final BitSet written = new BitSet(); // by sector: may hold something here or on the disk
  private final SectorImage cached;
  private final SectorImage durable;
  boolean locked;

  SimulatedFile() {
    this(new SectorImage());
  }

  private SimulatedFile(SectorImage content) {
    durable = content;
    cached = content.copy();
    cached
        .numbers()
        .forEach(number -> {
          room.set(number.intValue());
          written.set(number.intValue());
        });
  }

  long sizeBytes() {
    return cached.sizeBytes();
  }

  void read(String path, long offset, ByteBuffer target) {
    if (offset + target.remaining() > cached.sizeBytes())
      throw new GatewayError.Damaged("read at %d of %s: the file ends".formatted(offset, path));
    cached.read(offset, target);
  }

  void write(long offset, ByteBuffer source) {
    long end = offset + source.remaining();
    if (end > cached.sizeBytes()) resize(end);
    room.set((int) (offset / SECTOR_BYTES), sectorsUpTo(end));
    for (long at = offset; at < end; ) {
      long number = at / SECTOR_BYTES;
      int from = (int) (at % SECTOR_BYTES);
      int length = (int) Math.min(SECTOR_BYTES - from, end - at);
      byte[] content = cached.sector(number).clone();
      source.get(content, from, length);
      put(number, content);
      at += length;
    }
  }

  private void put(long number, byte[] content) {
    cached.put(number, content);
    written.set((int) number);
    unsynced.add(new Step.Sector(number, content));
  }

  /** As {@link #write}, and on the disk. */
  void writeDurably(long offset, ByteBuffer source) {
    long first = offset / SECTOR_BYTES;
    long end = offset + source.remaining();
    int before = unsynced.size();
    write(offset, source);
    if (durable.sizeBytes() < end) applySizes();
    unsynced.subList(before, unsynced.size()).forEach(this::apply);
    unsynced.subList(before, unsynced.size()).clear();
    unsynced.removeIf(step ->
        step instanceof Step.Sector sector
            && sector.number >= first
            && sector.number * SECTOR_BYTES < end);
  }

  private void applySizes() {
    for (Step step : List.copyOf(unsynced)) if (step instanceof Step.Size) apply(step);
    unsynced.removeIf(step -> step instanceof Step.Size);
  }

  /** Zeroes, and gives the room of whole sectors back. */
  void punch(long offset, long lengthBytes) {
    zero(offset, lengthBytes);
    int first = sectorsUpTo(offset);
    room.clear(first, Math.max(first, (int) ((offset + lengthBytes) / SECTOR_BYTES)));
  }

  /** The bytes that sectors without room would take for a write to the range. */
  long missingRoom(long offset, long lengthBytes) {
    int first = (int) (offset / SECTOR_BYTES);
    int end = sectorsUpTo(offset + lengthBytes);
    return (end - first - room.get(first, end).cardinality()) * (long) SECTOR_BYTES;
  }

  private static int sectorsUpTo(long offset) {
    return (int) ((offset + SECTOR_BYTES - 1) / SECTOR_BYTES);
  }

  void zero(long offset, long lengthBytes) {
    long end = Math.min(offset + lengthBytes, cached.sizeBytes());
    int last = sectorsUpTo(end);
    for (int number = written.nextSetBit((int) (offset / SECTOR_BYTES));
        number >= 0 && number < last;
        number = written.nextSetBit(number + 1)) {
      byte[] content = cached.sector(number).clone();
      long base = (long) number * SECTOR_BYTES;
      for (long at = Math.max(offset, base); at < Math.min(end, base + SECTOR_BYTES); at++)
        content[(int) (at - base)] = 0;
      put(number, content);
    }
  }

  void resize(long sizeBytes) {
    cached.resize(sizeBytes);
    room.clear(sectorsUpTo(sizeBytes), Math.max(sectorsUpTo(sizeBytes), room.length()));
    unsynced.add(new Step.Size(sizeBytes));
  }

  void sync() {
    unsynced.forEach(this::apply);
    unsynced.clear();
  }

  /**
   * What Linux does when a write-back fails: what was dirty counts as clean, and is only cached.
   */
  void forgetUnsynced() {
    unsynced.removeIf(step -> step instanceof Step.Sector);
  }

  /** The file that the disk has once the power is back. */
  SimulatedFile afterPowerCut(Surviving survivors) {
    SimulatedFile left = new SimulatedFile(durable.copy());
    int sizes =
        survivors.prefix((int) unsynced.stream().filter(Step.Size.class::isInstance).count());
    BitSet sectors = survivors.among(unsynced.size());
    for (int i = 0; i < unsynced.size(); i++) {
      Step step = unsynced.get(i);
      if (step instanceof Step.Sector ? sectors.get(i) : sizes-- > 0) left.apply(step);
    }
    return new SimulatedFile(left.durable);
  }

  boolean isHole(long offset) {
    return !room.get((int) (offset / SECTOR_BYTES));
  }

  /** Where data begins, or where it ends, at or after an offset; the size if nowhere. */
  long next(long offset, boolean hole) {
    if (offset >= sizeBytes() || isHole(offset) == hole) return Math.min(offset, sizeBytes());
    int sector = (int) (offset / SECTOR_BYTES);
    int next = hole ? room.nextClearBit(sector) : room.nextSetBit(sector);
    return next < 0 ? sizeBytes() : Math.min(sizeBytes(), (long) next * SECTOR_BYTES);
  }

  /** A sector past the size that the disk knows is not the file's. */
  private void apply(Step step) {
    switch (step) {
      case Step.Sector sector -> durable.put(sector.number, sector.content);
      case Step.Size(long bytes) -> durable.resize(bytes);
    }
  }
}
