package dev.penstock.replication.model.handoff;

import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Destination;
import dev.penstock.replication.handoff.Message;
import dev.penstock.replication.handoff.Outcome;
import dev.penstock.replication.handoff.Source;
import dev.penstock.replication.model.Model;
import dev.penstock.replication.model.handoff.Letter.Answered;
import dev.penstock.replication.model.handoff.Letter.Round;
import dev.penstock.replication.model.handoff.Letter.Said;
import dev.penstock.replication.model.handoff.Scenario.Replaced;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.ownership.Ownership.Handed;
import dev.penstock.spi.ownership.Ownership.Offered;
import dev.penstock.spi.ownership.Ownership.Owner;
import dev.penstock.spi.ownership.Ownership.Prepared;
import dev.penstock.spi.ownership.Ownership.Receiving;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Everything that can happen to one volume that is handed over between gateways, by the very
 * functions that hand it over. The network keeps all that was ever said and delivers any of it at
 * any time, any number of times, or never. A gateway crashes between any two steps: its record and
 * what it has synced stay. A client writes, at any gateway that serves, holds or forwards, and goes
 * away whenever it likes.
 *
 * <p>What a gateway may say at any time by its record it has said as soon as it has that record:
 * the network may keep it for as long as it likes. What can never change anything any more it
 * forgets, while all rules are in force: epochs only go up.
 */
final class HandoffModel implements Model<State, Harm> {
  private static final Set<Harm> NO_HARM = EnumSet.noneOf(Harm.class);

  private final Scenario scenario;
  private final Ruled ruled;
  private final Vocabulary<Optional<Ownership>> records = new Vocabulary<>(State.RECORDS_MAX);
  private final Vocabulary<Letter> letters = new Vocabulary<>(State.LETTERS_MAX);

  /** Of rules that are switched off nobody knows what they keep alive; nor of force. */
  private final boolean forgetsSpent;

  HandoffModel(Scenario scenario, Set<Rule> rules) {
    this(scenario, rules, rules.containsAll(EnumSet.allOf(Rule.class)) && !scenario.force());
  }

  HandoffModel(Scenario scenario, Set<Rule> rules, boolean forgetsSpent) {
    this.scenario = scenario;
    this.forgetsSpent = forgetsSpent;
    ruled = new Ruled(rules);
  }

  @Override
  public State start() {
    var state = new State();
    for (int g = 0; g < State.GATEWAYS_MAX; g++)
      state.records[g] = records.number(Optional.empty());
    state.records[0] = records.number(Optional.of(Ownership.PLAIN));
    state.durable[0] = 0;
    state.seen[0] = 0;
    return state;
  }

  @Override
  public int words() {
    return State.WORDS;
  }

  @Override
  public void pack(State state, long[] words) {
    state.pack(words);
  }

  @Override
  public State unpack(long[] words) {
    return State.unpack(words);
  }

  private Optional<Ownership> record(State state, int gateway) {
    return records.thing(state.records[gateway]);
  }

  private static Counterpart name(int gateway) {
    return new Counterpart(String.valueOf((char) ('A' + gateway)), "vm");
  }

  private static int number(Counterpart name) {
    return name.peer().charAt(0) - 'A';
  }

  private boolean isOwned(State state, int gateway) {
    return record(state, gateway).filter(Ownership::isOwned).isPresent();
  }

  @Override
  public Set<Harm> harm(State state) {
    Set<Harm> harm = EnumSet.noneOf(Harm.class);
    int owners = 0;
    boolean had = false;
    Set<Long> epochs = new HashSet<>();
    for (int g = 0; g < scenario.gateways(); g++) {
      Optional<Ownership> known = record(state, g);
      Ownership.Phase phase = Ruled.phase(known);
      had |= phase instanceof Handed || phase instanceof Prepared;
      if (phase instanceof Ownership.Forked) harm.add(Harm.FORKED);
      follow(state, g, harm);
      if (!isOwned(state, g) || isAnother(state, known)) continue;
      owners++;
      if (!epochs.add(known.orElseThrow().owned().orElseThrow().number()))
        harm.add(Harm.TWO_OWNERS_IN_ONE_EPOCH);
      if (state.seen[g] >= State.NONE) harm.add(Harm.SERVES_A_PART);
      else if (state.seen[g] < state.acknowledged && !state.forced) harm.add(Harm.LOST_WRITE);
    }
    if (owners > 1 && !state.forced) harm.add(Harm.TWO_OWNERS);
    if (owners == 0 && !had) harm.add(Harm.NOBODY_HAS_IT);
    return harm;
  }

