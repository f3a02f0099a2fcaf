package dev.penstock.nbd.transmit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

/**
 * What was received and not yet understood. Keeps little: of a message that was read but for its
 * end, only the end. One event loop.
 */
final class Inbox {
  /** A shorter rest is copied, so that it does not keep a whole receive buffer. */
  private static final int REST_BYTES_COPIED = 4096;

  private ByteBuf unread = Unpooled.EMPTY_BUFFER;
  private long receivedBytes;

  /** Appends a message, which now belongs to the inbox. */
  void add(ByteBuf message, ByteBufAllocator buffers) {
    receivedBytes += message.readableBytes();
    if (!unread.isReadable()) {
      unread.release();
      unread = message;
      return;
    }
    ByteBuf joined = buffers.buffer(unread.readableBytes() + message.readableBytes());
    joined.writeBytes(unread).writeBytes(message);
    unread.release();
    message.release();
    unread = joined;
  }

  /** To be read from; what is not read stays. */
  ByteBuf unread() {
    return unread;
  }

  /** Shrinks to what was not read. */
  void compact(ByteBufAllocator buffers) {
    int rest = unread.readableBytes();
    if (rest > REST_BYTES_COPIED || unread.capacity() == rest) return;
    ByteBuf kept = rest == 0 ? Unpooled.EMPTY_BUFFER : buffers.buffer(rest, rest);
    if (rest > 0) kept.writeBytes(unread);
    unread.release();
    unread = kept;
  }

  long receivedBytes() {
    return receivedBytes;
  }

  /** Forgets what was not understood yet. */
  void drop() {
    unread.release();
    unread = Unpooled.EMPTY_BUFFER;
  }

  void close() {
    drop();
  }
}
