package dev.penstock.replication.peer;

import java.time.Duration;

/**
 * What both ends of the peer API have to agree on: {@code PEER-API.md} beside the manual describes
 * it.
 */
public final class Api {
  /** The version spoken here; a peer of another refuses, and says which it speaks. */
  static final int VERSION = 1;

  static final String ROOT = "/peer/v" + VERSION;

  static final String HELLO = "/peer";
  static final String SENDER = ROOT + "/sender/volumes";
  static final String RECEIVER = ROOT + "/receiver/volumes";
  public static final String HANDOFF = ROOT + "/handoff";

  /** As {@link #RECEIVER}, for volumes that are handed over. */
  static final String MIGRATION = ROOT + "/migration/volumes";

  /** Which job of a peer asks: its anchors and leases are named by it. */
  static final String JOB_HEADER = "penstock-job";

  /** Which migration something is received for: its epoch, as {@code number/guid}. */
  static final String OFFER_HEADER = "penstock-offer";

  /** What a stream brings, as JSON. */
  static final String STREAM_HEADER = "penstock-stream";

  /** What records may be compressed with: numbers of the block stream's header. */
  static final String COMPRESSION_HEADER = "penstock-compression";

  /** A question or a small answer: a plan may name thousands of snapshots. */
  static final int QUESTION_BYTES_MAX = 16 << 20;

  /** The list of all volumes and snapshots: a million of them. */
  static final int LISTING_BYTES_MAX = 512 << 20;

  public static final Duration CONNECT_LIMIT = Duration.ofSeconds(10);

  /** When to try a peer again that does not answer. */
  public static final Duration ASK_AGAIN = Duration.ofSeconds(4);

  private Api() {}
}
