package dev.penstock.replication.migrate;

import dev.penstock.replication.flow.Bandwidth;
import dev.penstock.replication.flow.Waiting;
import dev.penstock.replication.handoff.Source;
import dev.penstock.replication.migrate.Progress.Phase;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.handoff.BlockTarget;
import dev.penstock.spi.handoff.BlockTarget.Farewell;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One volume on its way to something that is no gateway. That has no memory of what it was sent, so
 * whatever goes wrong on its side is tried again from the first byte, once a second, until it is
 * done or aborted; clients notice nothing. Its last word is {@link Relinquishing}.
 *
 * <p><b>Threads.</b> {@link #run} is a task; the rest comes from any.
 */
final class Mirroring implements Move {
  private static final Logger log = LoggerFactory.getLogger(Mirroring.class);

  private static final Duration LIMIT = Duration.ofSeconds(30);

  /** How long between two tries. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** How often clients may be held still for nothing. */
  private static final int FREEZES_MAX = 3;

  /** How often this side may be the one that cannot go on just then. */
  private static final int OWN_TROUBLES_MAX = 3;

  private final ModuleContext context;
  private final String volume;
  private final Wishes wishes;
  private final Mirrors.Aimed aimed;
  private final Settlement settlement;
  private final Counterpart to;
  private final Bandwidth bandwidth;
  private final Progress progress;
  private final MirrorSnapshots snapshots;
  private final Pacing pacing;
  private final Readiness readiness;
  private final AtomicReference<Optional<BlockTarget>> first;
  private volatile Optional<Epoch> offer = Optional.empty();
  private volatile Optional<Farewell> farewell = Optional.empty();
  private volatile Optional<Outlet> open = Optional.empty();
  private volatile boolean aborted;
  private volatile boolean leaving;
  private volatile Optional<Thread> runner = Optional.empty();
  private int ownTroubles;

  /**
   * @param first what it goes to, open
   * @param aimed opens it again
   */
  Mirroring(
      ModuleContext context,
      String volume,
      Wishes wishes,
      BlockTarget first,
      Mirrors.Aimed aimed,
      Settlement settlement) {
    this.context = context;
    this.volume = volume;
    this.wishes = wishes;
    this.first = new AtomicReference<>(Optional.of(first));
    this.aimed = aimed;
    this.settlement = settlement;
    this.to = new Counterpart(aimed.uri(), volume);
    this.bandwidth = new Bandwidth(wishes.bytesPerSecond());
    UUID mirror = UUID.randomUUID();
    this.progress = new Progress(mirror, context.clock().instant());
    this.snapshots = new MirrorSnapshots(context.snapshots(), volume, mirror);
    this.pacing = new Pacing(context.handoffs(), volume, progress);
    this.readiness = new Readiness(wishes, pacing, () -> moveTo(Phase.CONFIRM));
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
  public Optional<Farewell> farewell() {
    return farewell;
  }

  @Override
  public void confirm() {
    readiness.confirm();
  }

  @Override
  public void discard() {
    first.getAndSet(Optional.empty()).ifPresent(BlockTarget::close);
  }

  @Override
  public Future<Void> abort() {
    boolean before = aborted;
    aborted = true; // no offer is made from here on
    return context
        .handoffs()
        .change(
            volume,
            "",
            now -> offer.map(one -> Source.abort(now, one)).orElseGet(() -> now.orElseThrow()))
        .onFailure(_ -> aborted = before)
        .onSuccess(_ -> interrupt())
        .mapEmpty();
  }

  @Override
  public void leave() {
    leaving = true; // no offer is made from here on
    if (farewell.isEmpty()) interrupt();
  }

  @Override
  public void interrupt() {
    runner.ifPresent(Thread::interrupt);
    context.tasks().brief("close the mirror of " + volume, LIMIT, this::closed);
  }

  /** What waits for an answer is not interrupted, since its bytes are in use. */
  private boolean closed() {
    open.ifPresent(Outlet::close);
    return true;
  }

  /** To its end: the volume is given up here, and the other side was told. */
  @Override
  public Optional<Void> run(Task task) throws InterruptedException {
    runner = Optional.of(Thread.currentThread());
    try {
      while (farewell.isEmpty()) tried(task);
      finish();
      return Optional.empty();
    } catch (InterruptedException | GatewayError e) {
      if (aborted)
        throw new GatewayError.Conflict(
            "the migration of %s to %s was aborted".formatted(volume, to.peer()));
      throw e;
    } finally {
      runner = Optional.empty();
      pacing.end();
      if (farewell.isEmpty()) giveUp();
    }
  }

  /** Whatever goes wrong on the other side is tried again, after a pause. */
  private void tried(Task task) throws InterruptedException {
    task.idle();
    try (Outlet there = outlet(task)) {
      open = Optional.of(there);
      Epoch offered = offered();
      task.busy();
      farewell = Optional.of(attempt(there, offered, task));
    } catch (Outlet.Lost lost) {
      pause(lost.why(), task);
    } catch (GatewayError.Unavailable here) {
      if (aborted || ++ownTroubles == OWN_TROUBLES_MAX) throw here;
      pause(here, task);
    } finally {
      open = Optional.empty();
    }
  }

  private void pause(GatewayError why, Task task) throws InterruptedException {
    progress.trouble(Optional.of(why.what()));
    log.atInfo()
        .addKeyValue("volume", volume)
        .addKeyValue("to", to.peer())
        .addKeyValue("reason", why.what())
        .log("a mirror begins anew");
    task.idle();
    TimeUnit.MILLISECONDS.sleep(PAUSE.toMillis());
  }

  private Outlet outlet(Task task) throws InterruptedException {
    moveTo(Phase.OFFERING);
    Optional<BlockTarget> before = first.getAndSet(Optional.empty());
    return new Outlet(before.isPresent() ? before.get() : again(), bandwidth, progress, task);
  }

  private BlockTarget again() throws InterruptedException {
    try {
      return Waiting.on(
          aimed.open(),
          Mirrors.OPEN_LIMIT.plus(LIMIT),
          Scope.RESOURCE,
          "the connection to " + to.peer(),
          BlockTarget::close);
    } catch (GatewayError why) {
      throw new Outlet.Lost(why);
    }
  }

  /** Uses up a new epoch, unless the one before is still on offer. */
  private Epoch offered() throws InterruptedException {
    UUID guid = UUID.randomUUID();
    Ownership now =
        Settlement.answer(
            context.handoffs().change(volume, "", known -> offered(known, guid)), LIMIT, volume);
    offer = Optional.of(now.recorded());
    return now.recorded();
  }

  private Ownership offered(Optional<Ownership> now, UUID guid) {
    if (aborted) throw new GatewayError.Conflict("it is being aborted");
    if (leaving) throw new GatewayError.Conflict("the gateway stops");
    boolean stands =
        now.isPresent()
            && now.get().phase() instanceof Ownership.Offered(Epoch epoch, _)
            && offer.equals(Optional.of(epoch));
    return stands ? now.get() : Source.offer(now, guid, to);
  }

  /** Until it was told that this was all. */
  private Farewell attempt(Outlet there, Epoch offered, Task task) throws InterruptedException {
    requireDurability(there);
    snapshots.keepOnly(List.of());
    var copy = new MirrorCopy(context.snapshots(), volume, there, progress);
    readiness.begin();
    Optional<SnapshotInfo> before = Optional.empty();
    SnapshotInfo next = snapshots.take();
    int freezes = 0;
    while (true) {
      Convergence.Round done = round(copy, before, next);
      before = Optional.of(next);
      snapshots.keepOnly(List.of(next));
      if (!readiness.after(done, task)) {
        next = snapshots.take();
        continue;
      }
      switch (relinquishing().run(next, offered, copy, there)) {
        case Relinquishing.Outcome.Told(Farewell said) -> {
          return said;
        }
        case Relinquishing.Outcome.TooLong(Optional<SnapshotInfo> begun, GatewayError why) -> {
          if (++freezes == FREEZES_MAX) throw why;
          progress.trouble(Optional.of(why.what()));
          next = begun.isPresent() ? begun.get() : snapshots.take();
        }
      }
    }
  }

  /** Whoever cannot make anything durable is found out before the first byte, and not retried. */
  private void requireDurability(Outlet there) {
    try {
      there.flush();
    } catch (Outlet.Lost lost) {
      if (progress.sentBytes() == 0 && !(lost.why() instanceof GatewayError.Unavailable))
        throw lost.why();
      throw lost;
    }
  }

  private Convergence.Round round(MirrorCopy copy, Optional<SnapshotInfo> before, SnapshotInfo next)
      throws InterruptedException {
    moveTo(Phase.ROUNDS);
    if (next.sizeBytes() != aimed.sizeBytes())
      throw new GatewayError.Conflict(
          "volume %s was made larger meanwhile, and %s has %d bytes"
              .formatted(volume, to.peer(), aimed.sizeBytes()));
    long beganNanos = System.nanoTime();
    long sentBefore = progress.sentBytes();
    if (before.isEmpty()) copy.all(next);
    else copy.difference(before.get(), next, () -> Duration.ZERO);
    var took = Duration.ofNanos(System.nanoTime() - beganNanos);
    progress.roundEnded(took);
    progress.trouble(Optional.empty());
    return new Convergence.Round(progress.sentBytes() - sentBefore, took);
  }

  private Relinquishing relinquishing() {
    return new Relinquishing(
        context, volume, wishes, settlement, snapshots, progress, withdrawal());
  }

  private Withdrawal withdrawal() {
    return new Withdrawal(
        context.handoffs(),
        volume,
        PAUSE,
        () -> leaving,
        why -> progress.trouble(Optional.of(why)));
  }

  /** Its clients end, unless they have already; the copy here is an ordinary volume, or gone. */
  private void finish() throws InterruptedException {
    progress.trouble(Optional.empty());
    moveTo(Phase.DONE);
    if (wishes.unlink()) return;
    snapshots.letGo();
    try {
      settlement.lead(volume);
    } catch (GatewayError notYet) { // Unsettled goes on with it
      progress.trouble(Optional.of("clients are not ended yet: " + notYet.what()));
    }
  }

  /** Owned here as before, unless it was given up and its copy destroyed. */
  private void giveUp() {
    discard();
    offer.ifPresent(one -> {
      var _ = withdrawal().of(one, Optional.empty());
    });
    moveTo(Phase.ABORTED);
    snapshots.letGo();
  }

  private void moveTo(Phase phase) {
    progress.moveTo(phase, context.clock().instant());
    log.atInfo()
        .addKeyValue("volume", volume)
        .addKeyValue("to", to.peer())
        .addKeyValue("phase", phase)
        .log("mirror");
  }
}
