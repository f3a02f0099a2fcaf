package dev.penstock.replication.model.handoff;

import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Claims;
import dev.penstock.replication.handoff.Destination;
import dev.penstock.replication.handoff.Message;
import dev.penstock.replication.handoff.Outcome;
import dev.penstock.replication.handoff.Source;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.ownership.Ownership.Handed;
import dev.penstock.spi.ownership.Ownership.Offered;
import dev.penstock.spi.ownership.Ownership.Owner;
import dev.penstock.spi.ownership.Ownership.Prepared;
import dev.penstock.spi.ownership.Ownership.Receiving;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The protocol as it runs, but for the rules that are switched off. What is switched off is put in
 * here, around the functions that run: they know nothing of it.
 */
record Ruled(Set<Rule> rules) {
  boolean has(Rule rule) {
    return rules.contains(rule);
  }

  Outcome outcome(Optional<Ownership> now, Optional<String> newest, Message said) {
    Message message = taken(now, said);
    if (!has(Rule.OFFER_AGAIN_IS_NOTHING)
        && message instanceof Message.Offer
        && coming(now).equals(Optional.of(message.epoch()))) {
      var again = new Receiving(message.epoch(), from(now), before(now));
      return new Outcome(now.map(known -> known.in(again)), new Answer.Taken(message.epoch()));
    }
    Outcome outcome = Outcome.of(now, newest, message);
    return new Outcome(
        forgotten(now, outcome.next()), answered(now, outcome.answer(), said.epoch()));
  }

  /** A message of another migration is taken for one of this. */
  private Message taken(Optional<Ownership> now, Message said) {
    Epoch epoch = coming(now).orElse(said.epoch());
    return switch (said) {
      case Message.Last last when !has(Rule.LAST_IS_FOR_THIS_MIGRATION) ->
          new Message.Last(epoch, last.last());
      case Message.Commit _ when !has(Rule.COMMIT_IS_FOR_THIS_MIGRATION) ->
          new Message.Commit(epoch);
      case Message.Abort _ when !has(Rule.ABORT_IS_FOR_THIS_MIGRATION) -> new Message.Abort(epoch);
      default -> said;
    };
  }

  private Answer answered(Optional<Ownership> now, Answer answer, Epoch asked) {
    if (!(answer instanceof Answer.Unknown)) return answer;
    boolean silent = has(now.isEmpty() ? Rule.NO_RECORD_NO_ANSWER : Rule.OLD_RECORD_NO_ANSWER);
    return silent ? answer : new Answer.Aborted(asked);
  }

  private Optional<Ownership> forgotten(Optional<Ownership> now, Optional<Ownership> next) {
    boolean ended = coming(now).isPresent() && next.filter(this::isBefore).isPresent();
    return ended && !has(Rule.RECORD_BEFORE_COMES_BACK) ? Optional.empty() : next;
  }

  private boolean isBefore(Ownership known) {
    return known.phase() instanceof Ownership.Before;
  }

  static Optional<Epoch> coming(Optional<Ownership> now) {
    return now.flatMap(Destination::asksAfter);
  }

  private static Counterpart from(Optional<Ownership> now) {
    return switch (now.orElseThrow().phase()) {
      case Receiving receiving -> receiving.from();
      case Prepared prepared -> prepared.from();
      default -> throw new IllegalStateException();
    };
  }

  private static Ownership.Before before(Optional<Ownership> now) {
    return switch (now.orElseThrow().phase()) {
      case Receiving receiving -> receiving.before();
      case Prepared prepared -> prepared.before();
      default -> throw new IllegalStateException();
    };
  }

  /** What becomes of a record by an answer, but for {@link #decided}. */
  Optional<Ownership> told(Optional<Ownership> now, Answer said, Counterpart by) {
    if (now.isEmpty()) return now;
    Ownership known = now.get();
    Answer answer =
        switch (said) {
          case Answer.Aborted _ when !has(Rule.ABORT_IS_FOR_THIS_MIGRATION) ->
              new Answer.Aborted(coming(now).orElse(said.epoch()));
          case Answer.Committed _
              when known.phase() instanceof Handed handed
                  && !has(Rule.COMMITTED_IS_FOR_THIS_MIGRATION) ->
              new Answer.Committed(handed.offer());
          default -> said;
        };
    Ownership next = Source.told(Destination.told(known, answer), answer);
    return forgotten(now, Optional.of(Claims.told(next, answer, by)));
  }

