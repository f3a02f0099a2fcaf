package dev.penstock.nbd.handshake;

/**
 * What a client is told about an export.
 *
 * @param name by which it is listed
 * @param description for people; empty if there is none
 * @param sizeBytes of the device
 * @param flags {@code Wire.EXPORT_…} bits, without the ones that depend on what was negotiated
 * @param blocks what the client's requests may look like
 */
public record ExportOffer(
    String name, String description, long sizeBytes, int flags, BlockSizes blocks) {}
