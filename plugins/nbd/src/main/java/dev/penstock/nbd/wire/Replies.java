package dev.penstock.nbd.wire;

import io.netty.buffer.ByteBuf;

/**
 * Writes replies in the form that was negotiated. A form has no state: one instance serves every
 * connection, on any thread.
 */
public sealed interface Replies permits SimpleReplies, StructuredReplies {
  /** What a client that asked for nothing gets. */
  Replies SIMPLE = new SimpleReplies();

  /** What a client gets that negotiated STRUCTURED_REPLY. */
  Replies STRUCTURED = new StructuredReplies();

  /** What a client gets that negotiated EXTENDED_HEADERS. */
  Replies EXTENDED = new ExtendedReplies();

  /** The most bytes that {@link #done} or {@link #failed} writes. */
  int STATUS_BYTES_MAX = Wire.EXTENDED_CHUNK_BYTES + 4 + 2 + 256;

  /** How many bytes stand before the data of a read that is answered in one piece. */
  int dataHeaderBytes();

  /**
   * Writes what stands before the data of a read that is answered in one piece; exactly {@code
   * lengthBytes} of data must follow.
   */
  void dataHeader(ByteBuf out, long cookie, long offset, int lengthBytes);

  /** Writes that the request was carried out; a read of no bytes among them. */
  void done(ByteBuf out, RequestHeader request);

  /**
   * Writes that the request failed. The reason is for people; a simple reply has no room for it.
   */
  void failed(ByteBuf out, RequestHeader request, ErrorNumber error, String reason);

  /** Whether a read may be answered in several pieces, holes among them. */
  boolean inPieces();
}
