package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.Wire;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a client is told about an export.
 *
 * @param name by which it is listed
 * @param description for people; empty if there is none
 * @param sizeBytes of the device
 * @param flags {@code Wire.EXPORT_…} bits, without the ones that depend on what was negotiated
 * @param blocks what the client's requests may look like
 * @param contexts what it may ask about blocks, as far as it wanted to know
 */
public record ExportOffer(
    String name,
    String description,
    long sizeBytes,
    int flags,
    BlockSizes blocks,
    List<MetaContext> contexts) {

  /** One that tells what is allocated, and no more. */
  public ExportOffer(
      String name, String description, long sizeBytes, int flags, BlockSizes blocks) {
    this(name, description, sizeBytes, flags, blocks, List.of(new AllocationContext()));
  }

  /** This one, with more to ask about blocks. */
  public ExportOffer with(List<? extends MetaContext> more) {
    List<MetaContext> all = Stream.concat(contexts.stream(), more.stream()).toList();
    return new ExportOffer(name, description, sizeBytes, flags, blocks, all);
  }

  /** Whether it has this flag. */
  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /**
   * As an old-style client is told of it: full sectors of 512 bytes, and none of the commands that
   * were thought of later.
   */
  ExportOffer oldStyle() {
    int known =
        Wire.EXPORT_HAS_FLAGS
            | Wire.EXPORT_READ_ONLY
            | Wire.EXPORT_SEND_FLUSH
            | Wire.EXPORT_SEND_FUA;
    long sectorsBytes = sizeBytes - sizeBytes % Wire.OLD_STYLE_SECTOR_BYTES;
    return new ExportOffer(name, description, sectorsBytes, flags & known, blocks, List.of());
  }
}
