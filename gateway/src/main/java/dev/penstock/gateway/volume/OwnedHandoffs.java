package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Caller;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.handoff.Handoffs;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.spi.volume.OpenVolume;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hand-over of volumes as one module sees it.
 *
 * <p><b>Lifecycle.</b> {@link #closeAll} once the module has stopped: what it left frozen, or
 * slowed down, goes on once it is durably owned here, and nobody is led anywhere any more who is
 * not yet. Requests for what was given up wait on for the module's next life, or end with their
 * client: nothing here answers them, and nothing carries them out. <b>Threads.</b> Any.
 */
public final class OwnedHandoffs implements Handoffs {
  private static final Logger log = LoggerFactory.getLogger(OwnedHandoffs.class);

  /** Between two tries to take back what a module has left behind. */
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final OwnedVolumes lent;
  private final VolumeRegistry registry;
  private final Set<StillVolume> frozen = ConcurrentHashMap.newKeySet();
  private final Set<String> paced = ConcurrentHashMap.newKeySet();
  private final CopyOnWriteArrayList<Successors> ways = new CopyOnWriteArrayList<>();
  private volatile boolean closed;

  /**
   * @param lent where what is opened for clients of other gateways is kept
   */
  OwnedHandoffs(OwnedVolumes lent, VolumeRegistry registry) {
    this.lent = lent;
    this.registry = registry;
  }

  @Override
  public Future<Map<String, Ownership>> recorded() {
    return answer(registry.ownerships().recorded());
  }

  @Override
  public Future<Optional<Ownership>> find(String volume) {
    return answer(
        registry.ownerships().find(volume).map(known -> known.map(Ownerships.Known::ownership)));
  }

  @Override
  public Future<Ownership> change(String volume, String store, Step step) {
    if (closed) return Future.failedFuture(stopped());
    return answer(registry.handover().change(volume, store, step));
  }

  @Override
  public Future<Fenced> fence(String volume, Step step, Duration limit) {
    if (closed) return Future.failedFuture(stopped());
    return answer(registry.fencing().fence(volume, step, limit));
  }

  @Override
  public Future<Frozen> freeze(String volume, Duration limit) {
    if (closed) return Future.failedFuture(stopped());
    return answer(
        registry
            .slots()
            .step(
                volume,
                slot ->
                    registry
                        .stillness()
                        .freeze(slot, volume, limit, () -> prepared(volume))
                        .map(took ->
                            new StillVolume(
                                registry,
                                volume,
                                slot.freeze(),
                                System.nanoTime() - took.toNanos(),
                                frozen::remove)))
            .compose(this::kept));
  }

  /** So that the snapshot of the freeze takes less of it. */
  private Future<Void> prepared(String volume) {
    return registry
        .ownerships()
        .owned(volume, "frozen")
        .compose(known ->
            known
                .store()
                .onSnapshots(
                    volume,
                    its -> {
                      its.prepare(volume);
                      return Optional.empty();
                    }))
        .mapEmpty();
  }

  /** The module may have stopped meanwhile. */
  private Future<Frozen> kept(StillVolume one) {
    frozen.add(one);
    if (!closed) return Future.succeededFuture(one);
    frozen.remove(one);
    return abandoned(one).transform(_ -> Future.failedFuture(stopped()));
  }

  /**
   * Completes after the first try. Clients wait until it is durable that what they use is owned
   * here, and so does nobody who stops.
   */
  private Future<Void> abandoned(StillVolume one) {
    return one.abandon()
        .recover(notYet -> {
          log.atWarn()
              .addKeyValue("volume", one.volume())
              .addKeyValue("reason", notYet.toString())
              .log("what was frozen is not thawed yet: it is tried again");
          registry.later(AGAIN, () -> abandoned(one));
          return Future.succeededFuture();
        });
  }

  @Override
  public Future<Void> pace(String volume, long writtenBytesPerSecond) {
    if (closed) return Future.failedFuture(stopped());
    if (writtenBytesPerSecond > 0) paced.add(volume);
    else paced.remove(volume);
    return answer(withPace(volume, writtenBytesPerSecond));
  }

  private Future<Void> withPace(String volume, long writtenBytesPerSecond) {
    return registry
        .slots()
        .step(volume, slot -> registry.stillness().pace(slot, writtenBytesPerSecond));
  }

  @Override
  public Future<OpenVolume> join(String volume, VolumeUser user) {
    if (closed) return Future.failedFuture(stopped());
    return answer(registry.join(lent, volume, user).compose(lent::keep));
  }

  @Override
  public Future<OpenVolume> receive(String volume, long sizeBytes, VolumeUser user) {
    if (closed) return Future.failedFuture(stopped());
    return answer(registry.receive(lent, volume, sizeBytes, user).compose(lent::keep));
  }

  @Override
  public void leadBy(Successors successors) {
    ways.add(successors);
    registry.successions().lead(successors);
  }

  @Override
  public Future<Void> leadOn(String volume, Duration limit) {
    return answer(registry.handover().leadOn(volume, limit));
  }

  @Override
  public Future<Void> unlink(String volume) {
    return answer(registry.unlink(volume));
  }

  /** Completes once nothing is frozen or open that the module had. */
  public Future<Void> closeAll() {
    closed = true;
    ways.forEach(registry.successions()::withdraw);
    return Future.join(frozen.stream().map(this::abandoned).toList())
        .compose(_ -> Future.join(paced.stream().map(volume -> withPace(volume, 0)).toList()))
        .otherwiseEmpty()
        .compose(_ -> lent.closeAll());
  }

  private GatewayError stopped() {
    return new GatewayError.Conflict("%s has stopped".formatted(lent.owner()));
  }

  private static <T> Future<T> answer(Future<T> outcome) {
    return Caller.here().answer(outcome);
  }
}
