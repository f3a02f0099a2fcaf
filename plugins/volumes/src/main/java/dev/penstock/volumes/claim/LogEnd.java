package dev.penstock.volumes.claim;

import dev.penstock.spi.GatewayError;
import dev.penstock.volumes.disk.DiskFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What stands in a log after the record that ends it, and whether a crash can have left it so.
 *
 * <p>A round is written once the one before it is durable. So a crash leaves any sectors of the
 * last round, nothing of a later one, and of each sector all or nothing. Two things tell that a
 * record was there and has rotted: a record behind it in its own sector, and a record of a later
 * round, which was begun only when everything before it had been acknowledged.
 *
 * <p>A record that has rotted in the last round, with nothing behind it in its sector, looks like a
 * crash and is taken for one.
 */
final class LogEnd {
  private static final int SECTOR_BYTES = 512;
  private static final int READ_BYTES = 1 << 20;

  /**
   * Where the log ends.
   *
   * @param offset of the record that is missing
   * @param roomBytes where the file ends
   * @param lsn what the number of that record would be
   */
  record At(long offset, long roomBytes, long lsn) {}

  /** Whether the record of that number stands there, whole. */
  @FunctionalInterface
  interface RecordCheck {
    boolean isRecord(ByteBuffer records, int at, long lsn);
  }

  private final DiskFile file;
  private final String called;
  private final At end;
  private final boolean hasPlaces;
  private final RecordCheck check;

  LogEnd(DiskFile file, String called, At end, boolean hasPlaces, RecordCheck check) {
    this.file = file;
    this.called = called;
    this.end = end;
    this.hasPlaces = hasPlaces;
    this.check = check;
  }

  /**
   * {@link GatewayError.Damaged} if records are lost that no crash can have lost.
   *
   * @param from what is not newer than this is in the map, and not lost
   */
  void requireNoneLost(long from) {
    long left = end.roomBytes() - end.offset();
    if (left < ClaimLog.RECORD_BYTES) return;
    ByteBuffer records =
        ByteBuffer.allocate((int) Math.min(READ_BYTES, left)).order(ByteOrder.LITTLE_ENDIAN);
    for (long at = end.offset(); at + ClaimLog.RECORD_BYTES <= end.roomBytes(); ) {
      int length = (int) Math.min(records.capacity(), end.roomBytes() - at);
      length -= length % ClaimLog.RECORD_BYTES;
      file.read(at, records.clear().limit(length));
      requireNoneLost(records, at, length, from);
      at += length;
    }
  }

  private void requireNoneLost(ByteBuffer records, long offset, int length, long from) {
    for (int at = 0; at < length; at += ClaimLog.RECORD_BYTES) {
      long lsn = end.lsn() + (offset + at - end.offset()) / ClaimLog.RECORD_BYTES;
      if (!check.isRecord(records, at, lsn)) continue;
      long lost = lostUpTo(records, at, offset + at, lsn);
      if (lost >= end.lsn() && lost > from)
        throw new GatewayError.Damaged(
            "%s: record %d is not what was written, and record %d after it is: what was claimed there is lost; bring the file back from a backup; nothing was touched"
                .formatted(called, end.lsn(), lsn));
    }
  }

  /** The last number that a record, which is whole, says was there before it. */
  private long lostUpTo(ByteBuffer records, int at, long offset, long lsn) {
    if (offset / SECTOR_BYTES == end.offset() / SECTOR_BYTES) return lsn - 1;
    int place = records.getInt(at + 4) >>> 8;
    return hasPlaces && place < ClaimLog.PLACE_MAX ? lsn - place - 1 : 0;
  }
}
