package dev.penstock.nbd.wire;

import io.netty.buffer.ByteBuf;

/** A header, and the data of a read. Protocol document, "Simple reply message". */
final class SimpleReplies implements Replies {
  @Override
  public int dataHeaderBytes() {
    return Wire.SIMPLE_REPLY_BYTES;
  }

  @Override
  public void dataHeader(ByteBuf out, long cookie, long offset, int lengthBytes) {
    header(out, cookie, 0);
  }

  @Override
  public void done(ByteBuf out, RequestHeader request) {
    header(out, request.cookie(), 0);
  }

  @Override
  public void failed(ByteBuf out, RequestHeader request, ErrorNumber error, String reason) {
    header(out, request.cookie(), error.code());
  }

  @Override
  public boolean inPieces() {
    return false;
  }

  private static void header(ByteBuf out, long cookie, int error) {
    out.writeInt(Wire.SIMPLE_REPLY_MAGIC).writeInt(error).writeLong(cookie);
  }
}
