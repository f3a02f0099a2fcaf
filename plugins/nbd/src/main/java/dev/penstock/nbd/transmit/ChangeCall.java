package dev.penstock.nbd.transmit;

import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Replies;
import dev.penstock.nbd.wire.RequestHeader;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.ZeroMode;
import io.netty.buffer.ByteBuf;

/** The commands whose reply is no more than that they were carried out. */
final class ChangeCall implements StoreCall {
  private final RequestHeader request;
  private final Replies replies;
  private final ByteBuf payload;

  /**
   * Anything but READ, BLOCK_STATUS and DISC.
   *
   * @param payload of a WRITE, which this call releases; otherwise empty
   */
  ChangeCall(RequestHeader request, Replies replies, ByteBuf payload) {
    this.request = request;
    this.replies = replies;
    this.payload = payload;
  }

  @Override
  public void perform(Volume volume) {
    boolean durably = request.has(Wire.CMD_FLAG_FUA);
    long offset = request.offset();
    long lengthBytes = request.lengthBytes();
    switch (request.command()) {
      case WRITE -> {
        if (durably) volume.writeDurably(offset, payload.nioBuffer());
        else volume.write(offset, payload.nioBuffer());
        return;
      }
      case TRIM -> volume.trim(offset, lengthBytes);
      case WRITE_ZEROES -> volume.zero(offset, lengthBytes, zeroMode());
      case CACHE -> volume.cache(offset, lengthBytes);
      case FLUSH -> {
        volume.flush();
        return;
      }
      case RESIZE -> {
        if (offset > volume.sizeBytes()) volume.resize(offset); // durably, as resize promises
        return;
      }
      case READ, BLOCK_STATUS, DISC, UNKNOWN ->
          throw new IllegalStateException(request.command() + " is no change");
    }
    if (durably && request.command() != Command.CACHE) volume.flush();
  }

  private ZeroMode zeroMode() {
    return request.has(Wire.CMD_FLAG_NO_HOLE) ? ZeroMode.KEEP_SPACE : ZeroMode.MAY_PUNCH;
  }

  @Override
  public long reply(Outbox outbox) {
    payload.release();
    replies.done(outbox.room(Replies.STATUS_BYTES_MAX), request);
    return 0;
  }

  @Override
  public void release() {
    payload.release();
  }
}
