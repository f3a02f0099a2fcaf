package dev.penstock.nbd.transmit;

import dev.penstock.nbd.handshake.ExportOffer;
import dev.penstock.nbd.handshake.Exports;
import dev.penstock.nbd.handshake.Peer;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Set;

/**
 * The exports, as one client asks for them: tells once of each that it was refused, though a client
 * asks several times, for its contexts and then for itself. The connection's event loop only.
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
  public Lookup find(String name, Peer peer) {
    Lookup found = exports.find(name, peer);
    if (!(found instanceof Lookup.Found) && told.size() < TOLD_MAX && told.add(name + found)) {
      refused.refused(peer, name, found);
    }
    return found;
  }

  @Override
  public Iterator<ExportOffer> list(Peer peer) {
    return exports.list(peer);
  }
}
