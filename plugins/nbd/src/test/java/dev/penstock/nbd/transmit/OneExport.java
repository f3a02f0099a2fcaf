package dev.penstock.nbd.transmit;

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
import java.util.Collections;
import java.util.Optional;

/**
 * Whatever a client asks for, it gets this.
 *
 * @param listed how often LIST says so
 */
public record OneExport(
    VolumeGate gate, String description, int listed, Throttle throttle, Budget.Part budget)
    implements ServedExports, ServedExports.Visit, ServedExports.Attachment {

  /** An export as fast as its volume. */
  public static OneExport of(VolumeGate gate, Budget budget) {
    return new OneExport(gate, "", 1, new Throttle(Rates.NONE, 0), budget.part());
  }

  @Override
  public Throttle volumeThrottle() {
    return new Throttle(Rates.NONE, 0);
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
    return Listing.of(Collections.nCopies(listed, new Listed(export(), description)));
  }

  private ExportOffer offer() {
    long sizeBytes = gate.volume().volume().sizeBytes();
    return new ExportOffer(
        export(), description, sizeBytes, Wire.EXPORT_HAS_FLAGS, BlockSizes.STANDARD);
  }

  @Override
  public Optional<Attachment> attach(String askedFor, Peer peer) {
    return Optional.of(this);
  }

  @Override
  public String export() {
    return "demo";
  }

  @Override
  public void end() {}
}
