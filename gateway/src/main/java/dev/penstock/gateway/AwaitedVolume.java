package dev.penstock.gateway;

import dev.penstock.gateway.bus.EventLog;
import dev.penstock.gateway.module.ModuleLife;
import dev.penstock.gateway.module.ModuleStatus;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.bus.Events;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.bus.GatewayEvent.OwnershipChanged;
import dev.penstock.spi.ownership.Ownership;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** A volume that a running gateway receives, until it is its own. Blocks: no event loop's. */
final class AwaitedVolume {
  private final Gateway gateway;
  private final String volume;

  private AwaitedVolume(Gateway gateway, String volume) {
    this.gateway = gateway;
    this.volume = volume;
  }

  /**
   * Nothing is waited for that cannot come.
   *
   * @throws GatewayError what kept a module from starting; {@link GatewayError.NotFound} if nothing
   *     receives the volume; {@link GatewayError.Conflict} if it was owned here before
   */
  static AwaitedVolume in(Gateway gateway, String volume) {
    for (ModuleStatus module : gateway.modules().modules())
      if (module.state() == ModuleLife.FAILED)
        await(gateway.modules().start(module.name())); // again: now its error is known by its type
    var one = new AwaitedVolume(gateway, volume);
    if (!one.hasCome()) one.requireReceived();
    return one;
  }

  private void requireReceived() {
    Optional<Ownership> now = await(gateway.volumes().handoffsOf("gateway").find(volume));
    switch (now.map(Ownership::phase).orElse(new Ownership.None())) {
      case Ownership.Receiving _, Ownership.Prepared _ -> {}
      case Ownership.Owner _, Ownership.Offered _ -> {
        if (!hasCome())
          throw new GatewayError.Conflict("it is owned here already; remove it, or demote it");
      }
      case Ownership.None _, Ownership.Gone _, Ownership.Handed _, Ownership.Forked _ ->
          throw new GatewayError.NotFound(
              "no module receives it; it has to stand under receive of an nbd module");
    }
  }

  /** Waits until it is owned, or something else has happened. */
  boolean isOwnedBefore(CompletableFuture<Void> end) {
    var owned = new CompletableFuture<Void>();
    Events.Subscription subscription =
        gateway
            .bus()
            .subscribe(event -> {
              if (isOwned(event)) owned.complete(null);
            });
    try {
      if (hasCome()) return true;
      CompletableFuture.anyOf(owned, end).join();
      return owned.isDone();
    } finally {
      subscription.close();
    }
  }

  /** Since the gateway was started. */
  private boolean hasCome() {
    return gateway.eventLog().after(0, EventLog.ENTRIES_MAX).stream()
        .anyMatch(entry -> isOwned(entry.event()));
  }

  /** In the newest epoch: an offer that a restart takes back leaves an older one. */
  private boolean isOwned(GatewayEvent event) {
    return event instanceof OwnershipChanged(var _, String subject, Ownership now)
        && subject.equals(volume)
        && now.phase() instanceof Ownership.Owner
        && now.owned().equals(Optional.of(now.recorded()));
  }

  private static <T> T await(Future<T> step) {
    try {
      return step.toCompletionStage().toCompletableFuture().join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof GatewayError error) throw error;
      throw new GatewayError.Unavailable(
          Scope.MODULE, Duration.ofSeconds(1), "a module did not start", e);
    }
  }
}
