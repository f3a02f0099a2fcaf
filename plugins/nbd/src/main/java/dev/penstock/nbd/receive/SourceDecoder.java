package dev.penstock.nbd.receive;

import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.Wire;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Queue;

/**
 * Cuts a source's bytes into steps, in the order of flexnbd's checks: the magic, the range (of
 * every command), the command. A WRITE is cut into pieces, so that none has to be in memory whole.
 *
 * <p><b>Threads.</b> The connection's event loop; {@link #giveBack}: there as well.
 */
final class SourceDecoder {
  private enum Awaiting {
    HEADER,
    PAYLOAD,
    /** The payload of what was refused. */
    DRAIN,
    /** The answer to what has to be answered before anything else is read. */
    ANSWER,
    /** Nothing more. */
    OVER
  }

  private final long sizeBytes;
  private final Deque<ByteBuffer> free = new ArrayDeque<>();
  private int buffers;

  private Awaiting awaiting = Awaiting.HEADER;
  private long cookie;
  private long offset;
  private long lengthBytes;
  private long leftBytes;
  private ErrorNumber refusal = ErrorNumber.EINVAL;
  private Optional<ByteBuffer> piece = Optional.empty();

  SourceDecoder(long sizeBytes) {
    this.sizeBytes = sizeBytes;
  }

  /** Whether something is being thrown away that was not asked for. */
  boolean isDraining() {
    return awaiting == Awaiting.DRAIN;
  }

  /** A piece was written. */
  void giveBack(ByteBuffer buffer) {
    free.add(buffer.clear());
  }

  /** What had to be answered first was. */
  void answered() {
    if (awaiting == Awaiting.ANSWER) awaiting = Awaiting.HEADER;
  }

  /** Consumes what it can; stops where a buffer, or an answer, has to be waited for. */
  void decode(ByteBuf in, Queue<Step> out) {
    while (out.size() < ReceiveLimits.STEPS_MAX && decodeOne(in, out)) {}
  }

  private boolean decodeOne(ByteBuf in, Queue<Step> out) {
    return switch (awaiting) {
      case HEADER -> {
        if (in.readableBytes() < Wire.REQUEST_BYTES) yield false;
        header(in, out);
        yield true;
      }
      case PAYLOAD -> payload(in, out);
      case DRAIN -> drain(in, out);
      case ANSWER, OVER -> false;
    };
  }

  private void header(ByteBuf in, Queue<Step> out) {
    int magic = in.readInt();
    in.skipBytes(2); // FUA: everything is durable before it is answered
    Command command = Command.of(in.readUnsignedShort());
    cookie = in.readLong();
    offset = in.readLong();
    lengthBytes = in.readUnsignedInt();
    if (magic != Wire.REQUEST_MAGIC) {
      broken(ErrorNumber.EBADMSG, "0x%08x where a request begins".formatted(magic), out);
    } else if (lengthBytes > sizeBytes
        || Long.compareUnsigned(offset, sizeBytes - lengthBytes) > 0) { // no sum that could wrap
      refused(command, ErrorNumber.ENOSPC, out);
    } else {
      switch (command) {
        case WRITE -> write(out);
        case READ -> read(out);
        case FLUSH -> out.add(new Step.Flush(cookie));
        case DISC -> {
          out.add(new Step.Disconnect());
          awaiting = Awaiting.OVER;
        }
        case TRIM, CACHE, WRITE_ZEROES, BLOCK_STATUS, RESIZE, UNKNOWN ->
            refused(command, ErrorNumber.EINVAL, out);
      }
    }
  }

  private void write(Queue<Step> out) {
    if (lengthBytes > ReceiveLimits.WRITE_BYTES_MAX) {
      refused(Command.WRITE, ErrorNumber.EINVAL, out);
      return;
    }
    leftBytes = lengthBytes;
    awaiting = Awaiting.PAYLOAD;
  }

  private void read(Queue<Step> out) {
    if (lengthBytes > ReceiveLimits.READ_BYTES_MAX) {
      refused(Command.READ, ErrorNumber.EINVAL, out);
      return;
    }
    out.add(new Step.Read(cookie, offset, (int) lengthBytes));
    awaiting = Awaiting.ANSWER;
  }

  private void refused(Command command, ErrorNumber error, Queue<Step> out) {
    if (command != Command.WRITE) {
      out.add(new Step.Refused(cookie, error));
    } else if (lengthBytes > ReceiveLimits.WRITE_BYTES_MAX) {
      broken(error, "a WRITE of %d bytes".formatted(lengthBytes), out);
    } else {
      refusal = error;
      leftBytes = lengthBytes;
      awaiting = Awaiting.DRAIN;
    }
  }

  private void broken(ErrorNumber error, String why, Queue<Step> out) {
    out.add(new Step.Broken(cookie, error, why));
    awaiting = Awaiting.OVER;
  }

  /** Fills pieces that end where blocks of the store do. */
  private boolean payload(ByteBuf in, Queue<Step> out) {
    if (leftBytes == 0) {
      out.add(new Step.Written(cookie, offset, lengthBytes));
      awaiting = Awaiting.HEADER;
      return true;
    }
    if (!in.isReadable()) return false;
    if (piece.isEmpty()) piece = buffer().map(empty -> empty.limit(pieceBytes()));
    if (piece.isEmpty()) return false;
    ByteBuffer filling = piece.get();
    int bytes = Math.min(filling.remaining(), in.readableBytes());
    in.readBytes(filling.slice(filling.position(), bytes));
    filling.position(filling.position() + bytes);
    leftBytes -= bytes;
    if (filling.hasRemaining()) return true;
    long end = offset + lengthBytes - leftBytes;
    out.add(new Step.Piece(end - filling.limit(), filling.flip()));
    piece = Optional.empty();
    return true;
  }

  private int pieceBytes() {
    long at = offset + lengthBytes - leftBytes;
    long toBoundary = ReceiveLimits.PIECE_BYTES - at % ReceiveLimits.PIECE_BYTES;
    return (int) Math.min(leftBytes, toBoundary);
  }

  private Optional<ByteBuffer> buffer() {
    ByteBuffer one = free.poll();
    if (one != null) return Optional.of(one);
    if (buffers == ReceiveLimits.PIECES_MAX) return Optional.empty();
    buffers++;
    return Optional.of(ByteBuffer.allocateDirect(ReceiveLimits.PIECE_BYTES));
  }

  private boolean drain(ByteBuf in, Queue<Step> out) {
    int bytes = (int) Math.min(leftBytes, in.readableBytes());
    in.skipBytes(bytes);
    leftBytes -= bytes;
    if (leftBytes > 0) return false;
    out.add(new Step.Refused(cookie, refusal));
    awaiting = Awaiting.HEADER;
    return true;
  }
}
