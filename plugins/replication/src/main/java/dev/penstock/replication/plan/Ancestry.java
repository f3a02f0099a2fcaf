package dev.penstock.replication.plan;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/**
 * What two histories of a volume have in common. By guid: a name can be reused, and a clock can
 * jump.
 */
public sealed interface Ancestry {
  /**
   * The receiver's newest snapshot is one that the sender knows.
   *
   * @param versions that one, as the sender has it, and then every later snapshot of the sender's;
   *     at least two
   */
  record Path(List<Version> versions) implements Ancestry {
    public Path {
      versions = List.copyOf(versions);
    }
  }

  /** The receiver has the sender's newest. */
  record UpToDate(Version common) implements Ancestry {}

  /** They went different ways. */
  record Diverged(Version common, List<Version> senderOnly, List<Version> receiverOnly)
      implements Ancestry {
    public Diverged {
      senderOnly = List.copyOf(senderOnly);
      receiverOnly = List.copyOf(receiverOnly);
    }
  }

  /**
   * Nothing is at both.
   *
   * @param receiver its snapshots alone: nothing can follow a bookmark there
   */
  record NoCommon(List<Version> sender, List<Version> receiver) implements Ancestry {
    public NoCommon {
      sender = List.copyOf(sender);
      receiver = List.copyOf(receiver);
    }
  }

  /** The sender has nothing at all. */
  record NothingToSend() implements Ancestry {}

  /** Both in any order. */
  static Ancestry between(Collection<Version> sender, Collection<Version> receiver) {
    List<Version> ours = Version.sorted(sender);
    List<Version> theirs = Version.snapshots(receiver);
    if (ours.isEmpty()) return new NothingToSend();

    // Of two versions with one guid the sender's snapshot wins: more can be done with it.
    Map<UUID, Integer> places = new HashMap<>();
    for (int i = 0; i < ours.size(); i++) places.put(ours.get(i).guid(), i);
    for (int j = theirs.size() - 1; j >= 0; j--) {
      Integer i = places.get(theirs.get(j).guid());
      if (i != null) return after(ours, i, theirs, j);
    }
    return new NoCommon(ours, theirs);
  }

  private static Ancestry after(List<Version> ours, int i, List<Version> theirs, int j) {
    if (j < theirs.size() - 1)
      return new Diverged(
          ours.get(i), ours.subList(i + 1, ours.size()), theirs.subList(j + 1, theirs.size()));
    List<Version> path = path(ours.get(i), ours.subList(i + 1, ours.size()));
    return path.size() == 1 ? new UpToDate(path.getFirst()) : new Path(path);
  }

  /** From a version over every later snapshot. */
  static List<Version> path(Version from, List<Version> later) {
    List<Version> path = new ArrayList<>(List.of(from));
    for (Version one : later) if (one.isSnapshot() && !one.isSameAs(path.getLast())) path.add(one);
    return path;
  }
}
