package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.export.Budget;
import dev.penstock.nbd.wire.RequestDecoder;
import dev.penstock.nbd.wire.RequestForm;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * What was received and not yet understood. Keeps little: of a message that was read but for its
 * end, only the end; and of a large payload nothing, which is received where it belongs. One event
 * loop.
 */
final class Inbox {
  private final Budget common;
  private final RequestDecoder decoder = new RequestDecoder(Limits.DRAIN_BYTES_MAX);
  private ByteBuf unread = Unpooled.EMPTY_BUFFER;
  private @Nullable ByteBuf payloadRest;
  private long receivedBytes;
  private int countedBytes;

  /** An empty inbox. What it keeps while its connection waits is counted in the budget. */
  Inbox(Budget common) {
    this.common = common;
  }

  /** Takes a message, which now belongs to the inbox. */
  void add(ByteBuf message, ByteBufAllocator buffers) {
    receivedBytes += message.readableBytes();
    if (isPayloadRest(message)) {
      decoder.received(message.readableBytes());
      message.release();
    } else if (!unread.isReadable()) {
      unread.release();
      unread = message;
    } else {
      append(message, buffers);
    }
  }

  @SuppressWarnings("ReferenceEquality") // the very buffer, and not one with the same bytes
  private boolean isPayloadRest(ByteBuf message) {
    return message == payloadRest;
  }

  private void append(ByteBuf message, ByteBufAllocator buffers) {
    ByteBuf joined = buffers.buffer(unread.readableBytes() + message.readableBytes());
    joined.writeBytes(unread).writeBytes(message);
    unread.release();
    message.release();
    unread = joined;
  }

  /** Where the rest of a large payload belongs, as a buffer to receive into and to {@link #add}. */
  @Nullable ByteBuf payloadRest() {
    payloadRest = decoder.payloadRest(Limits.RECEIVED_IN_PLACE_BYTES_MIN);
    return payloadRest;
  }

  /** To be read from; what is not read stays. */
  ByteBuf unread() {
    return unread;
  }

  /** What form requests have. To be said before the first one. */
  void expect(RequestForm negotiated) {
    decoder.expect(negotiated);
  }

  /** Hands over requests; whether it stopped at one that has to wait. */
  boolean decode(RequestDecoder.Receiver receiver) {
    return decoder.decode(unread, receiver);
  }

  /** Whether the end of something that has begun is missing. */
  boolean isUnfinished() {
    return decoder.unfinished(unread.readableBytes());
  }

  /** Whether the client said that it is leaving. */
  boolean saidGoodbye() {
    return decoder.ended();
  }

  /** Shrinks to what was not read, so that a short rest does not keep a whole receive buffer. */
  void compact(ByteBufAllocator buffers) {
    int rest = unread.readableBytes();
    if (rest <= unread.capacity() / 2 && unread.capacity() > 0) {
      ByteBuf kept = rest == 0 ? Unpooled.EMPTY_BUFFER : buffers.buffer(rest, rest);
      if (rest > 0) kept.writeBytes(unread);
      unread.release();
      unread = kept;
    }
    count();
  }

  /** What everybody may have is not counted, and so an inbox that is read costs nothing. */
  private void count() {
    int bytes = unread.capacity() > Limits.RECEIVE_BYTES_MIN ? unread.capacity() : 0;
    if (bytes == countedBytes) return;
    common.keep(bytes - countedBytes);
    countedBytes = bytes;
  }

  long receivedBytes() {
    return receivedBytes;
  }

  /** Forgets what was not understood yet. */
  void drop() {
    unread.release();
    unread = Unpooled.EMPTY_BUFFER;
    count();
  }

  void close() {
    drop();
    decoder.close();
  }
}
