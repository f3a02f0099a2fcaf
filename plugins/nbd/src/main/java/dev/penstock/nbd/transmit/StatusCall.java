package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.handshake.AllocationContext;
import dev.penstock.nbd.wire.BlockStatus;
import dev.penstock.nbd.wire.Replies;
import dev.penstock.nbd.wire.RequestHeader;
import dev.penstock.nbd.wire.StructuredReplies;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.Volume;

/** BLOCK_STATUS in {@code base:allocation}. */
final class StatusCall implements StoreCall {
  private static final int SECTOR_BYTES = 512;

  private final RequestHeader request;
  private final StructuredReplies replies;
  private BlockStatus status = new BlockStatus(0);

  StatusCall(RequestHeader request, StructuredReplies replies) {
    this.request = request;
    this.replies = replies;
  }

  /** How much a reply may take; no store tells less than a sector from what is beside it. */
  static long replyBytesMax(RequestHeader request) {
    long extents =
        request.has(Wire.CMD_FLAG_REQ_ONE) ? 1 : request.lengthBytes() / SECTOR_BYTES + 1;
    return Math.min(extents, Limits.EXTENTS_MAX) * Long.BYTES;
  }

  @Override
  public void perform(Volume volume) {
    boolean one = request.has(Wire.CMD_FLAG_REQ_ONE);
    var found = new BlockStatus(one ? 1 : Limits.EXTENTS_MAX);
    volume.extents(
        request.offset(),
        request.lengthBytes(),
        extent -> found.add(extent.lengthBytes(), state(extent.kind())));
    status = found;
  }

  @Override
  public void reply(Outbox outbox) {
    int bytes = Replies.STATUS_BYTES_MAX + status.descriptors() * Long.BYTES;
    replies.blockStatus(outbox.room(bytes), request, AllocationContext.ID, status);
    outbox.holds(replyBytesMax(request));
  }

  @Override
  public void release() {}

  private static int state(Extent.Kind kind) {
    return switch (kind) {
      case DATA -> 0;
      case ZERO -> Wire.STATE_ZERO;
      case HOLE -> Wire.STATE_HOLE | Wire.STATE_ZERO;
    };
  }
}
