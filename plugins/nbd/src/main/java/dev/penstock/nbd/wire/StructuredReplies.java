package dev.penstock.nbd.wire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/** One or more chunks, the last one marked. Protocol document, "Structured reply chunk message". */
public sealed class StructuredReplies implements Replies permits ExtendedReplies {
  /** The offset that stands before the data of a chunk. */
  private static final int OFFSET_BYTES = 8;

  private static final int HOLE_BYTES = OFFSET_BYTES + 4;

  /** What is said of an error; short, so that an error reply has a known size. */
  private static final int REASON_CHARS_MAX = 80;

  StructuredReplies() {}

  /** How many bytes stand before the payload of a chunk. */
  int chunkBytes() {
    return Wire.CHUNK_BYTES;
  }

  private void chunk(ByteBuf out, RequestHeader request, int type, int payloadBytes, boolean last) {
    chunk(out, request.cookie(), request.offset(), type, payloadBytes, last);
  }

  /**
   * Writes what stands before the payload of a chunk.
   *
   * @param offset the request's
   */
  void chunk(ByteBuf out, long cookie, long offset, int type, int payloadBytes, boolean last) {
    out.writeInt(Wire.STRUCTURED_REPLY_MAGIC)
        .writeShort(last ? Wire.CHUNK_FLAG_DONE : 0)
        .writeShort(type)
        .writeLong(cookie)
        .writeInt(payloadBytes);
  }

  @Override
  public int dataHeaderBytes() {
    return chunkBytes() + OFFSET_BYTES;
  }

  @Override
  public void dataHeader(ByteBuf out, long cookie, long offset, int lengthBytes) {
    chunk(out, cookie, offset, Wire.CHUNK_OFFSET_DATA, OFFSET_BYTES + lengthBytes, true);
    out.writeLong(offset);
  }

  @Override
  public void done(ByteBuf out, RequestHeader request) {
    chunk(out, request, Wire.CHUNK_NONE, 0, true);
  }

  @Override
  public void failed(ByteBuf out, RequestHeader request, ErrorNumber error, String reason) {
    String text = reason.substring(0, Math.min(reason.length(), REASON_CHARS_MAX));
    int textBytes = ByteBufUtil.utf8Bytes(text);
    chunk(out, request, Wire.CHUNK_ERROR, 4 + 2 + textBytes, true);
    out.writeInt(error.code()).writeShort(textBytes).writeCharSequence(text, UTF_8);
  }

  @Override
  public boolean inPieces() {
    return true;
  }

  /** Writes what stands before one piece of a read; exactly {@code lengthBytes} must follow. */
  public void dataChunk(
      ByteBuf out, RequestHeader request, long offset, int lengthBytes, boolean last) {
    chunk(out, request, Wire.CHUNK_OFFSET_DATA, OFFSET_BYTES + lengthBytes, last);
    out.writeLong(offset);
  }

  /** How many bytes {@link #holeChunk} writes. */
  public int holeChunkBytes() {
    return chunkBytes() + HOLE_BYTES;
  }

  /** Writes that a piece of a read is all zeroes. */
  public void holeChunk(
      ByteBuf out, RequestHeader request, long offset, int lengthBytes, boolean last) {
    chunk(out, request, Wire.CHUNK_OFFSET_HOLE, HOLE_BYTES, last);
    out.writeLong(offset).writeInt(lengthBytes);
  }

  /** How many bytes {@link #blockStatus} writes. */
  public int blockStatusBytes(BlockStatus status) {
    return Wire.CHUNK_BYTES + 4 + status.descriptors() * (4 + 4);
  }

  /** Writes the state of a range, in the context with this number. */
  public void blockStatus(
      ByteBuf out, RequestHeader request, int context, BlockStatus status, boolean last) {
    int payloadBytes = blockStatusBytes(status) - Wire.CHUNK_BYTES;
    chunk(out, request, Wire.CHUNK_BLOCK_STATUS, payloadBytes, last);
    out.writeInt(context);
    status.each((lengthBytes, state) -> out.writeInt((int) lengthBytes).writeInt(state));
  }
}
