package dev.penstock.nbd.export;

import dev.penstock.nbd.config.BlockSize;
import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.export.ServedExports.Attachment;
import dev.penstock.nbd.handshake.BlockSizes;
import dev.penstock.nbd.handshake.ExportOffer;
import dev.penstock.nbd.handshake.Exports.Lookup;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeGate;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * One export and who is connected to it.
 *
 * <pre>
 *   WAITING ─ opened ─► OPEN
 *      └──── remove ─────┴────► REMOVED
 * </pre>
 *
 * <p>In any state it may be drained: it takes nobody new, and those connected are leaving, until it
 * is resumed.
 *
 * <p><b>Threads.</b> Any.
 */
public final class Export {
  /** Where an export stands. */
  public sealed interface State {
    /** Its volume cannot be had yet, and this is why. */
    record Waiting(String reason) implements State {}

    /** It is served. */
    record Open(Served served) implements State {}

    /** Nobody new is let in; those connected are leaving. */
    record Removed() implements State {}
  }

  /**
   * Who is connected.
   *
   * @param toSnapshot whether it has a snapshot of what the export serves, not that itself
   */
  private record Connected(Peer peer, boolean toSnapshot) {}

  private final Map<ExportClient, Connected> clients = new HashMap<>();
  private final LongSupplier nanoClock;
  private final Throttle throttle;
  private final Budget.Part budget;
  private Optional<Promise<Void>> empty = Optional.empty();
  private ExportSettings settings;
  private boolean drained;
  private State state = new State.Waiting("its volume is being opened");

  Export(ExportSettings settings, boolean drained, LongSupplier nanoClock, Budget.Part budget) {
    this.settings = settings;
    this.drained = drained;
    this.nanoClock = nanoClock;
    this.budget = budget;
    this.throttle = new Throttle(settings.rates(), nanoClock.getAsLong());
  }

  public synchronized ExportSettings settings() {
    return settings;
  }

  public synchronized State state() {
    return state;
  }

  /** How many connections it has. */
  public synchronized int clients() {
    return clients.size();
  }

  /** Whether it takes nobody new, until it is resumed; who is connected is leaving. */
  public synchronized boolean isDrained() {
    return drained;
  }

  /** What this peer gets that asks for it, or may connect to it now. */
  synchronized Lookup lookUp(Peer peer, int requestBytesMax) {
    String name = settings.name();
    if (!settings.allow().allows(peer.address())) {
      return new Lookup.Denied("export %s is not for clients from here".formatted(name));
    }
    if (needsTls(peer)) {
      return new Lookup.NeedsTls("export %s is for those who speak through TLS".formatted(name));
    }
    if (drained) {
      return new Lookup.Ending("export %s is being drained and takes nobody new".formatted(name));
    }
    if (isFull()) {
      return new Lookup.Denied(
          "export %s has %d connections, which is as many as it takes"
              .formatted(name, clients.size()));
    }
    return switch (state) {
      case State.Open(Served(VolumeGate gate, _)) ->
          declines(gate)
              .<Lookup>map(why -> new Lookup.Denied("export %s: %s".formatted(name, why)))
              .orElseGet(() -> new Lookup.Found(offer(settings, gate, requestBytesMax)));
      case State.Waiting(String reason) ->
          new Lookup.Missing("export %s: %s".formatted(name, reason));
      case State.Removed _ -> new Lookup.Ending("export %s was removed".formatted(name));
    };
  }

  /** Whether it is listed for this peer: it could have it. */
  synchronized boolean isListed(Peer peer) {
    return !drained
        && state instanceof State.Open(Served(VolumeGate gate, _))
        && takes(gate)
        && mayHave(peer);
  }

  /** Not what was handed over, if who comes now is to go where it is. */
  private static boolean takes(VolumeGate gate) {
    return declines(gate).isEmpty();
  }

  private static Optional<String> declines(VolumeGate gate) {
    Volume volume = gate.volume().volume();
    return volume.declines().or(volume::ended);
  }

  private boolean mayHave(Peer peer) {
    return settings.allow().allows(peer.address()) && !needsTls(peer);
  }

  /** The way to what it serves, if it is open. */
  synchronized Optional<VolumeGate> gate() {
    return state instanceof State.Open(Served(VolumeGate gate, _))
        ? Optional.of(gate)
        : Optional.empty();
  }

  private boolean needsTls(Peer peer) {
    return settings.tls() == ExportSettings.Tls.REQUIRED && !peer.encrypted();
  }

  private boolean isFull() {
    return settings.connectionsMax() > 0 && clients.size() >= settings.connectionsMax();
  }

  /** "The export size MUST be a multiple of the minimum block size": a rest is not to be had. */
  static ExportOffer offer(ExportSettings settings, VolumeGate gate, int requestBytesMax) {
    Volume volume = gate.volume().volume();
    BlockSize sizes = settings.blockSize();
    int longest = Math.min(sizes.maximum(), requestBytesMax);
    int preferred = Math.min(sizes.preferred(), Integer.highestOneBit(longest));
    return new ExportOffer(
        settings.name(),
        settings.description(),
        volume.sizeBytes() - volume.sizeBytes() % sizes.minimum(),
        flags(volume.capabilities(), settings),
        new BlockSizes(sizes.minimum(), preferred, longest));
  }

