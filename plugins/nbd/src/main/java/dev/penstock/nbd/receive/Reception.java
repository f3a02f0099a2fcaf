package dev.penstock.nbd.receive;

import dev.penstock.nbd.config.ReceiveSettings;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.module.ModuleContext;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;

/**
 * A volume that comes from a flexnbd source: from one source at a time, until one has written every
 * byte and said that this was all. Then it is ours, and served where it was received.
 *
 * <pre>
 *   PREPARING ─► EXPECTED ◄─► RECEIVING ─► OWNED
 *       │           │ ▲           │          ▲
 *       │           │ └─ RECEIVED ◄          │ every byte, and no disconnect message: by force
 *       └───────────┴────────┴───────────────┘
 * </pre>
 *
 * <p><b>Threads.</b> Any.
 */
public final class Reception implements Arrival.Owner {
  /** How it stands. */
  public enum State {
    /** It is being found out what there is, or nothing can be received. */
    PREPARING,
    /** A source may come. */
    EXPECTED,
    /** One is there. */
    RECEIVING,
    /** Every byte has come, and no disconnect message: an operator decides, or the source. */
    RECEIVED,
    /** It is owned here, and served. */
    OWNED
  }

  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final ModuleContext context;
  private final ReceiveSettings settings;
  private final Counterpart from;
  private final ReceiveObserver observer;

  // Guarded by this:
  private State state = State.PREPARING;
  private String trouble = "it is not known yet what there is";
  private long sizeBytes;
  private Optional<Arrival> here = Optional.empty();
  private Future<Void> before = Future.succeededFuture();
  private boolean stopped;

  public Reception(ModuleContext context, ReceiveSettings settings) {
    this.context = context;
    this.settings = settings;
    this.from = Records.source(settings.from().toString(), settings.volume());
    this.observer = new ReceiveObserver(context, settings.volume(), this::missingBytes);
  }

  public ReceiveSettings settings() {
    return settings;
  }

  public synchronized State state() {
    return state;
  }

  /** Why nothing can be received; empty if it can. */
  public synchronized Optional<String> trouble() {
    return state == State.PREPARING ? Optional.of(trouble) : Optional.empty();
  }

  public synchronized long sizeBytes() {
    return sizeBytes;
  }

  /** Who is there. */
  public synchronized Optional<String> source() {
    return here.map(Arrival::peer);
  }

  /** How much the source that is there has still to write; all of it, if none is there. */
  public synchronized long missingBytes() {
    if (state == State.OWNED || state == State.RECEIVED) return 0;
    return here.map(Arrival::missingBytes).orElse(sizeBytes);
  }

  /** Finds out what there is, and expects the source. Does not fail: what it lacks may come. */
  public Future<Void> prepare() {
    return size()
        .compose(size -> {
          synchronized (this) {
            sizeBytes = size;
          }
          return change(now -> Records.expected(now, from, UUID.randomUUID()));
        })
        .onSuccess(this::became)
        .<Void>mapEmpty()
        .recover(why -> {
          troubled(why);
          return Future.succeededFuture();
        });
  }

  /** That of the volume, if it is there; it is made as large as the settings say. */
  private Future<Long> size() {
    return context
        .volumes()
        .find(settings.volume())
        .map(VolumeInfo::sizeBytes)
        .recover(why ->
            why instanceof GatewayError.NotFound && settings.sizeBytes().isPresent()
                ? Future.succeededFuture(settings.sizeBytes().getAsLong())
                : Future.failedFuture(why));
  }

  private synchronized void troubled(Throwable why) {
    if (state != State.PREPARING) return;
    String what = why instanceof GatewayError error ? error.what() : why.toString();
    if (!what.equals(trouble)) observer.waits(what);
    trouble = what;
  }

  /** Its record was moved on, by us or by an operator. */
  public synchronized void became(Ownership record) {
    if (state == State.OWNED) return; // what is told late was true before; a restart looks again
    State next =
        record.isOwned()
            ? State.OWNED
            : Records.isReceived(record)
                ? State.RECEIVED
                : here.isPresent() ? State.RECEIVING : State.EXPECTED;
    if (!record.isOwned()
        && !(record.phase() instanceof Ownership.Receiving)
        && !Records.isReceived(record)) return; // not ours any more: its next source is refused
    if (next == state) return;
    state = next;
    observer.became(next);
  }

