package dev.penstock.replication.site;

import dev.penstock.replication.flow.Waiting;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.snapshot.Snapshots.Histories;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Under which names the jobs of one peer keep something here from being destroyed. The names are
 * the peer's to choose, so there is a limit: anchors are counted as the stores have them, leases
 * since the module started, which are forgotten when they may have expired.
 *
 * <p><b>Threads.</b> Any.
 */
public final class PeerJobs {
  /** Of a message. */
  private static final int NAMES_MAX = 5;

  private final Snapshots snapshots;
  private final InstantSource clock;
  private final String anchors;
  private final Kept kept;
  private final Duration asking;
  private final Map<String, Instant> lastAsked = new HashMap<>();

  /**
   * What is kept for a peer.
   *
   * @param jobsMax under how many names
   * @param expiry for how long after it was asked for, at most, unless it is an anchor
   */
  public record Kept(String peer, int jobsMax, Duration expiry) {}

  /**
   * @param asking how long the stores may take to say what they have
   */
  public PeerJobs(Snapshots snapshots, InstantSource clock, Kept kept, Duration asking) {
    this.snapshots = snapshots;
    this.clock = clock;
    this.kept = kept;
    this.asking = asking;
    this.anchors = anchor(kept.peer(), "");
  }

  /** What holds the snapshot that a job of the peer has brought there. */
  public static String anchor(String peer, String job) {
    return Snapshots.ANCHOR_PREFIX + peer + "." + job;
  }

  /**
   * {@link GatewayError.Denied} if this is one name too many. The stores are asked about new ones.
   */
  public void require(String job) throws InterruptedException {
    if (isKnown(job)) return;
    Histories all =
        Waiting.on(snapshots.histories(), asking, Scope.RESOURCE, "the list of volumes here");
    enter(job, anchored(all));
  }

  private synchronized boolean isKnown(String job) {
    forgetOld();
    return lastAsked.computeIfPresent(job, (_, _) -> clock.instant()) != null;
  }

  private void forgetOld() {
    Instant old = clock.instant().minus(kept.expiry());
    lastAsked.values().removeIf(at -> at.isBefore(old));
  }

  /** A name of a job has no dot in it; that of another peer, which begins the same, has one. */
  private Set<String> anchored(Histories all) {
    return all.volumes().stream()
        .flatMap(volume -> volume.snapshots().stream())
        .flatMap(snapshot -> snapshot.holds().stream())
        .filter(hold -> hold.startsWith(anchors))
        .map(hold -> hold.substring(anchors.length()))
        .filter(job -> job.indexOf('.') < 0)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private synchronized void enter(String job, Set<String> anchored) {
    Set<String> names = new TreeSet<>(anchored);
    names.addAll(lastAsked.keySet());
    if (!names.contains(job) && names.size() >= kept.jobsMax())
      throw new GatewayError.Denied(
          "jobs of peer %s keep snapshots here under %d names, and jobs_max is %d (%s): release the anchors of those that are gone (penstock snapshot release), or give it more"
              .formatted(kept.peer(), names.size(), kept.jobsMax(), some(names)));
    lastAsked.put(job, clock.instant());
  }

  private static String some(Set<String> names) {
    String first = names.stream().limit(NAMES_MAX).collect(Collectors.joining(", "));
    return names.size() > NAMES_MAX ? first + ", …" : first;
  }
}
