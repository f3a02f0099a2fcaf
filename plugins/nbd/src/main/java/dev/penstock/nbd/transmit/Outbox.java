package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import dev.penstock.spi.volume.FileRegion;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import java.util.function.LongConsumer;

/**
 * Packs the replies of a connection into few buffers and sends them with few flushes.
 *
 * <p><b>Threads.</b> The connection's event loop only. <b>Buffers</b> that are added belong to the
 * outbox; they are released once sent, or when the connection is gone.
 */
final class Outbox {
  private static final int BATCH_BYTES_MIN = 4096;

  private final ChannelHandlerContext channel;
  private final LongConsumer sent;
  private ByteBuf batch;
  private int batchBytes = BATCH_BYTES_MIN;
  private long batchHolds;
  private boolean flushDue;
  private int unsentWrites;
  private long unsentLooseBytes;
  private long writtenBytes;
  private long drained;

  /**
   * An empty outbox.
   *
   * @param sent told, write by write, how much of what was held is no longer
   */
  Outbox(ChannelHandlerContext channel, LongConsumer sent) {
    this.channel = channel;
    this.sent = sent;
    this.batch = Unpooled.EMPTY_BUFFER;
  }

  /** A buffer to write a small reply to, with room for so many bytes. */
  ByteBuf room(int bytes) {
    if (batch.writableBytes() < bytes) {
      writeBatch();
      batch.release();
      batch = Unpooled.EMPTY_BUFFER; // if there is no memory now: what was released is another's
      batch = channel.alloc().directBuffer(Math.max(bytes, batchBytes));
    }
    return batch;
  }

  /** Notes that the batch carries bytes that count as held until it is sent. */
  void holds(long bytes) {
    batchHolds += bytes;
  }

  /** Appends a reply that has a buffer of its own. */
  void add(ByteBuf reply, long holds) {
    writeBatch();
    var _ = write(reply, holds);
  }

  /** Appends what is sent from where it is, and gives it back once it is sent. */
  void lend(FileRegion region) {
    writeBatch();
    ByteBuf bytes = Unpooled.wrappedBuffer(region.memory().orElseThrow());
    write(bytes, region.lengthBytes()).addListener(_ -> region.close());
  }

  /** Sends all that was written so far. */
  void flush() {
    flushDue = false;
    writeBatch();
    channel.flush();
  }

  /** Sends soon: together with what else finishes by then. */
  void flushSoon() {
    if (flushDue) return;
    flushDue = true;
    channel
        .executor()
        .execute(() -> {
          if (flushDue) flush();
        });
  }

  /** How much of what has not been sent is nobody's: headers, statuses, errors. */
  long looseBytes() {
    return unsentLooseBytes + batch.readableBytes() - batchHolds;
  }

  /** Whether everything that was written has been sent. */
  boolean isEmpty() {
    return unsentWrites == 0 && !batch.isReadable();
  }

  /** How often everything had been sent: another number means that the peer is reading. */
  long drained() {
    return drained;
  }

  /**
   * How many bytes the peer has taken, ever: of the buffer that is on its way, too, and of what TLS
   * made of a long one. By and large: what TLS adds counts as not taken while it waits.
   */
  long movedBytes() {
    ChannelOutboundBuffer out = channel.channel().unsafe().outboundBuffer();
    if (out == null) return writtenBytes;
    return writtenBytes - out.totalPendingWriteBytes() + out.currentProgress();
  }

  /** Lets go of what was not handed to the channel. */
  void close() {
    flushDue = false;
    batch.release();
    batch = Unpooled.EMPTY_BUFFER;
    if (batchHolds > 0) sent.accept(batchHolds);
    batchHolds = 0;
  }

  private void writeBatch() {
    if (!batch.isReadable()) return;
    ByteBuf full = unsentWrites == 0 ? batch : trimmed();
    long holds = batchHolds;
    batch = Unpooled.EMPTY_BUFFER;
    // By what was needed last: a lone reply takes a small buffer, a busy client gets large ones.
    int wanted = Integer.highestOneBit(full.readableBytes()) * 4;
    batchBytes = Math.clamp(wanted, BATCH_BYTES_MIN, Limits.BATCH_BYTES);
    batchHolds = 0;
    var _ = write(full, holds);
  }

  /**
   * The batch, without much room that nobody needs: behind others that wait it waits as well, and a
   * client that asks one by one and reads nothing would gather thousands of empty ones. As it is if
   * there is no memory to trim it: whoever adds to the outbox is never left with half of it added.
   */
  private ByteBuf trimmed() {
    int bytes = batch.readableBytes();
    if (bytes > batch.capacity() / 2) return batch;
    try {
      ByteBuf exact = channel.alloc().directBuffer(bytes, bytes).writeBytes(batch);
      batch.release();
      return exact;
    } catch (OutOfMemoryError _) {
      return batch;
    }
  }

  private ChannelFuture write(ByteBuf bytes, long holds) {
    long looseBytes = bytes.readableBytes() - holds;
    writtenBytes += bytes.readableBytes();
    unsentWrites++;
    unsentLooseBytes += looseBytes;

    return channel
        .write(bytes)
        .addListener(_ -> {
          unsentLooseBytes -= looseBytes;
          if (--unsentWrites == 0) drained++;
          sent.accept(holds);
        });
  }
}
