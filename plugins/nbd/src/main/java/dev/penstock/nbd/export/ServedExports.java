package dev.penstock.nbd.export;

import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.spi.volume.VolumeGate;
import java.util.Optional;

/** What connections need of the exports. Any thread; answers at once. */
public interface ServedExports {
  /** A client comes: this is what it sees of the exports. */
  Visit visit(ExportClient client);

  /**
   * What one client sees of the exports, and has of them: what it asked for last stays open for it.
   *
   * <pre>
   *   find, list … ─► attach ─► end
   * </pre>
   *
   * <p><b>Threads.</b> The client's event loop.
   */
  interface Visit extends Exports {
    /**
     * Attaches the client to the export that it found last.
     *
     * @return empty if it cannot have the export any more, which it could when it was looked up
     */
    Optional<Attachment> attach(String askedFor, Peer peer);

    /** Once nothing of the client is under way: gives back whatever it has. Harmless twice. */
    void end();
  }

  /** A client's hold on an export: its volume stays open until the visit ends. */
  interface Attachment {
    /** Every request passes it. */
    VolumeGate gate();

    /** How fast the export's clients may be. */
    Throttle throttle();

    /** How fast all clients of its volume may be. */
    Throttle volumeThrottle();

    /** What the export's clients may have under way, all together. */
    Budget.Part budget();

    /** The export's own name, also for a client that asked for the default. */
    String export();
  }
}
