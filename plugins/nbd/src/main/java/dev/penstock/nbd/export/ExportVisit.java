package dev.penstock.nbd.export;

import dev.penstock.nbd.config.ExportSettings;
import dev.penstock.nbd.export.ExportRegistry.Wanted;
import dev.penstock.nbd.handshake.ContextQuery;
import dev.penstock.nbd.handshake.ExportOffer;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.VolumeGate;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/**
 * What one client sees of the exports. A snapshot is open from when it is asked for until the
 * client asks for something else, or is gone: at most one for each client.
 */
final class ExportVisit implements ServedExports.Visit {
  private final ExportRegistry registry;
  private final ExportClient client;
  private Optional<Future<OpenedVolume>> snapshot = Optional.empty();
  private Optional<Export> attached = Optional.empty();

  ExportVisit(ExportRegistry registry, ExportClient client) {
    this.registry = registry;
    this.client = client;
  }

  @Override
  public Future<Lookup> find(String askedFor, ContextQuery contexts, Peer peer) {
    Optional<Future<OpenedVolume>> before = snapshot;
    snapshot = Optional.empty();
    Future<Lookup> found = lookUp(askedFor, contexts, peer);
    letGo(before); // now, since it may be the same
    return found;
  }

  private Future<Lookup> lookUp(String askedFor, ContextQuery contexts, Peer peer) {
    Optional<Wanted> wanted = registry.wanted(askedFor);
    if (wanted.isEmpty()) return known(new Lookup.Missing(registry.nobodyIs(askedFor)));
    if (registry.isEnding()) return known(new Lookup.Ending("the server is being stopped"));
    Export export = wanted.get().export();
    Lookup found = export.lookUp(peer, registry.requestBytesMax());
    if (!(found instanceof Lookup.Found(ExportOffer offer))) return known(found);
    return wanted
        .get()
        .snapshot()
        .map(named -> snapshot(export.settings().ofSnapshot(named), contexts))
        .orElseGet(() -> own(export, offer, contexts));
  }

  private static Future<Lookup> known(Lookup lookup) {
    return Future.succeededFuture(lookup);
  }

  private Future<Lookup> own(Export export, ExportOffer offer, ContextQuery contexts) {
    Optional<VolumeGate> gate = export.gate();
    return gate.isEmpty()
        ? known(new Lookup.Found(offer))
        : soon(with(contexts, export.settings(), gate.get(), offer), offer.name());
  }

  private Future<Lookup> snapshot(ExportSettings settings, ContextQuery contexts) {
    Future<OpenedVolume> opening = registry.open(settings);
    snapshot = Optional.of(opening);
    return soon(
        opening.compose(opened ->
            with(
                contexts,
                settings,
                opened.served().gate(),
                Export.offer(settings, opened.served().gate(), registry.requestBytesMax()))),
        settings.name());
  }

  private Future<Lookup> with(
      ContextQuery contexts, ExportSettings settings, VolumeGate gate, ExportOffer offer) {
    return registry
        .snapshots()
        .changesSince(contexts, settings, gate)
        .map(more -> new Lookup.Found(offer.with(more)));
  }

  private Future<Lookup> soon(Future<Lookup> lookup, String name) {
    return registry.soon(lookup).otherwise(why -> missing(name, why));
  }

  private Lookup missing(String name, Throwable why) {
    return switch (why) {
      case GatewayError.NotFound _ -> new Lookup.Missing(registry.nobodyIs(name));
      case GatewayError error -> new Lookup.Missing("export %s: %s".formatted(name, error.what()));
      case TimeoutException _ ->
          new Lookup.Missing("export %s: its volume takes too long to answer".formatted(name));
      default -> new Lookup.Missing("export %s: %s".formatted(name, why));
    };
  }

  @Override
  public Listing list(Peer peer) {
    return registry.isEnding() ? Listing.of(List.of()) : new ExportListing(registry, peer);
  }

  @Override
  public Optional<ServedExports.Attachment> attach(String askedFor, Peer peer) {
    if (registry.isEnding()) return Optional.empty();
    Optional<Wanted> wanted = registry.wanted(askedFor);
    if (wanted.isEmpty()) return Optional.empty();
    Export export = wanted.get().export();
    Optional<ServedExports.Attachment> to =
        wanted
            .get()
            .snapshot()
            .map(named -> opened().flatMap(held -> export.attach(peer, client, named, held)))
            .orElseGet(() -> export.attach(peer, client));
    if (to.isPresent()) attached = Optional.of(export);
    return to;
  }

  private Optional<OpenedVolume> opened() {
    return snapshot.filter(Future::succeeded).map(Future::result);
  }

  @Override
  public void end() {
    attached.ifPresent(export -> export.detach(client));
    attached = Optional.empty();
    letGo(snapshot);
    snapshot = Optional.empty();
  }

  private static void letGo(Optional<Future<OpenedVolume>> snapshot) {
    snapshot.ifPresent(opening -> opening.onSuccess(OpenedVolume::release));
  }
}