  /** A new volume at a machine that was replaced: it has no more than the name. */
  private static boolean isAnother(State state, Optional<Ownership> known) {
    return state.replaced && known.equals(Optional.of(Ownership.PLAIN));
  }

  /** Where a request gets to. */
  private void follow(State state, int from, Set<Harm> harm) {
    int at = from;
    for (int hops = 0; hops <= scenario.gateways(); hops++) {
      Optional<Counterpart> successor = ruled.successor(record(state, at));
      if (successor.isEmpty()) {
        boolean waits =
            switch (Ruled.phase(record(state, at))) {
              case Owner _, Offered _, Handed _, Ownership.Forked _ -> true;
              default -> state.replaced;
            };
        if (at != from && !waits) harm.add(Harm.FORWARDED_TO_NOWHERE);
        return;
      }
      at = number(successor.get());
    }
    harm.add(Harm.FORWARDED_IN_A_CIRCLE);
  }

  @Override
  public void next(State state, Next<State, Harm> next) {
    for (int g = 0; g < scenario.gateways(); g++) new Gateway(state, g, next).all();
    for (int letter = 0; letter < letters.size(); letter++)
      if (state.has(letter)) deliver(state, letters.thing(letter), next);
    new Client(state, next).all();
  }

  /**
   * What is certain to happen once everybody is up and connected, and nobody begins anything: what
   * is said is heard, and the answer as well. Nothing that was said before is needed for it.
   */
  void certain(State state, Next<State, Harm> next) {
    for (int g = 0; g < scenario.gateways(); g++) new Gateway(state, g, next).certain();
    new Client(state, next).certain();
  }

  /** One owns it, and nobody else waits for anything. */
  boolean isSettled(State state) {
    int owners = 0;
    for (int g = 0; g < scenario.gateways(); g++)
      switch (Ruled.phase(record(state, g))) {
        case Owner(Optional<Counterpart> over) when over.isEmpty() -> owners++;
        case Ownership.None _, Gone _ -> {}
        default -> {
          return false;
        }
      }
    return owners == 1 && state.pendingAt == State.NONE;
  }

  private void deliver(State state, Letter letter, Next<State, Harm> next) {
    State after = state.copy();
    switch (letter) {
      case Said said -> hear(after, said);
      case Answered answered -> heed(after, answered);
      case Round round -> receive(after, round);
    }
    next.happens(
        () ->
            "%s: hears from %s: %s"
                .formatted(name(letter.to()).peer(), name(letter.from()).peer(), letter),
        after,
        NO_HARM);
  }

  private Answer hear(State s, Said said) {
    int g = said.to();
    Outcome outcome = ruled.outcome(record(s, g), newest(s.seen[g]), said.message());
    become(s, g, outcome.next());
    if (changesSomething(outcome.answer())) send(s, new Answered(g, said.from(), outcome.answer()));
    return outcome.answer();
  }

  private static boolean changesSomething(Answer answer) {
    return switch (answer) {
      case Answer.Ready _,
          Answer.Committed _,
          Answer.Decided _,
          Answer.Aborted _,
          Answer.Yielded _ ->
          true;
      case Answer.Refused refused -> refused.stands().isPresent();
      case Answer.Taken _, Answer.Lacking _, Answer.Dropped _, Answer.Pending _, Answer.Unknown _ ->
          false;
    };
  }

  private void heed(State s, Answered answered) {
    int g = answered.to();
    Optional<Ownership> now = record(s, g);
    become(s, g, ruled.told(now, answered.answer(), name(answered.from())));
    if (!(answered.answer() instanceof Answer.Ready ready) || !s.frozen[g]) return;
    if (!ruled.has(Rule.UNLINK_WHEN_GONE) && s.seen[g] != State.NONE) forget(s, g);
    else newest(s.last[g]).ifPresent(last -> become(s, g, ruled.decided(now, last, ready)));
  }

