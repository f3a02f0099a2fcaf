package dev.penstock.nbd.export;

import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.spi.volume.VolumeGate;
import java.util.Optional;

/** What connections need of the exports. Any thread; answers at once. */
public interface ServedExports extends Exports {
  /** A client's hold on an export: its volume stays open until {@link #detach}. */
  interface Attachment {
    /** Every request passes it. */
    VolumeGate gate();

    /** How fast the export's clients may be. */
    Throttle throttle();

    /** What the export's clients may have under way, all together. */
    Budget.Part budget();

    /** The export's own name, also for a client that asked for the default. */
    String export();

    /** Once nothing of the client is under way. Harmless twice. */
    void detach();
  }

  /**
   * Attaches a client to the export that it chose.
   *
   * @return empty if it cannot have the export any more, which it could when it was looked up
   */
  Optional<Attachment> attach(String askedFor, Peer peer, ExportClient client);
}
