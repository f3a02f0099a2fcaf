package dev.penstock.pruner.run;

import dev.penstock.spi.snapshot.Snapshots.Histories;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * How each volume stands, from run to run.
 *
 * <p><b>Threads.</b> Any.
 */
public final class Standings {
  /**
   * One volume.
   *
   * @param errors in a row
   * @param notBeforeNanos when it may be tried again, of a clock that does not jump
   * @param stay how many snapshots it has that are not to go, when it was last looked at
   * @param deferred those that are to go once nobody needs them
   * @param unmatched what was told last of those that no rule is for
   * @param hangs whether a call has not come back
   */
  record Standing(
      int errors,
      long notBeforeNanos,
      int stay,
      Set<UUID> deferred,
      Map<String, Integer> unmatched,
      boolean hangs) {
    private static final Standing NEW = new Standing(0, 0, 0, Set.of(), Map.of(), false);

    Standing {
      deferred = Set.copyOf(deferred);
      unmatched = Map.copyOf(unmatched);
    }

    Standing failed(long retryAtNanos) {
      return new Standing(errors + 1, retryAtNanos, stay, deferred, unmatched, hangs);
    }

    Standing done(int nowStay, Set<UUID> nowDeferred) {
      return new Standing(0, 0, nowStay, nowDeferred, unmatched, hangs);
    }

    Standing told(Map<String, Integer> names) {
      return new Standing(errors, notBeforeNanos, stay, deferred, names, hangs);
    }

    Standing hanging(boolean now) {
      return new Standing(errors, notBeforeNanos, stay, deferred, unmatched, now);
    }
  }

  private final Map<String, Standing> volumes = new HashMap<>();
  private Optional<Future<Histories>> listing = Optional.empty();

  /** The list that is under way, or a new one: a store that hangs is not asked over and over. */
  synchronized Future<Histories> listing(Supplier<Future<Histories>> ask) {
    if (listing.isPresent()) return listing.get();
    Future<Histories> asked = ask.get();
    listing = Optional.of(asked);
    asked.onComplete(_ -> listed()); // it can be large: who waits for it has it
    return asked;
  }

  private synchronized void listed() {
    listing = Optional.empty();
  }

  synchronized Standing of(String volume) {
    return volumes.getOrDefault(volume, Standing.NEW);
  }

  private synchronized void change(String volume, UnaryOperator<Standing> change) {
    volumes.put(volume, change.apply(of(volume)));
  }

  void failed(String volume, long retryAtNanos) {
    change(volume, before -> before.failed(retryAtNanos));
  }

  void done(String volume, int stay, Set<UUID> deferred) {
    change(volume, before -> before.done(stay, deferred));
  }

  /** Nothing is asked of the volume until the call has come back. */
  void hangs(String volume, Future<?> call) {
    change(volume, before -> before.hanging(true));
    call.onComplete(_ -> change(volume, before -> before.hanging(false)));
  }

  /** False if the same was told of the volume before. */
  synchronized boolean isNews(String volume, Map<String, Integer> unmatched) {
    if (of(volume).unmatched().equals(unmatched)) return false;
    change(volume, before -> before.told(unmatched));
    return true;
  }

  /** Forgets all others, but for those whose call has not come back: they may be asked again. */
  public synchronized void retain(Predicate<String> wanted) {
    volumes.entrySet().removeIf(one -> !one.getValue().hangs() && !wanted.test(one.getKey()));
  }

  /** Volumes with snapshots that go once nobody needs them. */
  public synchronized Set<String> deferred() {
    return volumes.entrySet().stream()
        .filter(one -> !one.getValue().deferred().isEmpty())
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** How many snapshots stay, of all volumes together. */
  public synchronized long stay() {
    return volumes.values().stream().mapToLong(Standing::stay).sum();
  }

  /** How many volumes failed when they were last tried. */
  public synchronized long failing() {
    return volumes.values().stream().filter(one -> one.errors() > 0).count();
  }
}
