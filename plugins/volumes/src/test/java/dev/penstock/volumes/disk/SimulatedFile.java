package dev.penstock.volumes.disk;

import dev.penstock.spi.GatewayError;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * A file as the kernel sees it, as the disk has it, and what lies between the two: sectors that
 * were written and not synced, in the order of writing, and a size that may differ.
 */
final class SimulatedFile {
  static final int SECTOR_BYTES = 512;

  private record Sector(long number, ByteBuffer content) {}

  private final List<Sector> unsynced = new ArrayList<>();
  private final BitSet room = new BitSet(); // by sector
  private byte[] cached = {};
  private byte[] durable = {};
  private boolean sizeUnsynced;
  boolean locked;

  long sizeBytes() {
    return cached.length;
  }

  void read(String path, long offset, ByteBuffer target) {
    if (offset + target.remaining() > cached.length)
      throw new GatewayError.Damaged("read at %d of %s: the file ends".formatted(offset, path));
    target.put(cached, (int) offset, target.remaining());
  }

  void write(long offset, ByteBuffer source) {
    int from = (int) offset;
    int to = from + source.remaining();
    if (to > cached.length) resize(to);
    source.get(cached, from, to - from);
    room.set(from / SECTOR_BYTES, sectorsUpTo(to));
    noteUnsynced(from, to);
  }

  /** As {@link #write}, and on the disk. */
  void writeDurably(long offset, ByteBuffer source) {
    long first = offset / SECTOR_BYTES;
    long end = offset + source.remaining();
    List<Sector> before = List.copyOf(unsynced);
    unsynced.clear();
    write(offset, source);
    unsynced.forEach(this::apply);
    if (durable.length < end) durable = Arrays.copyOf(durable, (int) end);
    unsynced.clear();
    for (Sector sector : before)
      if (sector.number() < first || sector.number() * SECTOR_BYTES >= end) unsynced.add(sector);
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
    int to = (int) Math.min(offset + lengthBytes, cached.length);
    if (offset >= to) return;
    Arrays.fill(cached, (int) offset, to, (byte) 0);
    noteUnsynced((int) offset, to);
  }

  void resize(long sizeBytes) {
    cached = Arrays.copyOf(cached, (int) sizeBytes);
    room.clear(sectorsUpTo(sizeBytes), Math.max(sectorsUpTo(sizeBytes), room.length()));
    sizeUnsynced = cached.length != durable.length;
  }

  void sync() {
    if (sizeUnsynced) durable = Arrays.copyOf(durable, cached.length);
    sizeUnsynced = false;
    unsynced.forEach(this::apply);
    unsynced.clear();
  }

  /**
   * What Linux does when a write-back fails: what was dirty counts as clean, and is only cached.
   */
  void forgetUnsynced() {
    unsynced.clear();
  }

  /** The file that the disk has once the power is back. */
  SimulatedFile afterPowerCut(Survivors survivors) {
    SimulatedFile after = new SimulatedFile();
    byte[] left = durable.clone();
    if (sizeUnsynced && survivors.include(0)) left = Arrays.copyOf(left, cached.length);
    after.durable = left;
    for (int i = 0; i < unsynced.size(); i++)
      if (survivors.include(i)) after.apply(unsynced.get(i));
    after.cached = after.durable.clone();
    for (int i = 0; i < after.cached.length; i++)
      if (after.cached[i] != 0) after.room.set(i / SECTOR_BYTES);
    return after;
  }

  boolean isHole(long offset) {
    return !room.get((int) (offset / SECTOR_BYTES));
  }

  private void noteUnsynced(int from, int to) {
    for (int at = from - from % SECTOR_BYTES; at < to; at += SECTOR_BYTES)
      unsynced.add(
          new Sector(
              at / SECTOR_BYTES,
              ByteBuffer.wrap(
                  Arrays.copyOfRange(cached, at, Math.min(at + SECTOR_BYTES, cached.length)))));
  }

  /** A sector past the size that the disk knows is not the file's. */
  private void apply(Sector sector) {
    int at = (int) sector.number() * SECTOR_BYTES;
    int length = Math.min(sector.content().capacity(), durable.length - at);
    if (length > 0) sector.content().get(0, durable, at, length);
  }
}
