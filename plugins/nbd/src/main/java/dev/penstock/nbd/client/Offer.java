package dev.penstock.nbd.client;

import dev.penstock.nbd.wire.Wire;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a server said that it has, at the end of the negotiation.
 *
 * @param flags {@code EXPORT_…} bits
 * @param structured whether replies come in chunks
 * @param allocation the number of {@code base:allocation}, if the server tells holes from data
 * @param blockBytesMin what every offset and length is a multiple of; a power of two
 * @param payloadBytesMax the longest READ or WRITE
 */
public record Offer(
    long sizeBytes,
    int flags,
    boolean structured,
    OptionalInt allocation,
    int blockBytesMin,
    int payloadBytesMax) {

  /** What may come and go without making it another device. */
  private static final int FLAGS_OF_NO_PROMISE =
      Wire.EXPORT_CAN_MULTI_CONN | Wire.EXPORT_ROTATIONAL | Wire.EXPORT_SEND_DF;

  public boolean has(int flag) {
    return (flags & flag) != 0;
  }

  /**
   * Why somebody who counts on this offer cannot go on with a later one; empty if he can. A device
   * may offer more than before, never less.
   */
  public Optional<String> objection(Offer later) {
    if (later.sizeBytes != sizeBytes)
      return Optional.of("has %d bytes now, and had %d".formatted(later.sizeBytes, sizeBytes));
    if (later.has(Wire.EXPORT_READ_ONLY) && !has(Wire.EXPORT_READ_ONLY))
      return Optional.of("is read-only now, and could be written");
    int promised = flags & ~FLAGS_OF_NO_PROMISE & ~Wire.EXPORT_READ_ONLY;
    int lost = promised & ~later.flags;
    if (lost != 0)
      return Optional.of("offers less than before: flags 0x%x are missing".formatted(lost));
    if (later.blockBytesMin > blockBytesMin || later.payloadBytesMax < payloadBytesMax)
      return Optional.of(
          "takes requests of %d to %d bytes now, and took %d to %d"
              .formatted(
                  later.blockBytesMin, later.payloadBytesMax, blockBytesMin, payloadBytesMax));
    if (allocation.isPresent() && later.allocation.isEmpty())
      return Optional.of("tells holes from data no more");
    return Optional.empty();
  }
}
