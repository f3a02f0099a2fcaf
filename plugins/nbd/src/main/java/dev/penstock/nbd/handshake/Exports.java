package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.ProtocolError;
import java.util.Iterator;

/** What a handshake needs to know of the exports. Answers at once, on any event loop. */
public interface Exports {
  /** What became of a name. */
  sealed interface Lookup {
    /** It can be served. */
    record Found(ExportOffer offer) implements Lookup {}

    /** It cannot, and this is why; an empty name means the default export. */
    record Missing(String reason) implements Lookup {}

    /** It is there, and not for this peer. */
    record Denied(String reason) implements Lookup {}

    /** It is there, for those who speak through TLS. */
    record NeedsTls(String reason) implements Lookup {}

    /** It is there, and takes nobody new. */
    record Ending(String reason) implements Lookup {}

    /**
     * What was found, for a client that cannot be told anything else.
     *
     * @throws ProtocolError with the reason, for the log
     */
    default ExportOffer orElseEnd(String who) {
      return switch (this) {
        case Found(ExportOffer offer) -> offer;
        case Missing(String reason) -> throw new ProtocolError(who + ": " + reason);
        case Denied(String reason) -> throw new ProtocolError(who + ": " + reason);
        case NeedsTls(String reason) -> throw new ProtocolError(who + ": " + reason);
        case Ending(String reason) -> throw new ProtocolError(who + ": " + reason);
      };
    }
  }

  /** Looks for what a client asked for. The empty name is the default export. */
  Lookup find(String name, Peer peer);

  /**
   * What LIST answers, in the order of the names: what {@link #find} would give this peer. Each as
   * it is when it is asked for: a client that reads slowly costs a place in the list, not a copy.
   */
  Iterator<ExportOffer> list(Peer peer);
}
