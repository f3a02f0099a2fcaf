package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Rates;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.export.ExportClient;
import dev.penstock.nbd.export.ServedExports;
import dev.penstock.nbd.export.Throttle;
import dev.penstock.nbd.handshake.BlockSizes;
import dev.penstock.nbd.handshake.ExportOffer;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.volume.VolumeGate;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;

/**
 * Whatever a client asks for, it gets this.
 *
 * @param listed how often LIST says so
 */
public record OneExport(
    VolumeGate gate, String description, int listed, Throttle throttle, Budget.Part budget)
    implements ServedExports, ServedExports.Attachment {

  /** An export as fast as its volume. */
  public static OneExport of(VolumeGate gate, Budget budget) {
    return new OneExport(gate, "", 1, new Throttle(Rates.NONE, 0), budget.part());
  }

  @Override
  public Lookup find(String name, Peer peer) {
    return new Lookup.Found(offer());
  }

  @Override
  public Iterator<ExportOffer> list(Peer peer) {
    return Collections.nCopies(listed, offer()).iterator();
  }

  private ExportOffer offer() {
    long sizeBytes = gate.volume().volume().sizeBytes();
    return new ExportOffer(
        export(), description, sizeBytes, Wire.EXPORT_HAS_FLAGS, BlockSizes.STANDARD);
  }

  @Override
  public Optional<Attachment> attach(String askedFor, Peer peer, ExportClient client) {
    return Optional.of(this);
  }

  @Override
  public String export() {
    return "demo";
  }

  @Override
  public void detach() {}
}