  /** The source hears that everything is there, and holds still since {@code last}. */
  Optional<Ownership> decided(Optional<Ownership> now, String last, Answer.Ready ready) {
    Epoch epoch =
        !has(Rule.READY_IS_FOR_THIS_MIGRATION) && phase(now) instanceof Offered offered
            ? offered.offer()
            : ready.epoch();
    String wanted = has(Rule.READY_NAMES_THE_LAST) ? last : ready.last();
    return step(now, () -> Source.decide(now, wanted, new Answer.Ready(epoch, ready.last())));
  }

  Optional<Ownership> decidedUnheard(Optional<Ownership> now) {
    return !has(Rule.DECIDE_ON_READY) && phase(now) instanceof Offered(Epoch offer, var to)
        ? now.map(known -> known.in(new Handed(offer, to)))
        : now;
  }

  Optional<Ownership> offered(Optional<Ownership> now, UUID migration, Counterpart to) {
    if (now.isEmpty()) return now;
    Ownership known = now.get();
    if (!has(Rule.ONE_MIGRATION) && known.phase() instanceof Offered)
      return offered(Optional.of(known.in(new Owner())), migration, to);
    if (!has(Rule.FORCE_SETTLES_FIRST) && !Claims.tells(known).isEmpty())
      return offered(Optional.of(Claims.settle(known)), migration, to);
    if (!has(Rule.EPOCH_IS_USED_ONCE) && known.phase() instanceof Owner) {
      Epoch offer = known.owned().orElseThrow().next(migration);
      return Optional.of(known.in(new Offered(offer, to), offer));
    }
    return step(now, () -> Source.offer(now, migration, to));
  }

  Optional<Ownership> aborted(Optional<Ownership> now) {
    return switch (phase(now)) {
      case Offered(Epoch offer, _) -> step(now, () -> Source.abort(now, offer));
      case Handed _ when !has(Rule.DECIDED_IS_FINAL) -> now.map(known -> known.in(new Owner()));
      default -> now;
    };
  }

  Optional<Ownership> cancelled(Optional<Ownership> now) {
    if (phase(now) instanceof Prepared(_, _, _, var before) && !has(Rule.PREPARED_STAYS))
      return now.map(known -> known.in(before));
    return forgotten(now, step(now, () -> Destination.cancel(now)));
  }

  Optional<Ownership> promotedByItself(Optional<Ownership> now) {
    return phase(now) instanceof Prepared prepared && !has(Rule.PREPARED_WAITS)
        ? now.map(known -> known.owning(prepared.offer(), new Owner()))
        : now;
  }

  Optional<Ownership> forced(Optional<Ownership> now) {
    if (phase(now) instanceof Receiving(Epoch offer, var from, _) && !has(Rule.FORCE_WHEN_PREPARED))
      return now.map(known -> known.owning(offer, new Owner(Optional.of(from))));
    return step(now, () -> Claims.force(now));
  }

  Optional<Ownership> unlinked(Optional<Ownership> now) {
    return has(Rule.RECORD_OUTLIVES_COPY) ? now : Optional.empty();
  }

  /** To whom requests are sent on. */
  Optional<Counterpart> successor(Optional<Ownership> now) {
    return switch (phase(now)) {
      case Handed handed when !has(Rule.FORWARD_WHEN_GONE) -> Optional.of(handed.to());
      case Receiving _, Prepared _ when !has(Rule.RECEIVER_FORWARDS) -> Optional.empty();
      default -> now.flatMap(Ownership::successor).map(Gone::to);
    };
  }

  static Ownership.Phase phase(Optional<Ownership> now) {
    return now.orElse(Ownership.NONE).phase();
  }

  private interface Deciding {
    Ownership next();
  }

  /** What is refused changes nothing. */
  private static Optional<Ownership> step(Optional<Ownership> now, Deciding deciding) {
    try {
      return Optional.of(deciding.next());
    } catch (GatewayError.Conflict _) {
      return now;
    }
  }
}
