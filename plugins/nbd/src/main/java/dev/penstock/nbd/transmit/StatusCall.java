package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.handshake.MetaContext;
import dev.penstock.nbd.handshake.SelectedContext;
import dev.penstock.nbd.wire.BlockStatus;
import dev.penstock.nbd.wire.RequestHeader;
import dev.penstock.nbd.wire.StructuredReplies;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.volume.Volume;
import java.util.ArrayList;
import java.util.List;

/** BLOCK_STATUS: one chunk for each context that is asked about. */
final class StatusCall implements StoreCall {
  private static final int SECTOR_BYTES = 512;

  /** Of a descriptor, where it is longest: under extended headers. */
  private static final int DESCRIPTOR_BYTES = 8 + 8;

  private final RequestHeader request;
  private final StructuredReplies replies;
  private final List<SelectedContext> contexts;
  private List<BlockStatus> statuses = List.of();

  /** Asks about those of the contexts that the request names, or about all. */
  StatusCall(RequestHeader request, StructuredReplies replies, List<SelectedContext> negotiated) {
    this.request = request;
    this.replies = replies;
    List<Integer> ids = request.contextIds();
    this.contexts =
        ids.isEmpty()
            ? negotiated
            : negotiated.stream().filter(context -> ids.contains(context.id())).toList();
  }

  /** How much a reply may take; no store tells less than a sector from what is beside it. */
  static long replyBytesMax(RequestHeader request) {
    long each = request.has(Wire.CMD_FLAG_REQ_ONE) ? 1 : request.lengthBytes() / SECTOR_BYTES + 1;
    long all = Math.min(each, Limits.EXTENTS_MAX) * MetaContext.SELECTED_MAX;
    return Math.min(all, Limits.EXTENTS_MAX) * DESCRIPTOR_BYTES;
  }

  @Override
  public void perform(Volume volume) {
    int descriptorsMax =
        request.has(Wire.CMD_FLAG_REQ_ONE) ? 1 : Limits.EXTENTS_MAX / contexts.size();
    List<BlockStatus> found = new ArrayList<>();
    for (SelectedContext selected : contexts) {
      var status = new BlockStatus(descriptorsMax);
      selected.context().describe(volume, request.offset(), request.lengthBytes(), status);
      found.add(status);
    }
    statuses = found;
  }

  @Override
  public long reply(Outbox outbox) {
    long bytes = 0;
    for (int i = 0; i < statuses.size(); i++) {
      BlockStatus status = statuses.get(i);
      boolean last = i == statuses.size() - 1;
      replies.blockStatus(
          outbox.room(replies.blockStatusBytes(status)),
          request,
          contexts.get(i).id(),
          status,
          last);
      bytes += replies.blockStatusBytes(status);
    }
    // The rest of what was set aside is given back: as a rule nearly all of it.
    long held = Math.min(bytes, replyBytesMax(request));
    outbox.holds(held);
    return held;
  }

  @Override
  public void release() {}
}
