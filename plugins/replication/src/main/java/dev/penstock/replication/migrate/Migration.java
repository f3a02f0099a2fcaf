package dev.penstock.replication.migrate;

import dev.penstock.replication.flow.Bandwidth;
import dev.penstock.replication.flow.Waiting;
import dev.penstock.replication.handoff.Answer;
import dev.penstock.replication.handoff.Message;
import dev.penstock.replication.handoff.Source;
import dev.penstock.replication.migrate.Progress.Phase;
import dev.penstock.replication.site.SiteLimits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.ownership.Ownership.Gone;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One volume on its way to another gateway, at the source.
 *
 * <p>Until it is decided everything that goes wrong ends in one way: durably owned here, and then
 * clients go on. From then on nothing aborts, and whatever ends in between is settled later ({@link
 * Settlement}).
 *
 * <p><b>Threads.</b> {@link #run} is a task; the rest comes from any.
 */
final class Migration implements Move {
  private static final Logger log = LoggerFactory.getLogger(Migration.class);

  /** How long a snapshot of a round may hold writes, and the host may take for small things. */
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private static final SiteLimits LIMITS =
      new SiteLimits(LIMIT, Duration.ofMinutes(2), Duration.ofMinutes(1));

  /** How long between two tries. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** How often a freeze may fail for another reason than an operator's wish. */
  private static final int ATTEMPTS = 3;

  private final ModuleContext context;
  private final String volume;
  private final Counterpart to;
  private final Wishes wishes;
  private final Ends ends;
  private final Ends quick;
  private final Settlement settlement;
  private final Consumer<Gone> way;
  private final Bandwidth bandwidth;
  private final Progress progress;
  private final Transfer transfer;
  private final Pacing pacing;
  private final Readiness readiness;
  private final RoundSnapshots snapshots;
  private final Patience patience;
  private volatile UUID migration = UUID.randomUUID();
  private final AtomicReference<Optional<Epoch>> offer;
  private volatile boolean aborted;
  private volatile boolean leaving;
  private volatile Optional<SnapshotInfo> last = Optional.empty();
  private volatile Optional<Thread> runner = Optional.empty();

  /**
   * @param offer what is under way: whatever is sent is sent for it
   * @param way goes the way that clients will be led on by; waits
   */
  Migration(
      ModuleContext context,
      String volume,
      Counterpart to,
      Wishes wishes,
      AtomicReference<Optional<Epoch>> offer,
      Function<SiteLimits, Ends> ends,
      Settlement settlement,
      Consumer<Gone> way) {
    this.context = context;
    this.volume = volume;
    this.to = to;
    this.wishes = wishes;
    this.offer = offer;
    this.ends = ends.apply(LIMITS);
    this.quick = ends.apply(new SiteLimits(wishes.freeze(), wishes.freeze(), wishes.freeze()));
    this.settlement = settlement;
    this.way = way;
    this.bandwidth = new Bandwidth(wishes.bytesPerSecond());
    this.progress = new Progress(migration, context.clock().instant());
    this.transfer = new Transfer(volume, this.ends, bandwidth, wishes.snapshots(), progress);
    this.pacing = new Pacing(context.handoffs(), volume, progress);
    this.readiness = new Readiness(wishes, pacing, () -> moveTo(Phase.CONFIRM));
    this.snapshots = new RoundSnapshots(context.snapshots(), volume);
    this.patience = new Patience(progress, PAUSE);
  }

  @Override
  public String volume() {
    return volume;
  }

  @Override
  public Counterpart to() {
    return to;
  }

  @Override
  public Wishes wishes() {
    return wishes;
  }

  @Override
  public Bandwidth bandwidth() {
    return bandwidth;
  }

  @Override
  public Progress.Seen seen() {
    return progress.seen();
  }

  @Override
  public void confirm() {
    readiness.confirm();
  }

  @Override
  public Future<Void> abort() {
    return context
        .handoffs()
        .change(
            volume,
            "",
            now ->
                offer.get().map(one -> Source.abort(now, one)).orElseGet(() -> now.orElseThrow()))
        .onSuccess(_ -> {
          aborted = true;
          runner.ifPresent(Thread::interrupt);
        })
        .mapEmpty();
  }

  /**
   * The gateway stops: what is not decided is kept, durably, and what is decided is left to the
   * next start. Harmless twice.
   */
  @Override
  public void leave() {
    leaving = true;
    if (!isDecided()) interrupt();
  }

  /** Ends whatever it waits for. */
  @Override
  public void interrupt() {
    runner.ifPresent(Thread::interrupt);
  }

  /** Somebody else has brought to its end what this one has left: see {@link #isLeft}. */
  @Override
  public void settled() {
    moveTo(Phase.DONE);
    progress.trouble(Optional.empty());
    last.ifPresent(one ->
        context
            .tasks()
            .brief(
                "finish the migration of " + volume,
                LIMIT,
                () -> {
                  finish(one);
                  return Optional.empty();
                }));
  }

  /** Whether it was given up, and is not known to be confirmed. */
  @Override
  public boolean isLeft() {
    return progress.phase() == Phase.HANDING_OVER;
  }

  /** Whether it can no longer be aborted. */
  boolean isDecided() {
    return progress.phase() == Phase.HANDING_OVER || progress.phase() == Phase.DONE;
  }

  /** To its end: the volume is owned there, durably, and this side knows. */
  @Override
  public Optional<Void> run(Task task) throws InterruptedException {
    runner = Optional.of(Thread.currentThread());
    try {
      for (int attempt = 1; ; attempt++)
        try {
          SnapshotInfo taken = attempt(task);
          confirmCommit(task);
          finish(taken);
          moveTo(Phase.DONE);
          return Optional.empty();
        } catch (GatewayError failed) {
          if (isDecided()) throw failed;
          progress.trouble(Optional.of(failed.what()));
          if (aborted
              || leaving
              || attempt == ATTEMPTS
              || !(failed.retry() instanceof GatewayError.Retry.After)) throw failed;
          task.idle();
          TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
          task.busy();
          migration = UUID.randomUUID();
          progress.again(migration, context.clock().instant());
        }
    } catch (InterruptedException e) {
      if (isDecided()) throw unconfirmed();
      if (aborted || leaving)
        throw new GatewayError.Conflict(
            "the migration of %s to %s was aborted%s"
                .formatted(volume, to, aborted ? "" : ": the gateway stops"));
      throw e;
    } finally {
      runner = Optional.empty();
      pacing.end();
      if (!isDecided()) moveTo(Phase.ABORTED);
      if (isLeft()) progress.trouble(Optional.of(unconfirmed().what()));
    }
  }

  private GatewayError unconfirmed() {
    return new GatewayError.Unavailable(
        Scope.RESOURCE,
        PAUSE,
        "handed over, not confirmed: %s to %s; it is tried until it is"
            .formatted(volume, to.peer()));
  }

  /** Up to the decision. */
  private SnapshotInfo attempt(Task task) throws InterruptedException {
    try {
      offer();
      SnapshotInfo common = rounds(task);
      return handOver(common, task);
    } catch (InterruptedException | RuntimeException e) {
      if (!isDecided()) withdraw(Optional.empty(), task);
      throw e;
    }
  }

  private void offer() throws InterruptedException {
    moveTo(Phase.OFFERING);
    UUID guid = migration;
    Settlement.answer(new OfferedTo(context.state()).note(volume, to.peer()), LIMIT, volume);
    // What comes of it counts, however long it takes: an offer is taken back by whoever made it.
    Ownership offered =
        Uninterrupted.on(context.handoffs().change(volume, "", now -> offered(now, guid)));
    offer.set(Optional.of(offered.recorded()));
    long sizeBytes =
        ends.sender().history(volume).volume().map(info -> info.sizeBytes()).orElse(0L);
    Answer answer =
        patience.with(() ->
            ends.other()
                .say(
                    volume,
                    new Message.Offer(
                        offered.recorded(), new Counterpart(to.peer(), volume), sizeBytes)));
    if (!(answer instanceof Answer.Taken)) throw refused(answer);
  }

  private Ownership offered(Optional<Ownership> now, UUID guid) {
    requireStaying();
    return Source.offer(now, guid, to);
  }

  private void requireStaying() {
    if (leaving || aborted)
      throw new GatewayError.Conflict(
          "%s stays here: %s".formatted(volume, leaving ? "the gateway stops" : "it was aborted"));
  }

  private GatewayError refused(Answer answer) {
    return answer instanceof Answer.Refused refused
        ? new GatewayError.Conflict(
            "%s does not take %s: %s".formatted(to.peer(), volume, refused.why()))
        : new GatewayError.Unavailable(
            Scope.RESOURCE, PAUSE, "%s answers %s about %s".formatted(to.peer(), answer, volume));
  }

  /** Until what is left is little, and may be handed over. */
  private SnapshotInfo rounds(Task task) throws InterruptedException {
    moveTo(Phase.ROUNDS);
    tryWay();
    readiness.begin();
    Optional<SnapshotInfo> before = Optional.empty();
    Optional<SnapshotInfo> spent = Optional.empty();
    while (true) {
      long beganNanos = System.nanoTime();
      long sentBefore = progress.sentBytes();
      SnapshotInfo taken = snapshots.take(migration);
      patience.with(() -> {
        transfer.bring(taken, task);
        return taken;
      });
      var took = Duration.ofNanos(System.nanoTime() - beganNanos);
      progress.roundEnded(took);
      progress.trouble(Optional.empty());
      spent.ifPresent(snapshots::destroy);
      spent = before; // what the next one follows is needed until it has come
      before = Optional.of(taken);
      var done = new Convergence.Round(progress.sentBytes() - sentBefore, took);
      if (readiness.after(done, task)) return taken;
    }
  }

  /** Beside the first round. */
  private void tryWay() {
    var gone = new Gone(offer.get().orElseThrow(), to);
    var _ =
        context
            .tasks()
            .brief(
                "the way to %s, tried".formatted(to),
                LIMIT,
                () -> {
                  way.accept(gone);
                  return gone;
                });
  }

  /** Clients wait from here on, until it is decided or called off. */
  private SnapshotInfo handOver(SnapshotInfo common, Task task) throws InterruptedException {
    moveTo(Phase.FREEZING);
    Epoch offered = offer.get().orElseThrow();
    Handoffs.Frozen frozen =
        Waiting.on(
            context.handoffs().freeze(volume, wishes.freeze()),
            wishes.freeze().plus(LIMIT),
            Scope.RESOURCE,
            "the freeze of " + volume,
            Handoffs.Frozen::thaw);
    try {
      SnapshotInfo taken =
          Settlement.answer(frozen.take(snapshots.nextName(migration)), left(frozen), volume);
      transfer.bringLast(common, taken, quick, () -> left(frozen), task);
      Answer answer = quick.other().say(volume, new Message.Last(offered, taken.guid().toString()));
      if (!(answer instanceof Answer.Ready ready)) throw refused(answer);
      if (left(frozen).isNegative()) throw Transfer.tooLong(volume);
      Settlement.answer(frozen.halt(left(frozen)), left(frozen).plus(PAUSE), volume);
      decide(frozen, taken, ready);
      progress.froze(frozen.held());
      return taken;
    } catch (InterruptedException | RuntimeException e) {
      if (!isDecided()) withdraw(Optional.of(frozen), task);
      throw e;
    }
  }

  private Duration left(Handoffs.Frozen frozen) {
    return wishes.freeze().minus(frozen.held());
  }

  /** What comes of it counts, however long it takes: nobody knows it otherwise. */
  private void decide(Handoffs.Frozen frozen, SnapshotInfo taken, Answer.Ready ready) {
    last = Optional.of(taken);
    Uninterrupted.on(
        frozen.change(now -> {
          requireStaying();
          return Source.decide(now, taken.guid().toString(), ready);
        }));
    handedOver();
  }

  private void handedOver() {
    settlement.awaits(volume);
    moveTo(Phase.HANDING_OVER);
  }

  /**
   * Durably owned here, and then clients go on; unless it was decided after all.
   *
   * @param frozen what clients wait for, if they do
   */
  private void withdraw(Optional<Handoffs.Frozen> frozen, Task task) {
    Optional<Epoch> offered = offer.get();
    if (offered.isEmpty()) return;
    task.idle();
    var withdrawal =
        new Withdrawal(
            context.handoffs(),
            volume,
            PAUSE,
            () -> leaving,
            why -> progress.trouble(Optional.of(why)));
    switch (withdrawal.of(offered.get(), frozen)) {
      case KEPT -> {
        offer.set(Optional.empty());
        tellAbort(offered.get());
      }
      case GIVEN_UP -> handedOver();
      case TAKEN -> offer.set(Optional.empty());
      case LEFT -> {}
    }
    task.busy();
  }

  /** Once: the other side asks if it does not hear it. */
  private void tellAbort(Epoch offered) {
    var _ =
        context
            .tasks()
            .brief(
                "abort of the migration of " + volume,
                LIMIT,
                () -> ends.other().say(volume, new Message.Abort(offered)));
  }

  /** Says so until it is heard. Whatever ends this goes on in {@link Unsettled}. */
  private void confirmCommit(Task task) throws InterruptedException {
    Thread.interrupted(); // what came too late to call it off
    task.idle();
    while (true) {
      try {
        Ownership now = settlement.change(volume, known -> known);
        if (!settlement.isOpen(volume, settlement.settle(volume, now))) return;
      } catch (GatewayError notYet) {
        progress.trouble(Optional.of(notYet.what()));
      }
      TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
    }
  }

  /** The copy here: a base for the way back, or nothing. What fails of it stays as it is. */
  private void finish(SnapshotInfo taken) throws InterruptedException {
    progress.trouble(Optional.empty());
    try {
      ends.sender().need(volume, Set.of());
      if (wishes.unlink()) {
        Settlement.answer(context.handoffs().unlink(volume), LIMIT, volume);
        return;
      }
      ends.sender().anchor(volume, taken.name(), taken.guid());
      snapshots.destroyOlder(ends.sender().history(volume), taken.guid());
    } catch (GatewayError left) {
      progress.trouble(Optional.of("it was handed over, and its copy stays here: " + left.what()));
    }
  }

  private void moveTo(Phase phase) {
    progress.moveTo(phase, context.clock().instant());
    log.atInfo()
        .addKeyValue("volume", volume)
        .addKeyValue("to", to)
        .addKeyValue("migration", migration)
        .addKeyValue("phase", phase)
        .log("migration");
  }
}