  private Future<Ownership> change(Handoffs.Step step) {
    return context.handoffs().change(settings.volume(), settings.store(), step);
  }

  // Sources.

  /** Whether whoever connects is for us: once the volume is ours, clients are not. */
  public synchronized boolean isOver() {
    return state == State.OWNED;
  }

  /**
   * Takes a connection, if it is from the source and no other is there; whoever is not taken is to
   * be closed without a word.
   *
   * @param remote who has connected
   */
  public synchronized Optional<Arrival> take(InetAddress remote, String peer) {
    Optional<String> objection = objection(remote);
    if (objection.isPresent()) {
      observer.refused(peer, objection.get());
      return Optional.empty();
    }
    Arrival arrival = new Arrival(peer, sizeBytes, this);
    here = Optional.of(arrival);
    arrival.disconnected().onComplete(_ -> left(arrival));
    return here;
  }

  private Optional<String> objection(InetAddress remote) {
    if (!settings.from().contains(remote))
      return Optional.of("only %s is the source".formatted(settings.from().toString()));
    if (stopped) return Optional.of("the module stops");
    if (state == State.PREPARING) return Optional.of(trouble);
    if (state == State.OWNED) return Optional.of("it is owned here");
    return here.map(there -> "%s is there already".formatted(there.peer()));
  }

  /** Its place is free at once; what it left under way ends before the next one begins. */
  private synchronized void left(Arrival arrival) {
    if (here.equals(Optional.of(arrival))) here = Optional.empty();
    before = arrival.ended().transform(_ -> ended(arrival));
  }

  private Future<Void> ended(Arrival arrival) {
    observer.ended(arrival.peer(), arrival.why(), arrival.missingBytes());
    if (arrival.isComplete()) return Future.succeededFuture();
    boolean all = arrival.missingBytes() == 0;
    if (!all) {
      rests();
      return Future.succeededFuture();
    }
    return change(now -> Records.received(now.orElse(Ownership.NONE)))
        .onSuccess(this::became)
        .<Void>mapEmpty()
        .otherwiseEmpty(); // it is still RECEIVING, and its source comes again
  }

  private synchronized void rests() {
    if (state == State.RECEIVING && here.isEmpty()) state = State.EXPECTED;
  }

  @Override
  public synchronized Future<Void> ready() {
    return before;
  }

  @Override
  public Future<OpenVolume> open() {
    return change(now -> Records.arriving(now.orElse(Ownership.NONE), from))
        .compose(record -> {
          became(record);
          return context.handoffs().receive(settings.volume(), sizeBytes(), new Writer());
        });
  }

  @Override
  public void received(long bytes) {
    observer.received(bytes);
  }

  @Override
  public Future<Void> complete() {
    return change(now -> Records.complete(now.orElse(Ownership.NONE)))
        .onSuccess(this::became)
        .mapEmpty();
  }

  /** Ends who is there; completes once nothing is under way. Nobody is taken any more. */
  public Future<Void> stop() {
    Optional<Arrival> there;
    synchronized (this) {
      stopped = true;
      there = here;
    }
    there.ifPresent(arrival -> arrival.end("the module stops"));
    return there
        .map(arrival -> arrival.ended().transform(_ -> Future.<Void>succeededFuture()))
        .orElseGet(Future::succeededFuture)
        .compose(_ -> {
          synchronized (this) {
            return before;
          }
        });
  }

  /** Who brings the bytes. Nothing is taken of a volume that comes, so it is never held still. */
  private final class Writer implements VolumeUser {
    @Override
    public String name() {
      return "module %s, receiving from %s".formatted(context.module(), from.peer());
    }

    @Override
    public Future<Void> freeze(Duration limit) {
      return Future.failedFuture(
          new GatewayError.Unavailable(
              Scope.RESOURCE, AGAIN, "volume %s is being received".formatted(settings.volume())));
    }

    @Override
    public Future<Void> thaw() {
      return Future.succeededFuture();
    }

    @Override
    public Future<Void> retire(OpenVolume successor, Duration limit) {
      return freeze(limit);
    }
  }
}
