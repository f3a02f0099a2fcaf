package dev.penstock.replication.handoff;

import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;

/**
 * What one gateway says to another about a volume. Any of them may be lost, come late, come again,
 * and overtake another.
 */
public sealed interface Message {
  /** Which migration it is about. To any other it means nothing. */
  Epoch epoch();

  /**
   * The source would hand it over.
   *
   * @param from who offers, and what the volume is called there: as the receiver knows it
   */
  record Offer(Epoch epoch, Counterpart from, long sizeBytes) implements Message {}

  /**
   * The source holds the volume still, and has sent everything.
   *
   * @param last the digest of the last snapshot
   */
  record Last(Epoch epoch, String last) implements Message {}

  /** The source has given it up: it belongs to the destination. */
  record Commit(Epoch epoch) implements Message {}

  /** The source keeps it. */
  record Abort(Epoch epoch) implements Message {}

  /** The destination asks the source what has become of it. */
  record Ask(Epoch epoch) implements Message {}

  /**
   * Somebody owns it in this epoch, and says so to whoever may not have heard.
   *
   * @param from who says so, and what the volume is called there: as the receiver knows it
   */
  record Claim(Epoch epoch, Counterpart from) implements Message {}
}
