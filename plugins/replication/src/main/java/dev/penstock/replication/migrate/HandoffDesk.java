package dev.penstock.replication.migrate;

import dev.penstock.replication.flow.Waiting;
import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Destination;
import dev.penstock.replication.handoff.Message;
import dev.penstock.replication.handoff.Outcome;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.snapshot.VolumeHistory;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;

/**
 * Answers what another gateway says of a volume's hand-over. What follows from it is durable before
 * the answer leaves.
 *
 * <p><b>Threads.</b> Those of tasks; calls wait.
 */
public final class HandoffDesk {
  /** A record is a small file; the turn of its volume may have to be waited for. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Handoffs handoffs;
  private final Snapshots snapshots;
  private final Fencing fencing;
  private final BiConsumer<String, Epoch> arrived;

  /**
   * @param arrived told of each volume that has become owned here by a hand-over
   */
  HandoffDesk(
      Handoffs handoffs, Snapshots snapshots, Fencing fencing, BiConsumer<String, Epoch> arrived) {
    this.handoffs = handoffs;
    this.snapshots = snapshots;
    this.fencing = fencing;
    this.arrived = arrived;
  }

  /**
   * @param volume what it is called here
   * @param store where the record is kept of a volume that is not here yet
   * @param peer who says it
   * @throws GatewayError.Denied if only another one may
   */
  public Answer answer(String volume, String store, Message message, String peer)
      throws InterruptedException {
    Optional<String> newest = message instanceof Message.Last ? newest(volume) : Optional.empty();
    Optional<Ownership> known = answer(handoffs.find(volume), volume);
    requireSource(known, message, peer);
    Outcome foreseen = Outcome.of(known, newest, message);
    if (foreseen.next().isEmpty())
      return foreseen.answer(); // nothing is known, and nothing is kept
    var said = new AtomicReference<>(foreseen.answer());
    Ownership next =
        changed(
            volume,
            store,
            message,
            now -> {
              requireSource(now, message, peer);
              Outcome outcome = Outcome.of(now, newest, message);
              said.set(outcome.answer());
              return outcome.next().orElse(Ownership.NONE);
            });
    if (message instanceof Message.Commit && next.isOwned()) {
      arrived.accept(volume, message.epoch());
      tidy(volume);
    }
    return said.get();
  }

  /** An epoch is no secret: who has heard of it does not decide what becomes of what it names. */
  private static void requireSource(Optional<Ownership> now, Message message, String peer) {
    boolean isTheSources =
        switch (message) {
          case Message.Last _, Message.Commit _, Message.Abort _ -> true;
          case Message.Offer _, Message.Ask _, Message.Claim _ -> false;
        };
    if (!isTheSources || now.flatMap(Destination::asksAfter).isEmpty()) return;
    Counterpart from = now.flatMap(Ownership::counterpart).orElseThrow();
    if (!from.peer().equals(peer))
      throw new GatewayError.Denied(
          "it comes here from %s, and %s has no say in that".formatted(from, peer));
  }

  /** Only a claim ends what is owned here; clients wait for the answers to some of the others. */
  private Ownership changed(String volume, String store, Message message, Handoffs.Step step)
      throws InterruptedException {
    return message instanceof Message.Claim
        ? fencing.change(volume, store, step)
        : answer(handoffs.change(volume, store, step), volume);
  }

  /** Complete and durable, with nothing else on its way. */
  private Optional<String> newest(String volume) throws InterruptedException {
    try {
      VolumeHistory history = answer(snapshots.history(volume), volume);
      if (history.snapshots().isEmpty()) return Optional.empty();
      return Optional.of(history.snapshots().getLast().guid().toString());
    } catch (GatewayError.NotFound nothing) {
      return Optional.empty();
    }
  }

  /** Of the snapshots of a migration the last one is a base for the way back; the rest is room. */
  private void tidy(String volume) {
    snapshots
        .history(volume)
        .onSuccess(history -> {
          if (history.snapshots().isEmpty()) return;
          var older = MigrationSnapshots.olderThan(history, history.snapshots().getLast().guid());
          if (!older.isEmpty()) snapshots.destroy(older);
        });
  }

  private static <T> T answer(Future<T> coming, String volume) throws InterruptedException {
    return Waiting.on(coming, LIMIT, Scope.RESOURCE, "what is known of " + volume);
  }
}
