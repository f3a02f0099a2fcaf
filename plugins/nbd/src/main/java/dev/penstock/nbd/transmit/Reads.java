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
 * The reads of one connection: answered from what can be had without waiting, straight into the
 * outbox, or made a call for a worker. A small read that is answered at once allocates nothing.
 *
 * <p><b>Threads.</b> The connection's event loop only.
 */
final class Reads {
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
  Reads(
      Replies replies, Outbox outbox, VolumeGate gate, ByteBufAllocator buffers, boolean inClear) {
    this.replies = replies;
    this.outbox = outbox;
    this.gate = gate;
    this.buffers = buffers;
    Set<VolumeCapability> can = gate.volume().volume().capabilities();
    this.readsNow = can.contains(VolumeCapability.READ_NOW);
    boolean regions = can.contains(VolumeCapability.REGIONS);
    this.lends = inClear && regions;
    // Of a volume that is far away, every piece would be a journey of its own.
    boolean isHere = readsNow || regions;
    this.holes = replies.inPieces() && isHere && can.contains(VolumeCapability.EXTENTS);
  }

  /** The call of a worker for a read. {@link OutOfMemoryError} if its reply has no room. */
  StoreCall call(RequestHeader request) {
    boolean pieces =
        holes && request.lengthBytes() >= Limits.PIECES_BYTES_MIN && !request.has(Wire.CMD_FLAG_DF);
    return pieces
        ? new ReadCalls.InPieces(request, (StructuredReplies) replies, buffers)
        : new ReadCalls.Whole(request, replies, buffers);
  }

  /**
   * Answers a read that has passed the gate.
   *
   * @return whether its reply is written; if not, or without memory for it, nothing is
   */
  boolean answer(long cookie, long offset, int bytes) {
    if (lends && bytes >= Limits.LENT_BYTES_MIN && answerLent(cookie, offset, bytes)) return true;
    if (!readsNow || bytes > Limits.INLINE_BYTES_MAX) return false;
    return bytes + replies.dataHeaderBytes() > Limits.BATCH_BYTES / 2
        ? answerAlone(cookie, offset, bytes)
        : answerInBatch(cookie, offset, bytes);
  }

  /** Sends what is in memory from where it is, if all of it is. */
  private boolean answerLent(long cookie, long offset, int bytes) {
    ByteBuf header = outbox.room(replies.dataHeaderBytes()); // nothing can fail behind a lease
    List<FileRegion> regions;
    try {
      regions = gate.volume().volume().regions(offset, bytes);
    } catch (Throwable _) { // also an Error of a plugin
      return false; // a worker asks again: there it is an error reply, and the volume's health
    }
    for (FileRegion region : regions) {
      if (region.memory().isPresent()) continue;
      regions.forEach(FileRegion::close);
      return false;
    }
    if (regions.isEmpty()) return false;
    replies.dataHeader(header, cookie, offset, bytes);
    regions.forEach(outbox::lend);
    return true;
  }

  private boolean answerInBatch(long cookie, long offset, int bytes) {
    ByteBuf out = outbox.room(replies.dataHeaderBytes() + bytes);
    int start = out.writerIndex();
    replies.dataHeader(out, cookie, offset, bytes);
    if (fills(out, offset, bytes)) {
      outbox.holds(bytes);
      return true;
    }
    out.writerIndex(start); // half a reply is never sent
    return false;
  }

  /** For a read that has a buffer of its own. */
  private boolean answerAlone(long cookie, long offset, int bytes) {
    ByteBuf reply = buffers.directBuffer(replies.dataHeaderBytes() + bytes);
    replies.dataHeader(reply, cookie, offset, bytes);
    if (fills(reply, offset, bytes)) {
      outbox.add(reply, bytes);
      return true;
    }
    reply.release();
    return false;
  }

  private boolean fills(ByteBuf out, long offset, int bytes) {
    int index = out.writerIndex();
    try {
      if (gate.volume().volume().readNow(offset, out.internalNioBuffer(index, bytes)) < bytes) {
        return false; // a worker reads all of it: what was there is there again in no time
      }
    } catch (Throwable _) { // also an Error of a plugin
      return false; // a worker asks again: there it is an error reply, and the volume's health
    }
    out.writerIndex(index + bytes);
    return true;
  }
}
