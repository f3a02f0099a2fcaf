package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.wire.Replies;
import dev.penstock.nbd.wire.RequestHeader;
import dev.penstock.nbd.wire.StructuredReplies;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Volume;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;

/** The reads that could not be answered on the event loop. */
final class ReadCalls {
  private ReadCalls() {}

  /** Answers with data alone. */
  static final class Whole implements StoreCall {
    private final RequestHeader request;
    private final ByteBuf reply;

    Whole(RequestHeader request, Replies replies, ByteBufAllocator buffers) {
      this.request = request;
      int bytes = (int) request.lengthBytes();
      reply = buffers.directBuffer(replies.dataHeaderBytes() + bytes);
      replies.dataHeader(reply, request.cookie(), request.offset(), bytes);
    }

    @Override
    public void perform(Volume volume) {
      volume.read(
          request.offset(), reply.nioBuffer(reply.writerIndex(), (int) request.lengthBytes()));
    }

    @Override
    public long reply(Outbox outbox) {
      reply.writerIndex(reply.writerIndex() + (int) request.lengthBytes());
      outbox.add(reply, request.lengthBytes());
      return request.lengthBytes();
    }

    @Override
    public void release() {
      reply.release();
    }
  }

  /**
   * Asks where the holes are, reads what is between them, and answers in as many pieces. Protocol
   * document, "Structured reply types": OFFSET_DATA, OFFSET_HOLE.
   */
  static final class InPieces implements StoreCall {
    private final RequestHeader request;
    private final StructuredReplies replies;
    private final ByteBufAllocator buffers;
    private ByteBuf reply = Unpooled.EMPTY_BUFFER;

    InPieces(RequestHeader request, StructuredReplies replies, ByteBufAllocator buffers) {
      this.request = request;
      this.replies = replies;
      this.buffers = buffers;
    }

    @Override
    public void perform(Volume volume) {
      release(); // what an earlier attempt left
      List<Extent> pieces = pieces(volume);
      reply = buffers.directBuffer(pieces.stream().mapToInt(this::replyBytes).sum());
      for (Extent piece : pieces) {
        write(volume, piece, piece.endOffset() == request.offset() + request.lengthBytes());
      }
    }

    private List<Extent> pieces(Volume volume) {
      List<Extent> pieces = new ArrayList<>();
      volume.extents(
          request.offset(),
          request.lengthBytes(),
          extent -> {
            pieces.add(extent);
            return pieces.size() <= Limits.PIECES_MAX;
          });
      if (pieces.size() <= Limits.PIECES_MAX) return pieces;
      return List.of(new Extent(request.offset(), request.lengthBytes(), Extent.Kind.DATA));
    }

    private int replyBytes(Extent piece) {
      return isData(piece)
          ? replies.dataHeaderBytes() + (int) piece.lengthBytes()
          : replies.holeChunkBytes();
    }

    private void write(Volume volume, Extent piece, boolean last) {
      int bytes = (int) piece.lengthBytes();
      if (!isData(piece)) {
        replies.holeChunk(reply, request, piece.offset(), bytes, last);
        return;
      }
      replies.dataChunk(reply, request, piece.offset(), bytes, last);
      volume.read(piece.offset(), reply.nioBuffer(reply.writerIndex(), bytes));
      reply.writerIndex(reply.writerIndex() + bytes);
    }

    @Override
    public long reply(Outbox outbox) {
      outbox.add(reply, request.lengthBytes());
      return request.lengthBytes();
    }

    @Override
    public void release() {
      reply.release();
      reply = Unpooled.EMPTY_BUFFER;
    }

    private static boolean isData(Extent piece) {
      return piece.kind() == Extent.Kind.DATA;
    }
  }
}