  private void receive(State s, Round round) {
    int g = round.to();
    if (!Destination.receives(record(s, g), round.migration())) return;
    int here = s.seen[g];
    if (here == State.NONE || here < round.content()) s.seen[g] = round.content();
    if (ruled.has(Rule.BASE_FITS)) return;
    if (s.told[g] != State.NONE && s.told[g] != here && s.told[g] <= round.content())
      s.seen[g] = State.BROKEN + round.content();
    s.told[g] = round.content();
  }

  private static Optional<String> newest(int content) {
    return content == State.NONE ? Optional.empty() : Optional.of("s" + content % State.BROKEN);
  }

  private void forget(State s, int g) {
    s.durable[g] = State.NONE;
    s.seen[g] = State.NONE;
  }

  private void send(State s, Letter letter) {
    if (!forgetsSpent || !isSpent(s, letter)) s.send(letters.number(letter));
  }

  private void forgetSpent(State s) {
    for (int letter = 0; letter < letters.size(); letter++)
      if (s.has(letter) && isSpent(s, letters.thing(letter))) s.drop(letter);
  }

  /** Whether it can change nothing any more, whatever happens. */
  private boolean isSpent(State s, Letter letter) {
    Optional<Ownership> there = record(s, letter.to());
    return switch (letter) {
      case Round(_, _, Epoch epoch, _) -> cannotCome(there, epoch);
      case Said(int from, _, Message said) ->
          switch (said) {
            case Message.Offer(Epoch epoch, _, _) -> cannotCome(there, epoch);
            case Message.Last(Epoch epoch, _) -> cannotCome(there, epoch);
            case Message.Abort(Epoch epoch) -> cannotCome(there, epoch);
            case Message.Ask(Epoch epoch) -> cannotCome(record(s, from), epoch);
            case Message.Commit(Epoch epoch) ->
                cannotCome(there, epoch) && cannotGo(record(s, from), epoch);
            case Message.Claim _ -> false;
          };
      case Answered(_, _, Answer answer) ->
          switch (answer) {
            case Answer.Ready(Epoch epoch, _) -> cannotGo(there, epoch);
            case Answer.Committed(Epoch epoch) -> cannotGo(there, epoch);
            case Answer.Decided(Epoch epoch) -> cannotCome(there, epoch);
            case Answer.Aborted(Epoch epoch) -> cannotCome(there, epoch);
            default -> false;
          };
    };
  }

  /** At the destination: it has come, or a later one was heard of. */
  private static boolean cannotCome(Optional<Ownership> there, Epoch epoch) {
    return there
        .filter(known -> known.recorded().isPast(epoch) || known.hasOwned(epoch))
        .isPresent();
  }

  /** At the source: it has gone, or is kept. */
  private static boolean cannotGo(Optional<Ownership> there, Epoch epoch) {
    return switch (Ruled.phase(there)) {
      case Offered(Epoch offer, _) -> !offer.equals(epoch);
      case Handed(Epoch offer, _) -> !offer.equals(epoch);
      default -> true;
    };
  }

  /** The record is durable; what it says to others is on its way. */
  private void become(State s, int g, Optional<Ownership> next) {
    boolean owned = isOwned(s, g);
    if (next.equals(record(s, g))) return;
    s.records[g] = records.number(next);
    switch (Ruled.phase(next)) {
      case Offered(Epoch offer, Counterpart to) -> {
        send(s, new Said(g, number(to), new Message.Offer(offer, name(g), 0)));
        send(s, new Round(g, number(to), offer, s.seen[g]));
      }
      case Handed(Epoch offer, Counterpart to) -> {
        send(s, new Said(g, number(to), new Message.Commit(offer)));
        thaw(s, g);
      }
      case Gone _ -> {
        thaw(s, g);
        if (owned) forget(s, g);
      }
      case Receiving(Epoch offer, Counterpart from, _) -> ask(s, g, offer, from);
      case Prepared(Epoch offer, Counterpart from, _, _) -> {
        s.durable[g] = s.seen[g];
        ask(s, g, offer, from);
      }
      case Owner(Optional<Counterpart> over) -> {
        Epoch epoch = next.orElseThrow().owned().orElseThrow();
        if (over.isPresent() && ruled.has(Rule.FORCE_IS_TOLD))
          send(s, new Said(g, number(over.get()), new Message.Claim(epoch, name(g))));
      }
      case Ownership.None _, Ownership.Forked _ -> {}
    }
    if (forgetsSpent) forgetSpent(s);
  }

