package dev.penstock.volumes.head;

import dev.penstock.volumes.claim.Claims;
import dev.penstock.volumes.claim.GrainState;
import dev.penstock.volumes.claim.Grains;
import org.jspecify.annotations.Nullable;

/**
 * Which grains were changed while somebody copies them. A change is noted after it was made: one
 * that was made before the notes were taken and is noted after that is copied twice, and none is
 * missed.
 *
 * <p><b>Threads.</b> Any.
 */
final class ChangeNotes {
  private volatile @Nullable Claims noted;

  synchronized void begin() {
    noted = new Claims();
  }

  synchronized void end() {
    noted = null;
  }

  void add(long offset, long lengthBytes) {
    if (noted != null && lengthBytes > 0) note(offset, lengthBytes);
  }

  private synchronized void note(long offset, long lengthBytes) {
    Claims notes = noted;
    if (notes == null) return;
    long first = Grains.of(offset);
    notes.set(first, Grains.holding(offset + lengthBytes) - first, GrainState.DATA);
  }

  /** What was noted since this was asked last. */
  synchronized Claims take() {
    Claims notes = noted;
    if (notes == null) throw new IllegalStateException("nothing is noted");
    noted = new Claims();
    return notes;
  }
}
