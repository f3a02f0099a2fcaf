package dev.penstock.replication.schedule;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.ToIntFunction;

/**
 * The one queue of all jobs for a bounded number of slots. Of those whose time has come the first
 * in the order of {@link Turn} is admitted; one whose time has not come stands in nobody's way, and
 * neither does one whose job has no slot left.
 *
 * <p><b>Threads.</b> One at a time.
 */
public final class StepQueue {
  private final TreeSet<Turn> waiting = new TreeSet<>(Turn.ORDER);
  private final Set<Turn> admitted = new HashSet<>();
  private final Map<String, Integer> admittedOfJob = new HashMap<>();
  private final ToIntFunction<String> slotsOfJob;
  private final int slots;

  /**
   * @param slots how many of all jobs are admitted at once
   * @param slotsOfJob how many of one are
   */
  public StepQueue(int slots, ToIntFunction<String> slotsOfJob) {
    this.slots = slots;
    this.slotsOfJob = slotsOfJob;
  }

  /** Begins to wait. */
  public void enter(Turn one) {
    if (admitted.contains(one) || !waiting.add(one))
      throw new IllegalStateException("waits already: " + one);
  }

  /** Who is to go on now, in this order. Each has a slot until it leaves. */
  public List<Turn> admit(Instant now) {
    List<Turn> next = new ArrayList<>();
    for (Turn one : waiting) {
      if (admitted.size() >= slots) break;
      if (!one.isReady(now) || ofJob(one.job()) >= slotsOfJob.applyAsInt(one.job())) continue;
      next.add(one);
      admitted.add(one);
      admittedOfJob.merge(one.job(), 1, Integer::sum);
    }
    waiting.removeAll(next);
    return next;
  }

  private int ofJob(String job) {
    return admittedOfJob.getOrDefault(job, 0);
  }

  /**
   * Gives the slot back, or waits no longer. Harmless twice: whoever is cancelled while it is
   * admitted does not know which of the two came first.
   */
  public void leave(Turn one) {
    waiting.remove(one);
    if (admitted.remove(one))
      admittedOfJob.computeIfPresent(one.job(), (_, n) -> n > 1 ? n - 1 : null);
  }

  /**
   * When to admit again if nothing happens until then; empty if only a leave can change anything.
   */
  public Optional<Instant> nextLook(Instant now) {
    if (admitted.size() >= slots) return Optional.empty();
    return waiting.stream()
        .filter(one -> !one.isReady(now))
        .map(Turn::notBefore)
        .min(Instant::compareTo);
  }

  public int waiting() {
    return waiting.size();
  }

  public int admitted() {
    return admitted.size();
  }
}
