package dev.penstock.replication.handoff;

import dev.penstock.spi.ownership.Epoch;
import java.util.Optional;

/**
 * What is answered to a {@link Message}. An answer may be lost, come late and come again as well.
 */
public sealed interface Answer {
  /** Which migration it is about: that of the message. */
  Epoch epoch();

  /** To {@link Message.Offer}: it may come. */
  record Taken(Epoch epoch) implements Answer {}

  /**
   * To {@link Message.Last}: it is here, complete and durable, and stays until the source has said
   * what becomes of it.
   *
   * @param last the digest of what is here
   */
  record Ready(Epoch epoch, String last) implements Answer {}

  /**
   * To {@link Message.Last}: that is not what is here.
   *
   * @param newest what is; empty if nothing
   */
  record Lacking(Epoch epoch, Optional<String> newest) implements Answer {}

  /** To {@link Message.Commit}: it is owned here, or was. */
  record Committed(Epoch epoch) implements Answer {}

  /** To {@link Message.Abort}: nothing here waits for it. */
  record Dropped(Epoch epoch) implements Answer {}

  /** To {@link Message.Ask}: nothing is decided. Ask again. */
  record Pending(Epoch epoch) implements Answer {}

  /** To {@link Message.Ask}: it was handed over. */
  record Decided(Epoch epoch) implements Answer {}

  /** To {@link Message.Ask}: it came to nothing, and never will come to anything. */
  record Aborted(Epoch epoch) implements Answer {}

  /**
   * To {@link Message.Ask}: nothing is known here of such an offer. That is no answer: whoever is
   * asked has lost what he knew, or never knew it. Ask again.
   */
  record Unknown(Epoch epoch) implements Answer {}

  /** To {@link Message.Claim}: nobody here stands in the way, any more. */
  record Yielded(Epoch epoch) implements Answer {}

  /**
   * To any: no.
   *
   * @param why a sentence for people
   * @param recorded the highest epoch that was ever heard of here
   * @param stands the epoch that rules as far as is known for certain here: a lower one is over.
   *     Empty if nothing is certain
   */
  record Refused(Epoch epoch, String why, Epoch recorded, Optional<Epoch> stands)
      implements Answer {}
}