  /**
   * Other settings of what is served all the same. Whoever may have it no longer is asked to leave.
   *
   * @return how many those are
   */
  int change(ExportSettings same) {
    List<ExportClient> barred;
    synchronized (this) {
      settings = same;
      throttle.change(same.rates(), nanoClock.getAsLong());
      barred =
          clients.entrySet().stream()
              .filter(one -> !mayKeep(one.getValue()))
              .map(Map.Entry::getKey)
              .toList();
    }
    String why = "export %s is no longer for this client".formatted(same.name());
    barred.forEach(client -> client.bar(why));
    return barred.size();
  }

  private boolean mayKeep(Connected client) {
    return mayHave(client.peer) && (settings.snapshots() || !client.toSnapshot);
  }

  synchronized void waiting(String reason) {
    if (state instanceof State.Waiting) state = new State.Waiting(reason);
  }

  /** False if it was removed meanwhile: the gate is then not used. */
  synchronized boolean opened(Served served) {
    if (state instanceof State.Removed) return false;
    state = new State.Open(served);
    return true;
  }

  /** Decides again: the client may have asked before the settings changed. */
  synchronized Optional<Attachment> attach(Peer peer, ExportClient client) {
    if (!(state instanceof State.Open(Served served))
        || !takes(served.gate())
        || !hasRoomFor(peer)) {
      return Optional.empty();
    }
    clients.put(client, new Connected(peer, false));
    return Optional.of(new Attached(served, throttle, budget, settings.name()));
  }

  /** The same for a snapshot of what it serves, which the client keeps open. */
  synchronized Optional<Attachment> attach(
      Peer peer, ExportClient client, String snapshot, OpenedVolume opened) {
    if (!(state instanceof State.Open)
        || !hasRoomFor(peer)
        || !settings.snapshots()
        || !opened.serves(settings.ofSnapshot(snapshot))) {
      return Optional.empty();
    }
    clients.put(client, new Connected(peer, true));
    return Optional.of(
        new Attached(opened.served(), throttle, budget, settings.name() + "@" + snapshot));
  }

  private boolean hasRoomFor(Peer peer) {
    return !drained && mayHave(peer) && !isFull();
  }

  /** Lets nobody in and asks everybody to leave; completes when all have. */
  synchronized Future<Void> remove(Duration limit) {
    state = new State.Removed();
    return empty(limit);
  }

  /**
   * Lets nobody in until it is resumed, and asks everybody to leave.
   *
   * @param limit how long clients may take with what is under way before they are cut
   * @return completes when all have left; fails with {@link GatewayError.Conflict} if it is resumed
   *     first
   */
  synchronized Future<Void> drain(Duration limit) {
    drained = true;
    return empty(limit);
  }

  /** Lets clients in again. Those who are leaving leave all the same: they were told. */
  void resume() {
    Optional<Promise<Void>> waited;
    synchronized (this) {
      drained = false;
      waited = empty;
      empty = Optional.empty();
    }
    waited.ifPresent(drain -> drain.fail(new GatewayError.Conflict("it was resumed meanwhile")));
  }

  /**
   * What it serves is elsewhere by now: everybody is ended, and it waits for its volume again.
   *
   * @return completes when all have left
   */
  synchronized Future<Void> dismiss(String why) {
    if (!(state instanceof State.Removed)) state = new State.Waiting(why);
    return empty(client -> client.dismiss(why));
  }

  private Future<Void> empty(Duration limit) {
    return empty(client -> client.leave(limit));
  }

  private Future<Void> empty(Consumer<ExportClient> asked) {
    if (clients.isEmpty()) return Future.succeededFuture();
    Promise<Void> last = empty.orElseGet(Promise::promise);
    empty = Optional.of(last);
    List.copyOf(clients.keySet()).forEach(asked); // some may go at once
    return last.future();
  }

  /** The client has left. Harmless for one that was never there. */
  void detach(ExportClient client) {
    Optional<Promise<Void>> last = Optional.empty();
    synchronized (this) {
      clients.remove(client);
      if (clients.isEmpty()) {
        last = empty;
        empty = Optional.empty();
      }
    }
    last.ifPresent(Promise::complete);
  }

  /**
   * Protocol document, "Transmission flags". FLUSH covers what was acknowledged on any connection,
   * as {@link Volume#flush} promises: hence CAN_MULTI_CONN.
   */
  private static int flags(Set<VolumeCapability> can, ExportSettings settings) {
    int flags = Wire.EXPORT_HAS_FLAGS | Wire.EXPORT_SEND_FLUSH | Wire.EXPORT_SEND_FUA;
    if (settings.offersMultiConn()) flags |= Wire.EXPORT_CAN_MULTI_CONN;
    if (settings.rotational()) flags |= Wire.EXPORT_ROTATIONAL;
    if (can.contains(VolumeCapability.CACHE)) flags |= Wire.EXPORT_SEND_CACHE;
    if (settings.readOnly()) return flags | Wire.EXPORT_READ_ONLY;
    if (can.contains(VolumeCapability.TRIM)) flags |= Wire.EXPORT_SEND_TRIM;
    if (can.contains(VolumeCapability.ZERO) || can.contains(VolumeCapability.FAST_ZERO)) {
      flags |= Wire.EXPORT_SEND_FAST_ZERO;
    }
    if (settings.resize() && can.contains(VolumeCapability.RESIZE)) {
      flags |= Wire.EXPORT_SEND_RESIZE;
    }
    return flags | Wire.EXPORT_SEND_WRITE_ZEROES;
  }

  private record Attached(Served served, Throttle throttle, Budget.Part budget, String export)
      implements Attachment {
    @Override
    public VolumeGate gate() {
      return served.gate();
    }

    @Override
    public Throttle volumeThrottle() {
      return served.throttle();
    }
  }
}
