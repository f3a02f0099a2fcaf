package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.Dialect;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;

/**
 * Oldstyle: 152 bytes that describe the one export of the listener, and requests from then on.
 * Protocol document, "Oldstyle negotiation". A client that cannot have the export is told nothing.
 */
public final class OldStyle implements Handshake {
  private final Exports exports;
  private final Peer peer;
  private final String export;
  private Optional<Future<Exports.Lookup>> asked = Optional.empty();

  /** What a client of a listener gets that serves this export alone. */
  public OldStyle(Exports exports, Peer peer, String export) {
    this.exports = exports;
    this.peer = peer;
    this.export = export;
  }

  @Override
  public Decision step(ByteBuf in, ByteBuf out) {
    Future<Exports.Lookup> found =
        asked.orElseGet(() -> exports.find(export, ContextQuery.NOTHING, peer));
    asked = Optional.of(found);
    if (!found.isComplete()) return new Decision.Wait(found);
    ExportOffer offer = found.result().orElseEnd("old-style client").oldStyle();
    if (offer.blocks().haveToBeKnown()) {
      throw new ProtocolError(
          "old-style client: it cannot be told that export %s takes blocks of %d bytes"
              .formatted(export, offer.blocks().minBytes()));
    }
    out.writeLong(Wire.NBDMAGIC)
        .writeLong(Wire.OLD_STYLE_MAGIC)
        .writeLong(offer.sizeBytes())
        .writeInt(offer.flags())
        .writeZero(Wire.OLD_STYLE_ZEROES_BYTES);
    return new Decision.Transmit(export, offer, offer.flags(), Dialect.OLD_STYLE, List.of());
  }

  @Override
  public void secured(Peer peer) {
    throw new IllegalStateException("there is no TLS for old-style clients");
  }
}
