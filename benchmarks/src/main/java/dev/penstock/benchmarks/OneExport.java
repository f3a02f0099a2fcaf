package dev.penstock.benchmarks;

import dev.penstock.nbd.config.Rates;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.export.ExportClient;
import dev.penstock.nbd.export.ServedExports;
import dev.penstock.nbd.export.Throttle;
import dev.penstock.nbd.handshake.BlockSizes;
import dev.penstock.nbd.handshake.ContextQuery;
import dev.penstock.nbd.handshake.ExportOffer;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.volume.VolumeGate;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/** Everybody gets the same. */
record OneExport(VolumeGate gate, long sizeBytes, Budget.Part budget)
    implements ServedExports, ServedExports.Visit, ServedExports.Attachment {
  static final String NAME = "bench";

  private static final Throttle UNLIMITED = new Throttle(Rates.NONE, 0);

  private ExportOffer offer() {
    return new ExportOffer(NAME, "", sizeBytes, Wire.EXPORT_HAS_FLAGS, BlockSizes.STANDARD);
  }

  @Override
  public Visit visit(ExportClient client) {
    return this;
  }

  @Override
  public Future<Lookup> find(String name, ContextQuery contexts, Peer peer) {
    return Future.succeededFuture(new Lookup.Found(offer()));
  }

  @Override
  public Listing list(Peer peer) {
    return Listing.of(List.of(new Listed(NAME, "")));
  }

  @Override
  public Optional<Attachment> attach(String askedFor, Peer peer) {
    return Optional.of(this);
  }

  @Override
  public String export() {
    return NAME;
  }

  @Override
  public Throttle volumeThrottle() {
    return UNLIMITED;
  }

  @Override
  public Throttle throttle() {
    return UNLIMITED;
  }

  @Override
  public void end() {}
}
