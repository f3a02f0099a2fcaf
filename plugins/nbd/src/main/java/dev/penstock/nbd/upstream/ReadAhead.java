package dev.penstock.nbd.upstream;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the second half of a read that was sent twice as long: a guest that boots reads small
 * pieces, one after the other.
 *
 * <p>A read inside what is kept is answered from it. Every other command empties it, a reconnect
 * too; and what a read brought is kept only if nobody asked for anything meanwhile, and no change
 * was under way: it might be older than what that change was answered with.
 *
 * <p>One read at a time is sent twice as long. Of two, one would be thrown away; and while a server
 * is away, each would hold its second half.
 *
 * <p><b>Threads.</b> Any; the lock is held for copying at most {@code bytesMax}.
 */
final class ReadAhead {
  /** What {@link #ask} answers for a read that is sent as it is. */
  static final long AS_IT_IS = -1;

  private final int bytesMax;
  private @Nullable ByteBuffer kept;
  private long keptOffset;
  private long asked;
  private int changes;
  private boolean underWay;

  /**
   * @param bytesMax reads that are longer are sent as they are; 0 to keep nothing ever
   */
  ReadAhead(int bytesMax) {
    this.bytesMax = bytesMax;
  }

  boolean isOff() {
    return bytesMax == 0;
  }

  /** Fills {@code target}, leaving its position, if all of the range is kept. */
  synchronized boolean answer(long offset, ByteBuffer target) {
    ByteBuffer here = kept;
    int lengthBytes = target.remaining();
    if (here == null || offset < keptOffset || offset - keptOffset > here.capacity() - lengthBytes)
      return false;
    target.duplicate().put(here.duplicate().slice((int) (offset - keptOffset), lengthBytes));
    return true;
  }

  /**
   * A read that was not answered from here begins.
   *
   * @return {@link #AS_IT_IS}, or a ticket for {@link #keep}: it is to be sent twice as long, and
   *     {@link #ended} is due
   */
  synchronized long ask(long offset, int lengthBytes, long sizeBytes) {
    forget();
    boolean doubled =
        lengthBytes <= bytesMax
            && changes == 0
            && !underWay
            && offset <= sizeBytes - 2L * lengthBytes;
    if (!doubled) return AS_IT_IS;
    underWay = true;
    return asked;
  }

  /** A read that was sent twice as long has ended, well or not. */
  synchronized void ended() {
    underWay = false;
  }

  /** Takes the bytes that follow the read of this ticket, which belong to it from now on. */
  synchronized void keep(long ticket, long offset, ByteBuffer bytes) {
    if (ticket != asked || changes > 0) return;
    kept = bytes;
    keptOffset = offset;
  }

  /** Something that may change bytes begins; {@link #changed} is due. */
  synchronized void change() {
    forget();
    changes++;
  }

  synchronized void changed() {
    changes--;
  }

  /** Any other command, or a reconnect. */
  synchronized void forget() {
    asked++;
    kept = null;
  }
}
