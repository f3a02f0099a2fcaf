package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.wire.Replies;
import dev.penstock.nbd.wire.RequestHeader;
import dev.penstock.nbd.wire.StructuredReplies;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.volume.FileRegion;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeGate;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.List;
import java.util.Set;

/**
 * Answers reads from what can be had without waiting, straight into the outbox. A small read that
 * is answered allocates nothing.
 *
 * <p><b>Threads.</b> The connection's event loop only.
 */
final class InlineReads {
  private final Replies replies;
  private final Outbox outbox;
  private final VolumeGate gate;
  private final ByteBufAllocator buffers;
  private final boolean holes;
  private final boolean readsNow;
  private final boolean lends;

  /**
   * Reads for one connection.
   *
   * @param inClear whether what is sent goes to the socket as it is: memory that is lent is for the
   *     kernel to read, and not for a cipher, which would fault where the kernel answers an error
   */
  InlineReads(
      Replies replies, Outbox outbox, VolumeGate gate, ByteBufAllocator buffers, boolean inClear) {
    this.replies = replies;
    this.outbox = outbox;
    this.gate = gate;
    this.buffers = buffers;
    Set<VolumeCapability> can = gate.volume().volume().capabilities();
    this.holes = replies.inPieces() && can.contains(VolumeCapability.EXTENTS);
    this.readsNow = can.contains(VolumeCapability.READ_NOW);
    this.lends = inClear && can.contains(VolumeCapability.REGIONS);
  }

  /**
   * Answers a read that has passed the gate.
   *
   * @return the call that a worker has to make instead; {@link NoCall} if the reply is written. If
   *     there is no memory for either, nothing was written
   */
  StoreCall answer(RequestHeader header) {
    int bytes = (int) header.lengthBytes();
    if (lends && bytes >= Limits.LENT_BYTES_MIN && answerLent(header, bytes)) return NoCall.NONE;
    boolean pieces = holes && bytes >= Limits.PIECES_BYTES_MIN && !header.has(Wire.CMD_FLAG_DF);
    if (!readsNow || bytes > Limits.INLINE_BYTES_MAX) {
      return pieces ? inPieces(header) : new ReadCalls.Whole(header, replyBuffer(header), 0);
    }
    return bytes + replies.dataHeaderBytes() > Limits.BATCH_BYTES / 2
        ? answerAlone(header, bytes, pieces)
        : answerInBatch(header, bytes);
  }

  /** Sends what is in memory from where it is, if all of it is; otherwise nothing was written. */
  private boolean answerLent(RequestHeader header, int bytes) {
    List<FileRegion> regions;
    try {
      regions = gate.volume().volume().regions(header.offset(), bytes);
    } catch (RuntimeException _) {
      return false; // a worker asks again, as for readNow
    }
    for (FileRegion region : regions) {
      if (region.memory().isPresent()) continue;
      regions.forEach(FileRegion::close);
      return false;
    }
    if (regions.isEmpty()) return false;
    replies.dataHeader(outbox.room(replies.dataHeaderBytes()), header, bytes);
    regions.forEach(outbox::lend);
    return true;
  }

  private StoreCall answerInBatch(RequestHeader header, int bytes) {
    ByteBuf out = outbox.room(replies.dataHeaderBytes() + bytes);
    int start = out.writerIndex();
    replies.dataHeader(out, header, bytes);
    int filled = readNow(out, header, bytes);
    if (filled == bytes) {
      outbox.holds(bytes);
      return NoCall.NONE;
    }
    int dataIndex = out.writerIndex() - filled;
    out.writerIndex(start); // before what may fail: half a reply is never sent
    ByteBuf reply = replyBuffer(header);
    reply.writeBytes(out, dataIndex, filled);
    return new ReadCalls.Whole(header, reply, filled);
  }

  /** For a read that has a buffer of its own. */
  private StoreCall answerAlone(RequestHeader header, int bytes, boolean pieces) {
    ByteBuf reply = replyBuffer(header);
    int filled = readNow(reply, header, bytes);
    if (filled == bytes) {
      outbox.add(reply, bytes);
      return NoCall.NONE;
    }
    if (filled > 0 || !pieces) return new ReadCalls.Whole(header, reply, filled);
    reply.release();
    return inPieces(header);
  }

  private int readNow(ByteBuf out, RequestHeader header, int bytes) {
    int index = out.writerIndex();
    int filled;
    try {
      filled = gate.volume().volume().readNow(header.offset(), out.internalNioBuffer(index, bytes));
    } catch (RuntimeException _) {
      filled = 0; // a worker asks again: there it is an error reply, and the volume's health
    }
    out.writerIndex(index + filled);
    return filled;
  }

  private StoreCall inPieces(RequestHeader header) {
    return new ReadCalls.InPieces(header, (StructuredReplies) replies, buffers);
  }

  private ByteBuf replyBuffer(RequestHeader header) {
    return ReadCalls.replyBuffer(replies, header, buffers);
  }
}
