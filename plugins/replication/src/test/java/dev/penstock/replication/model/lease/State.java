package dev.penstock.replication.model.lease;

import java.util.ArrayList;
import java.util.List;

/**
 * A sender of one volume and its receivers, at one moment. Sets of snapshots are bits, by the order
 * in which they were taken; one snapshot is its number from 1, and 0 is none. All of it fits into a
 * long, by which states are told apart.
 */
final class State {
  /** Where a job's work for one receiver is. Lost when the sender's process ends. */
  enum Phase {
    IDLE,
    /** Both sides were asked: {@code from} and {@code to} are chosen. */
    PLANNED,
    /** They are leased. */
    LEASED,
    /** The anchor is on {@code from}. */
    READY,
    /** Everything of {@code to} is on its way. */
    SENT,
    /** The receiver has {@code to}. */
    CONFIRMED,
    /** The anchor is on {@code to}. */
    ANCHORED;

    boolean isRunning() {
      return compareTo(LEASED) >= 0;
    }
  }

  /** A receiver, and the job that sends to it. */
  static final class Link {
    Phase phase = Phase.IDLE;
    int from;
    int to;

    /** The sender's, durable. */
    int anchor;

    /** The sender's, durable. */
    int leased;

    /** Whether the sender was ever told that something has come. */
    boolean succeeded;

    /** The receiver's snapshots. */
    int held;

    /** Those of them that are its anchors. */
    int tags;

    /** Requests under way, by {@link #request}. */
    int requests;

    /** Acknowledgements under way, by what has come. */
    int acks;

    int newest() {
      return 32 - Integer.numberOfLeadingZeros(held);
    }

    void idle() {
      phase = Phase.IDLE;
      from = 0;
      to = 0;
    }
  }

  private static final List<Phase> PHASES = List.of(Phase.values());

  final int snapshots;
  int taken;
  int exists;
  int condemned;

  /** Condemned by a process that is gone. */
  int orphaned;

  final List<Link> links = new ArrayList<>();

  State(int snapshots, int receivers) {
    this.snapshots = snapshots;
    for (int i = 0; i < receivers; i++) links.add(new Link());
  }

  /** The bit of a snapshot; none for none. */
  static int bit(int snapshot) {
    return snapshot == 0 ? 0 : 1 << (snapshot - 1);
  }

  /** What may be planned with. */
  int visible() {
    return exists & ~condemned;
  }

  int anchors() {
    int anchors = 0;
    for (Link link : links) anchors |= bit(link.anchor);
    return anchors;
  }

  int leased() {
    int leased = 0;
    for (Link link : links) leased |= link.leased;
    return leased;
  }

  /** The bit of a request: to 1 from 0; to 2 from 0, 1; to 3 from 0, 1, 2. */
  static int request(int from, int to) {
    return 1 << (to * (to - 1) / 2 + from);
  }

  State copy() {
    var copy = new State(snapshots, links.size());
    copy.unpack(pack());
    return copy;
  }

  long pack() {
    var bits = new Packed(0, 0);
    bits = bits.with(taken, 2).with(exists, snapshots).with(condemned, snapshots);
    bits = bits.with(orphaned, snapshots);
    for (Link link : links)
      bits =
          bits.with(PHASES.indexOf(link.phase), 3)
              .with(link.from, 2)
              .with(link.to, 2)
              .with(link.anchor, 2)
              .with(link.leased, snapshots)
              .with(link.succeeded ? 1 : 0, 1)
              .with(link.held, snapshots)
              .with(link.tags, snapshots)
              .with(link.requests, snapshots * (snapshots + 1) / 2)
              .with(link.acks, snapshots);
    return bits.value;
  }

  private record Packed(long value, int width) {
    Packed with(int part, int bits) {
      return new Packed(value | (long) part << width, width + bits);
    }
  }

  void unpack(long packed) {
    var in = new Unpacking(packed);
    taken = in.next(2);
    exists = in.next(snapshots);
    condemned = in.next(snapshots);
    orphaned = in.next(snapshots);
    for (Link link : links) {
      link.phase = PHASES.get(in.next(3));
      link.from = in.next(2);
      link.to = in.next(2);
      link.anchor = in.next(2);
      link.leased = in.next(snapshots);
      link.succeeded = in.next(1) == 1;
      link.held = in.next(snapshots);
      link.tags = in.next(snapshots);
      link.requests = in.next(snapshots * (snapshots + 1) / 2);
      link.acks = in.next(snapshots);
    }
  }

  private static final class Unpacking {
    private long rest;

    Unpacking(long packed) {
      rest = packed;
    }

    int next(int bits) {
      int part = (int) (rest & ((1L << bits) - 1));
      rest >>>= bits;
      return part;
    }
  }
}
