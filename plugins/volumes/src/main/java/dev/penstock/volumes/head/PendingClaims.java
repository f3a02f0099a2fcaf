package dev.penstock.volumes.head;

import dev.penstock.volumes.claim.ClaimLog;
import dev.penstock.volumes.claim.ClaimPage;
import dev.penstock.volumes.claim.Claims;
import dev.penstock.volumes.claim.GrainState;
import java.util.List;

/**
 * What was claimed since the last round, what the round under way makes durable, and what is
 * durable.
 *
 * <p><b>Threads.</b> Any claim; {@link #beginRound} and what ends it come one at a time.
 */
final class PendingClaims {
  private final Claims durable;
  private Claims pending = new Claims();
  private Claims syncing = new Claims();
  private int pendingRecords; // reserved in the log
  private int syncingRecords;

  PendingClaims(Claims durable) {
    this.durable = durable;
  }

  synchronized void claim(long first, long count, GrainState state, int records) {
    pending.set(first, count, state);
    pendingRecords += records;
  }

  /** What is not durable yet, the newest first. */
  synchronized List<ClaimPage> ahead(long page) {
    return List.of(pending.page(page), syncing.page(page));
  }

  /** Whether all claims in the range are durable. */
  synchronized boolean isDurable(long first, long end) {
    return isFree(pending, first, end) && isFree(syncing, first, end);
  }

  private static boolean isFree(Claims claims, long first, long end) {
    if (claims.isEmpty()) return true;
    boolean[] found = {false};
    claims.forEach(
        first,
        end,
        _ -> {
          found[0] = true;
          return false;
        });
    return !found[0];
  }

  /**
   * From now on what is claimed belongs to the next round. Before the sync: what is claimed during
   * it was not written before it.
   */
  synchronized Claims beginRound() {
    syncing = pending;
    syncingRecords = pendingRecords;
    pending = new Claims();
    pendingRecords = 0;
    return syncing;
  }

  /** What the round was about is in the log. */
  synchronized void roundDone(ClaimLog log) {
    durable.add(syncing);
    syncing = new Claims();
    log.release(syncingRecords);
    syncingRecords = 0;
  }

  /** It is not, and no byte was lost: the next round takes it along. */
  synchronized void roundPutOff() {
    syncing.add(pending);
    pending = syncing;
    pendingRecords += syncingRecords;
    syncing = new Claims();
    syncingRecords = 0;
  }

  Claims durable() {
    return durable;
  }

  synchronized boolean isEmpty() {
    return durable.isEmpty() && syncing.isEmpty() && pending.isEmpty();
  }

  /** Everything, durable or not, as it is now. */
  synchronized Claims all() {
    Claims all = durable.copy();
    all.add(syncing);
    all.add(pending);
    return all;
  }
}
