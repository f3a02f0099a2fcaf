package dev.penstock.nbd.wire;

import io.netty.buffer.ByteBuf;

/**
 * Structured replies whose chunks have a larger header and 64-bit descriptors. Protocol document,
 * branch extension-ext-header, "Extended reply chunk message".
 */
final class ExtendedReplies extends StructuredReplies {
  ExtendedReplies() {}

  @Override
  int chunkBytes() {
    return Wire.EXTENDED_CHUNK_BYTES;
  }

  /** The offset is the request's, wherever the payload belongs. */
  @Override
  void chunk(ByteBuf out, long cookie, long offset, int type, int payloadBytes, boolean last) {
    out.writeInt(Wire.EXTENDED_REPLY_MAGIC)
        .writeShort(last ? Wire.CHUNK_FLAG_DONE : 0)
        .writeShort(type)
        .writeLong(cookie)
        .writeLong(offset)
        .writeLong(payloadBytes);
  }

  @Override
  public int blockStatusBytes(BlockStatus status) {
    return Wire.EXTENDED_CHUNK_BYTES + 4 + 4 + status.descriptors() * (8 + 8);
  }

  @Override
  public void blockStatus(
      ByteBuf out, RequestHeader request, int context, BlockStatus status, boolean last) {
    int payloadBytes = blockStatusBytes(status) - Wire.EXTENDED_CHUNK_BYTES;
    chunk(out, request.cookie(), request.offset(), Wire.CHUNK_BLOCK_STATUS_EXT, payloadBytes, last);
    out.writeInt(context).writeInt(status.descriptors());
    status.each((lengthBytes, state) ->
        out.writeLong(lengthBytes).writeLong(Integer.toUnsignedLong(state)));
  }
}
