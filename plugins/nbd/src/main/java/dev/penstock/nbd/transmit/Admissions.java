package dev.penstock.nbd.transmit;

import dev.penstock.nbd.handshake.ContextQuery;
import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Peer;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.Set;

/**
 * The exports, as one client asks for them: tells once of each that it was refused, though a client
 * asks several times, for its contexts and then for itself. The connection's event loop.
 */
final class Admissions implements Exports {
  /** Refusals that are told of one connection; who goes on guessing names is known by then. */
  private static final int TOLD_MAX = 16;

  private final Exports exports;
  private final Refused refused;
  private final Set<String> told = new HashSet<>();

  /** Hears what a client was refused. */
  @FunctionalInterface
  interface Refused {
    void refused(Peer peer, String askedFor, Lookup why);
  }

  Admissions(Exports exports, Refused refused) {
    this.exports = exports;
    this.refused = refused;
  }

  @Override
  public Future<Lookup> find(String name, ContextQuery contexts, Peer peer) {
    return exports
        .find(name, contexts, peer)
        .map(found -> {
          if (!(found instanceof Lookup.Found) && isNews(name, found)) {
            refused.refused(peer, name, found);
          }
          return found;
        });
  }

  /** What took a while may be found on any thread. */
  private synchronized boolean isNews(String name, Lookup found) {
    return told.size() < TOLD_MAX && told.add(name + found);
  }

  @Override
  public Listing list(Peer peer) {
    return exports.list(peer);
  }
}
