package dev.penstock.replication.forward;

import dev.penstock.replication.peer.Api;
import dev.penstock.replication.peer.PeerClient;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Epoch;
import java.time.Duration;
import java.util.UUID;

/** What both ends of a forwarding have to agree on: {@code PEER-API.md} describes it. */
final class ForwardApi {
  static final String OPEN = "open";
  static final String BYTES = "bytes";
  static final String FLUSH = "flush";
  static final String TRIM = "trim";
  static final String ZERO = "zero";
  static final String EXTENTS = "extents";

  /** Since when the volume is gone from where the client is. */
  static final String EPOCH_HEADER = "penstock-epoch";

  /** With each answer: which process it is of, and what time it is there. */
  static final String NOW_HEADER = "penstock-now";

  /** With each change: what the last answer said of that. */
  static final String HEARD_HEADER = "penstock-heard";

  /**
   * A longer read or write goes in pieces: what one request may hold of the other side's memory.
   */
  static final int PIECE_BYTES_MAX = 1 << 20;

  /** The most extents of one answer; it then ends early. */
  static final int EXTENTS_MAX = 4096;

  /** An answer that is not data: so many extents, or an error and its text. */
  static final int ANSWER_BYTES_MAX = PIECE_BYTES_MAX + (64 << 10);

  /**
   * How late a change may come, from the last word that its sender had heard: a piece over the
   * slowest line that replication takes, and not so long that its client is back by another way and
   * has written something newer.
   */
  static final Duration LATE_MAX = Duration.ofSeconds(20);

  /** How long a request is held at a frozen volume, before its sender is told to ask again. */
  static final Duration HELD_MAX = Duration.ofSeconds(20);

  /** How long an answer is waited for: what is held, and then done by a slow disk. */
  static final Duration ANSWER_MAX = Duration.ofSeconds(40);

  private ForwardApi() {}

  static String path(String volume, String what) {
    return "%s/%s/%s".formatted(Api.HANDOFF, PeerClient.segment(volume), what);
  }

  /** As {@link Epoch#toString} writes it. */
  static Epoch epoch(String text) {
    int slash = text.indexOf('/');
    try {
      return new Epoch(
          Long.parseLong(text.substring(0, slash)), UUID.fromString(text.substring(slash + 1)));
    } catch (RuntimeException none) {
      throw new GatewayError.Invalid("\"%s\" is no epoch".formatted(text));
    }
  }
}
