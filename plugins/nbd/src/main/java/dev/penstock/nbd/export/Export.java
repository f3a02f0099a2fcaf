package dev.penstock.nbd.export;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.export.ServedExports.Attachment;
import dev.penstock.nbd.handshake.BlockSizes;
import dev.penstock.nbd.handshake.ExportOffer;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeGate;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

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
    record Open(VolumeGate gate) implements State {}

    /** Nobody new is let in; those connected are leaving. */
    record Removed() implements State {}
  }

  private final Set<ExportClient> clients = new HashSet<>();
  private Optional<Promise<Void>> empty = Optional.empty();
  private ExportSettings settings;
  private boolean drained;
  private State state = new State.Waiting("its volume is being opened");

  Export(ExportSettings settings, boolean drained) {
    this.settings = settings;
    this.drained = drained;
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

  /** What a client is told; empty while there is nothing to serve. */
  synchronized Optional<ExportOffer> offer() {
    if (!(state instanceof State.Open(VolumeGate gate))) return Optional.empty();
    Volume volume = gate.volume().volume();
    return Optional.of(
        new ExportOffer(
            settings.name(),
            settings.description(),
            volume.sizeBytes(),
            flags(volume.capabilities(), settings.readOnly()),
            BlockSizes.STANDARD));
  }

  /** Another description, or another place in the configuration; what is served is the same. */
  synchronized void describe(ExportSettings same) {
    settings = same;
  }

  synchronized void waiting(String reason) {
    if (state instanceof State.Waiting) state = new State.Waiting(reason);
  }

  /** False if it was removed meanwhile: the gate is then not used. */
  synchronized boolean opened(VolumeGate gate) {
    if (state instanceof State.Removed) return false;
    state = new State.Open(gate);
    return true;
  }

  synchronized Optional<Attachment> attach(ExportClient client) {
    if (drained || !(state instanceof State.Open(VolumeGate gate))) return Optional.empty();
    clients.add(client);
    return Optional.of(new Attached(gate, settings.name(), client));
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

  private Future<Void> empty(Duration limit) {
    if (clients.isEmpty()) return Future.succeededFuture();
    Promise<Void> last = empty.orElseGet(Promise::promise);
    empty = Optional.of(last);
    clients.forEach(client -> client.leave(limit)); // which returns at once
    return last.future();
  }

  private void detach(ExportClient client) {
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
  static int flags(Set<VolumeCapability> can, boolean readOnly) {
    int flags =
        Wire.EXPORT_HAS_FLAGS
            | Wire.EXPORT_SEND_FLUSH
            | Wire.EXPORT_SEND_FUA
            | Wire.EXPORT_CAN_MULTI_CONN;
    if (can.contains(VolumeCapability.CACHE)) flags |= Wire.EXPORT_SEND_CACHE;
    if (readOnly) return flags | Wire.EXPORT_READ_ONLY;
    if (can.contains(VolumeCapability.TRIM)) flags |= Wire.EXPORT_SEND_TRIM;
    if (can.contains(VolumeCapability.ZERO) || can.contains(VolumeCapability.FAST_ZERO)) {
      flags |= Wire.EXPORT_SEND_FAST_ZERO;
    }
    return flags | Wire.EXPORT_SEND_WRITE_ZEROES;
  }

  private final class Attached implements Attachment {
    private final VolumeGate gate;
    private final String export;
    private final ExportClient client;

    private Attached(VolumeGate gate, String export, ExportClient client) {
      this.gate = gate;
      this.export = export;
      this.client = client;
    }

    @Override
    public VolumeGate gate() {
      return gate;
    }

    @Override
    public String export() {
      return export;
    }

    @Override
    public void detach() {
      Export.this.detach(client);
    }
  }
}
