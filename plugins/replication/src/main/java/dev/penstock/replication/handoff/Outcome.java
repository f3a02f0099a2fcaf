package dev.penstock.replication.handoff;

import dev.penstock.spi.ownership.Ownership;
import java.util.Optional;

/**
 * What follows from a message.
 *
 * @param next what is known of the volume from now on; it is durable before the answer leaves
 */
public record Outcome(Optional<Ownership> next, Answer answer) {
  /**
   * The table of DESIGN.md.
   *
   * @param now empty if nothing is known of the volume: no data, and no record
   * @param newest the digest of the newest snapshot that is here, complete and durable
   */
  public static Outcome of(Optional<Ownership> now, Optional<String> newest, Message message) {
    return switch (message) {
      case Message.Offer offer -> Destination.offered(now, offer);
      case Message.Last last -> Destination.last(now, newest, last);
      case Message.Commit commit -> Destination.commit(now, commit);
      case Message.Abort abort -> Destination.abort(now, abort);
      case Message.Ask ask -> new Outcome(now, Source.asked(now, ask));
      case Message.Claim claim -> Claims.claimed(now, claim);
    };
  }
}