  private void ask(State s, int g, Epoch offer, Counterpart from) {
    if (ruled.has(Rule.DESTINATION_ASKS))
      send(s, new Said(g, number(from), new Message.Ask(offer)));
    if (!ruled.has(Rule.OWNER_FENCES))
      send(s, new Said(g, number(from), new Message.Claim(offer, name(g))));
  }

  private static void thaw(State s, int g) {
    s.frozen[g] = false;
    s.last[g] = State.NONE;
  }

  /** What a gateway does by itself, or an operator there. */
  private final class Gateway {
    private final State state;
    private final int g;
    private final Optional<Ownership> now;
    private final Next<State, Harm> next;

    Gateway(State state, int g, Next<State, Harm> next) {
      this.state = state;
      this.g = g;
      this.next = next;
      now = record(state, g);
    }

    void all() {
      happens("crashes and restarts", this::crash);
      if (state.offers < scenario.migrations()) offer();
      if (now.isEmpty()) return;
      if (Ruled.phase(now) instanceof Offered) source();
      moves("aborts", ruled.aborted(now), this::abort);
      moves("cancels", ruled.cancelled(now), _ -> {});
      moves("promotes itself", ruled.promotedByItself(now), _ -> {});
      if (scenario.force() && !state.forced)
        moves("is promoted by force", ruled.forced(now), s -> s.forced = true);
      if (Ruled.phase(now) instanceof Gone && state.seen[g] != State.NONE) unlink();
      replace();
    }

    private void offer() {
      for (int to = 0; to < scenario.gateways(); to++)
        if (to != g)
          moves(
              "offers to " + name(to).peer(),
              ruled.offered(now, new UUID(0, state.offers + 1L), name(to)),
              s -> s.offers++);
    }

    private void source() {
      if (!state.frozen[g]) happens("freezes and sends the last", this::freeze);
      else {
        moves("decides unheard", ruled.decidedUnheard(now), _ -> {});
        if (!ruled.has(Rule.THAW_ABORTS)) happens("thaws", s -> s.frozen[g] = false);
      }
    }

    private void freeze(State s) {
      if (!(Ruled.phase(now) instanceof Offered(Epoch offer, Counterpart to))) return;
      s.frozen[g] = true;
      if (s.last[g] != State.NONE) return;
      s.last[g] = s.seen[g];
      send(s, new Round(g, number(to), offer, s.seen[g]));
      newest(s.seen[g])
          .ifPresent(last -> send(s, new Said(g, number(to), new Message.Last(offer, last))));
    }

    private void abort(State s) {
      thaw(s, g);
      if (Ruled.phase(now) instanceof Offered(Epoch offer, Counterpart to))
        send(s, new Said(g, number(to), new Message.Abort(offer)));
    }

    private void crash(State s) {
      thaw(s, g);
      s.seen[g] = s.durable[g];
      loseRequests(s);
      become(s, g, now.map(Source::restarted));
    }

    private void loseRequests(State s) {
      if (s.pendingAt == g) s.pendingAt = State.NONE;
      if (s.strayAt == g) s.strayAt = State.NONE;
    }

    private void unlink() {
      happens(
          "unlinks its copy",
          s -> {
            forget(s, g);
            become(s, g, ruled.unlinked(now));
          });
    }

    private void replace() {
      if (scenario.replaced() == Replaced.NEVER || state.replaced) return;
      if (!(Ruled.phase(now) instanceof Handed)) return;
      happens(
          "is replaced",
          s -> {
            s.replaced = true;
            forget(s, g);
            loseRequests(s);
            s.records[g] =
                records.number(
                    scenario.replaced() == Replaced.BY_A_BLANK_ONE
                        ? Optional.empty()
                        : Optional.of(Ownership.PLAIN));
          });
    }

