package dev.penstock.benchmarks;

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
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/** Everybody gets the same. */
record OneExport(VolumeGate gate, long sizeBytes, Budget.Part budget)
    implements ServedExports, ServedExports.Attachment {
  static final String NAME = "bench";

  private static final Throttle UNLIMITED = new Throttle(Rates.NONE, 0);

  private ExportOffer offer() {
    return new ExportOffer(NAME, "", sizeBytes, Wire.EXPORT_HAS_FLAGS, BlockSizes.STANDARD);
  }

  @Override
  public Lookup find(String name, Peer peer) {
    return new Lookup.Found(offer());
  }

  @Override
  public Iterator<ExportOffer> list(Peer peer) {
    return List.of(offer()).iterator();
  }

  @Override
  public Optional<Attachment> attach(String askedFor, Peer peer, ExportClient client) {
    return Optional.of(this);
  }

  @Override
  public String export() {
    return NAME;
  }

  @Override
  public Throttle throttle() {
    return UNLIMITED;
  }

  @Override
  public void detach() {}
}
