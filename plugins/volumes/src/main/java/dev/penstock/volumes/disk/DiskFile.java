package dev.penstock.volumes.disk;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.Optional;

/**
 * One open file.
 *
 * <p><b>Lifecycle.</b> {@link #close} only when no call is under way: the owner sees to it.
 * <b>Threads.</b> Any number at once. Calls block, but {@link #readNow}. <b>Units.</b> Bytes.
 * <b>Errors.</b> As of {@link Disk}. A {@link #sync}, {@link #dataSync} or {@link #writeDurably}
 * that failed must not be tried again: the kernel may have dropped what it could not write, and
 * would report success.
 *
 * <p>{@link #punch}, {@link #zeroRange}, {@link #readNow}, {@link #nextData} and {@link #nextHole}
 * ask for a facility that {@link #probe} found.
 */
public interface DiskFile extends AutoCloseable {
  /** A range of a file: from the one byte to before the other. */
  record Span(long from, long to) {}

  long sizeBytes();

  /** What the file takes on the disk; 0 if nobody can tell. */
  long allocatedBytes();

  /**
   * Fills {@code target}. A file that ends too early is {@link
   * dev.penstock.spi.GatewayError.Damaged}.
   */
  void read(long offset, ByteBuffer target);

  /** Copies what is in memory already, without waiting for a disk; 0 if the first byte is not. */
  int readNow(long offset, ByteBuffer target);

  /** Takes all of {@code source}. After an error a part of it may have been taken. */
  void write(long offset, ByteBuffer source);

  /**
   * Like {@link #write}, and returns when these bytes survive a power cut. After {@link
   * dev.penstock.spi.GatewayError.NoSpace} the next {@link #dataSync} tells whether anything was
   * lost; any other error is a failed sync.
   */
  void writeDurably(long offset, ByteBuffer source);

  /** Sets the size. What is added reads as zeroes. */
  void truncate(long sizeBytes);

  /** Gives the room back; the range reads as zeroes. */
  void punch(long offset, long lengthBytes);

  /** The range reads as zeroes, and has its room. */
  void zeroRange(long offset, long lengthBytes);

  /** Returns when the bytes, and the size that is needed to read them, survive a power cut. */
  void dataSync();

  /** Returns when all of the file survives a power cut, but for its name. */
  void sync();

  /** Where data begins, at or after {@code from}; the file's size if there is none. */
  long nextData(long from);

  /** Where a hole begins, at or after {@code from}; the file's size if there is none. */
  long nextHole(long from);

  /**
   * The first part of a range without data that has room all the same: it reads as zeroes. Only
   * with {@link Facilities#zeroRange}.
   */
  Optional<Span> nextReserved(long from, long to);

  /** The range will be read soon: a hint. */
  void willNeed(long offset, long lengthBytes);

  /** The range will be synced soon: a hint to begin. What goes wrong is told by that sync. */
  default void writeSoon(long offset, long lengthBytes) {}

  /** Another view of the same file, to be read and closed by the caller; empty if there is none. */
  Optional<FileChannel> openChannel();

  /** The file as memory, to be closed by the caller; empty if that cannot be had. */
  default Optional<FileMemory> openMemory() {
    return Optional.empty();
  }

  /**
   * Takes the file for this process alone, until it is closed; false if somebody else has it, be it
   * in this process.
   */
  boolean tryLock();

  /**
   * Finds out what this file's file system can do. Leaves the file's bytes and size as they are.
   */
  Facilities probe();

  @Override
  void close();
}
