package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.ProtocolError;
import io.vertx.core.Future;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * What a handshake needs to know of the exports. What needs nothing that is not at hand is known at
 * once; no future fails. On the client's event loop; futures may complete anywhere.
 */
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

  /** What LIST tells of an export, or of a snapshot of one. */
  record Listed(String name, String description) {}

  /**
   * An answer to LIST as it is read: a client that reads slowly costs a place in the list, not a
   * copy of it.
   */
  @FunctionalInterface
  interface Listing {
    /** One more, as it is by now; empty at the end. The one before is known. */
    Future<Optional<Listed>> next();

    /** All of these. */
    static Listing of(List<Listed> all) {
      Iterator<Listed> each = all.iterator();
      return () ->
          Future.succeededFuture(each.hasNext() ? Optional.of(each.next()) : Optional.empty());
    }
  }

  /**
   * Looks for what a client asked for. The empty name is the default export.
   *
   * @param contexts what the offer is to tell of blocks
   */
  Future<Lookup> find(String name, ContextQuery contexts, Peer peer);

  /** What LIST answers, in the order of the names: what {@link #find} would give this peer. */
  Listing list(Peer peer);
}
