package dev.penstock.replication.model.lease;

import dev.penstock.replication.model.Model;
import dev.penstock.replication.model.lease.State.Link;
import dev.penstock.replication.model.lease.State.Phase;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Everything that can happen to one volume, its copies, and the jobs that send it: snapshots are
 * taken; pruners, which know no rule but these, want to be rid of any of them at any time; jobs
 * plan, send and confirm; the network loses and delays whatever was ever sent; the sender's process
 * dies between any two steps. (A receiver that dies loses what is under way to it, which the
 * network may do as well.)
 *
 * @param snapshots how many are taken, at most three
 * @param rules those that are in force
 * @param staleReleases whether an operator releases leases of steps that do not run
 */
record LeaseModel(int snapshots, int receivers, Set<Rule> rules, boolean staleReleases)
    implements Model<State, Harm> {

  /** What can happen. */
  enum Happening {
    SNAPSHOT_TAKEN,
    SENDER_CONDEMNS,
    SENDER_DESTROYS,
    SENDER_DIES_AND_RESTARTS,
    LEASES_RELEASED_AS_STALE,
    LEASES_OF_RUNNING_STEP_EXPIRE,
    JOB_ASKS_BOTH_SIDES_AND_PLANS_UP_TO,
    JOB_SEES_THAT_THE_RECEIVER_HAS,
    JOB_LEASES_UP_TO,
    JOB_IS_REFUSED_A_LEASE_ON,
    JOB_MAKES_READY_TO_SEND,
    JOB_SENDS,
    JOB_ENDS_EARLY,
    JOB_HEARS_THAT_THERE_IS,
    JOB_ANCHORS,
    JOB_ENDS_ITS_LEASES,
    RECEIVER_COMMITS,
    RECEIVER_HAS_ALREADY,
    RECEIVER_REFUSES,
    RECEIVER_DESTROYS,
    NETWORK_LOSES_REQUEST_FOR,
    NETWORK_LOSES_ACKNOWLEDGEMENT_OF
  }

  private static final Set<Harm> NONE = EnumSet.noneOf(Harm.class);

  @Override
  public State start() {
    return new State(snapshots, receivers);
  }

  @Override
  public int words() {
    return 1;
  }

  @Override
  public void pack(State state, long[] words) {
    words[0] = state.pack();
  }

  @Override
  public State unpack(long[] words) {
    State state = start();
    state.unpack(words[0]);
    return state;
  }

  private static String told(Happening what, int receiver, int snapshot) {
    String words = what.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    return (receiver < 0 ? "" : "R" + receiver + ": ")
        + words
        + (snapshot == 0 ? "" : " S" + snapshot);
  }

  private boolean has(Rule rule) {
    return rules.contains(rule);
  }

  @Override
  public Set<Harm> harm(State state) {
    Set<Harm> harm = EnumSet.noneOf(Harm.class);
    if (state.orphaned != 0) harm.add(Harm.HIDDEN_FOR_EVER);
    if ((state.anchors() & ~state.visible()) != 0) harm.add(Harm.ANCHOR_LOST);
    for (Link link : state.links) {
      if (link.succeeded && (link.held & state.exists) == 0) harm.add(Harm.NOTHING_IN_COMMON);
      if ((State.bit(link.newest()) & ~state.exists) != 0) harm.add(Harm.LOOKS_DIVERGED);
      if (link.phase.isRunning() && (link.leased & state.condemned) != 0)
        harm.add(Harm.LEASED_AND_CONDEMNED);
    }
    return harm;
  }

  @Override
  public void next(State state, Next<State, Harm> next) {
    new Senders(state, next).all();
    for (int r = 0; r < receivers; r++) {
      new Job(state, r, next).all();
      new Receiver(state, r, next).all();
    }
  }

  /** The sender's store, its pruner, its process, and its operator. */
  private final class Senders {
    private final State state;
    private final Next<State, Harm> next;

    Senders(State state, Next<State, Harm> next) {
      this.state = state;
      this.next = next;
    }

    void all() {
      if (state.taken < snapshots)
        happens(
            Happening.SNAPSHOT_TAKEN,
            state.taken + 1,
            s -> {
              s.taken++;
              s.exists |= State.bit(s.taken);
            });
      for (int one = 1; one <= snapshots; one++) pruner(one);
      happens(Happening.SENDER_DIES_AND_RESTARTS, 0, this::restart);
    }

    private void pruner(int one) {
      int bit = State.bit(one);
      boolean leased = has(Rule.CONDEMN_SPARES_LEASED) && (state.leased() & bit) != 0;
      boolean held = has(Rule.CONDEMN_SPARES_HELD) && (state.anchors() & bit) != 0;
      if ((state.visible() & bit) != 0 && !leased && !held)
        happens(Happening.SENDER_CONDEMNS, one, s -> s.condemned |= bit);
      if ((state.condemned & ~state.orphaned & bit) != 0)
        happens(
            Happening.SENDER_DESTROYS,
            one,
            s -> {
              s.condemned &= ~bit;
              s.exists &= ~bit;
            });
    }

    private void restart(State s) {
      s.links.forEach(Link::idle);
      if (has(Rule.RESTART_REVOKES)) s.condemned = 0;
      else s.orphaned = s.condemned;
    }

    private void happens(Happening what, int snapshot, Consumer<State> change) {
      State after = state.copy();
      change.accept(after);
      next.happens(() -> told(what, -1, snapshot), after, NONE);
    }
  }

  /** The sender's job for one receiver. */
  private final class Job {
    private final State state;
    private final Link link;
    private final int receiver;
    private final Next<State, Harm> next;

    Job(State state, int receiver, Next<State, Harm> next) {
      this.state = state;
      this.receiver = receiver;
      this.link = state.links.get(receiver);
      this.next = next;
    }

    void all() {
      leases();
      if (!has(Rule.ACK_FOR_RUNNING_STEP)) lateAcknowledgements();
      switch (link.phase) {
        case IDLE -> ask();
        case PLANNED -> need();
        case LEASED -> anchorBase();
        case READY -> send();
        case SENT -> awaitAnswer();
        case CONFIRMED -> anchor();
        case ANCHORED ->
            happens(
                Happening.JOB_ENDS_ITS_LEASES,
                0,
                (_, l) -> {
                  l.leased = 0;
                  l.idle();
                });
      }
      if (link.phase != Phase.IDLE) endEarly();
    }

    /** It is cancelled, its peer is lost, or the process that runs it ends. */
    private void endEarly() {
      happens(
          Happening.JOB_ENDS_EARLY,
          link.to,
          (_, l) -> {
            if (!has(Rule.UNANSWERED_LEASES_STAY)) l.leased = 0;
            l.idle();
          });
    }

    private void leases() {
      if (link.leased == 0) return;
      boolean running = link.phase.isRunning();
      if (!running && (staleReleases || !has(Rule.UNANSWERED_LEASES_STAY)))
        happens(Happening.LEASES_RELEASED_AS_STALE, 0, (_, l) -> l.leased = 0);
      if (running && !has(Rule.RUNNING_LEASES_STAY))
        happens(Happening.LEASES_OF_RUNNING_STEP_EXPIRE, 0, (_, l) -> l.leased = 0);
    }

    /** A snapshot that the receiver has and the sender has not is left to people. */
    private void ask() {
      int newest = link.newest();
      if ((State.bit(newest) & ~state.visible()) != 0) return;
      boolean upToDate = newest != 0;
      for (int to = newest + 1; to <= snapshots; to++) {
        if ((state.visible() & State.bit(to)) == 0) continue;
        upToDate = false;
        asked(Happening.JOB_ASKS_BOTH_SIDES_AND_PLANS_UP_TO, Phase.PLANNED, newest, to);
      }
      if (upToDate && (link.anchor != newest || link.leased != 0))
        asked(Happening.JOB_SEES_THAT_THE_RECEIVER_HAS, Phase.CONFIRMED, 0, newest);
    }

    private void asked(Happening what, Phase phase, int from, int to) {
      happens(
          what,
          to,
          (_, l) -> {
            if (has(Rule.ONE_TICKET)) l.requests = 0;
            l.phase = phase;
            l.from = from;
            l.to = to;
          });
    }

    private void need() {
      int wanted = State.bit(link.from) | State.bit(link.to);
      if (has(Rule.NEED_REFUSES_CONDEMNED) && (wanted & ~state.visible()) != 0)
        happens(Happening.JOB_IS_REFUSED_A_LEASE_ON, link.to, (_, l) -> l.idle());
      else
        happens(
            Happening.JOB_LEASES_UP_TO,
            link.to,
            (_, l) -> {
              l.leased = wanted;
              l.phase = Phase.LEASED;
            });
    }

    private void anchorBase() {
      happens(
          Happening.JOB_MAKES_READY_TO_SEND,
          link.to,
          (s, l) -> {
            boolean first = has(Rule.BASE_ANCHORED_FIRST) && l.from != 0;
            if (first && !setAnchor(s, l, l.from)) l.idle();
            else l.phase = Phase.READY;
          });
    }

    private void send() {
      int needed = State.bit(link.from) | State.bit(link.to);
      Set<Harm> harm = (needed & ~state.exists) == 0 ? NONE : EnumSet.of(Harm.STEP_FAILS);
      happens(
          Happening.JOB_SENDS,
          link.to,
          harm,
          (_, l) -> {
            l.requests |= State.request(l.from, l.to);
            l.phase = Phase.SENT;
          });
    }

    private void awaitAnswer() {
      if ((link.acks & State.bit(link.to)) != 0)
        happens(
            Happening.JOB_HEARS_THAT_THERE_IS,
            link.to,
            (_, l) -> {
              l.phase = Phase.CONFIRMED;
              l.from = 0;
            });
    }

    private void anchor() {
      happens(
          Happening.JOB_ANCHORS,
          link.to,
          (s, l) -> {
            if (!setAnchor(s, l, l.to)) {
              l.idle();
              return;
            }
            l.succeeded = true;
            l.phase = Phase.ANCHORED;
          });
    }

    private void lateAcknowledgements() {
      for (int one = 1; one <= snapshots; one++) {
        int snapshot = one;
        if ((link.acks & state.visible() & State.bit(one)) != 0)
          happens(
              Happening.JOB_ANCHORS,
              one,
              (s, l) -> {
                l.succeeded |= setAnchor(s, l, snapshot);
              });
      }
    }

    /** What is condemned or gone is refused, as a lease on it is. */
    private boolean setAnchor(State s, Link l, int snapshot) {
      if ((State.bit(snapshot) & ~s.visible()) != 0) return false;
      if (!has(Rule.SENDER_ANCHORS)) return true;
      if (!has(Rule.ANCHOR_PER_RECEIVER)) s.links.forEach(other -> other.anchor = 0);
      l.anchor = snapshot;
      return true;
    }

    private void happens(Happening what, int snapshot, Change change) {
      happens(what, snapshot, NONE, change);
    }

    private void happens(Happening what, int snapshot, Set<Harm> harm, Change change) {
      State after = state.copy();
      change.to(after, after.links.get(receiver));
      next.happens(() -> told(what, receiver, snapshot), after, harm);
    }
  }

  private interface Change {
    void to(State state, Link link);
  }

  /** One receiver, its pruner, and the network between the two. */
  private final class Receiver {
    private final State state;
    private final Link link;
    private final int receiver;
    private final Next<State, Harm> next;

    Receiver(State state, int receiver, Next<State, Harm> next) {
      this.state = state;
      this.receiver = receiver;
      this.link = state.links.get(receiver);
      this.next = next;
    }

    void all() {
      for (int one = 1; one <= snapshots; one++) {
        int bit = State.bit(one);
        for (int from = 0; from < one; from++)
          if ((link.requests & State.request(from, one)) != 0) request(from, one);
        if ((link.acks & bit) != 0)
          happens(Happening.NETWORK_LOSES_ACKNOWLEDGEMENT_OF, one, l -> l.acks &= ~bit);
        if ((link.held & ~link.tags & bit) != 0)
          happens(Happening.RECEIVER_DESTROYS, one, l -> l.held &= ~bit);
      }
    }

    private void request(int from, int to) {
      int request = State.request(from, to);
      happens(Happening.NETWORK_LOSES_REQUEST_FOR, to, l -> l.requests &= ~request);
      if (link.newest() == to)
        happens(
            Happening.RECEIVER_HAS_ALREADY,
            to,
            l -> {
              l.requests &= ~request;
              l.acks |= State.bit(to);
            });
      else if (link.newest() == from) commit(from, to, NONE);
      else if (!has(Rule.BASE_FITS)) commit(from, to, EnumSet.of(Harm.WRONG_BASE));
      else happens(Happening.RECEIVER_REFUSES, to, l -> l.requests &= ~request);
    }

    private void commit(int from, int to, Set<Harm> harm) {
      happens(
          Happening.RECEIVER_COMMITS,
          to,
          harm,
          l -> {
            l.requests &= ~State.request(from, to);
            l.acks |= State.bit(to);
            l.held |= State.bit(to);
            if (!has(Rule.RECEIVER_ANCHORS) || !has(Rule.TAG_IN_COMMIT)) return;
            l.tags = State.bit(to);
            if (has(Rule.BASE_KEEPS_TAG)) l.tags |= State.bit(from);
          });
    }

    private void happens(Happening what, int snapshot, Consumer<Link> change) {
      happens(what, snapshot, NONE, change);
    }

    private void happens(Happening what, int snapshot, Set<Harm> harm, Consumer<Link> change) {
      State after = state.copy();
      change.accept(after.links.get(receiver));
      next.happens(() -> told(what, receiver, snapshot), after, harm);
    }
  }
}