    void certain() {
      switch (Ruled.phase(now)) {
        case Offered _ -> moves("aborts", ruled.aborted(now), this::abort);
        case Handed(Epoch offer, Counterpart to) -> exchange(to, new Message.Commit(offer));
        case Receiving(Epoch offer, Counterpart from, _) -> asks(offer, from);
        case Prepared(Epoch offer, Counterpart from, _, _) -> asks(offer, from);
        case Owner(Optional<Counterpart> over) -> {
          Epoch epoch = now.orElseThrow().owned().orElseThrow();
          if (ruled.has(Rule.FORCE_IS_TOLD))
            over.ifPresent(other -> exchange(other, new Message.Claim(epoch, name(g))));
        }
        case Ownership.None _, Gone _, Ownership.Forked _ -> {}
      }
    }

    private void asks(Epoch offer, Counterpart from) {
      if (ruled.has(Rule.DESTINATION_ASKS)) exchange(from, new Message.Ask(offer));
    }

    private void exchange(Counterpart with, Message message) {
      happens(
          "says " + message,
          s -> heed(s, new Answered(number(with), g, hear(s, new Said(g, number(with), message)))));
    }

    /** If that is a step at all. */
    private void moves(String what, Optional<Ownership> to, Consumer<State> more) {
      if (to.equals(now)) return;
      happens(
          what,
          s -> {
            become(s, g, to);
            more.accept(s);
          });
    }

    private void happens(String what, Consumer<State> change) {
      State after = state.copy();
      change.accept(after);
      next.happens(() -> name(g).peer() + ": " + what, after, NO_HARM);
    }
  }

  /** Whoever writes, one write after another, and reconnects wherever it likes. */
  private final class Client {
    private final State state;
    private final Next<State, Harm> next;

    Client(State state, Next<State, Harm> next) {
      this.state = state;
      this.next = next;
    }

    void all() {
      if (state.pendingAt == State.NONE && state.issued < scenario.writes()) issue();
      certain();
      if (state.pendingAt != State.NONE) happens("goes away", this::leave);
      if (state.strayAt != State.NONE && serves(state.strayAt))
        happens(
            "(gone) is served late by " + name(state.strayAt).peer(),
            s -> {
              execute(s, s.strayAt, s.stray);
              s.strayAt = State.NONE;
            });
    }

    private void issue() {
      for (int g = 0; g < scenario.gateways(); g++) {
        if (isAnother(state, record(state, g))) continue;
        int at = g;
        boolean admitted =
            isOwned(state, g)
                || Ruled.phase(record(state, g)) instanceof Handed
                || ruled.successor(record(state, g)).isPresent();
        if (admitted)
          happens(
              "writes at " + name(g).peer(),
              s -> {
                s.issued++;
                s.pendingAt = at;
              });
      }
    }

    private boolean serves(int g) {
      return isOwned(state, g) && !state.frozen[g];
    }

    void certain() {
      int at = state.pendingAt;
      if (at == State.NONE) return;
      if (serves(at))
        happens(
            "is acknowledged by " + name(at).peer(),
            s -> {
              execute(s, at, s.issued);
              s.acknowledged = s.issued;
              s.pendingAt = State.NONE;
            });
      ruled
          .successor(record(state, at))
          .ifPresent(to -> happens("is forwarded to " + to.peer(), s -> s.pendingAt = number(to)));
    }

    private void execute(State s, int g, int write) {
      s.seen[g] = write;
      s.durable[g] = write;
      if (Ruled.phase(record(s, g)) instanceof Offered(Epoch offer, Counterpart to))
        send(s, new Round(g, number(to), offer, write));
    }

    private void leave(State s) {
      if (!ruled.has(Rule.REQUEST_ENDS_WITH_CLIENT) && s.strayAt == State.NONE) {
        s.stray = s.issued;
        s.strayAt = s.pendingAt;
      }
      s.pendingAt = State.NONE;
    }

    private void happens(String what, Consumer<State> change) {
      State after = state.copy();
      change.accept(after);
      next.happens(() -> "client " + what, after, NO_HARM);
    }
  }
}
