package dev.penstock.nbd.wire;

import io.netty.buffer.ByteBuf;

/**
 * The fixed part of a request. Protocol document, "Request message".
 *
 * @param flags {@code CMD_FLAG_…} bits
 * @param command what is asked for
 * @param cookie the client's name for the request, given back in its reply
 * @param offset bytes; unsigned on the wire, so a negative one is past any end
 * @param lengthBytes of the range; 32 unsigned bits on the wire
 */
public record RequestHeader(
    int flags, Command command, long cookie, long offset, long lengthBytes) {

  /**
   * Reads one header.
   *
   * @param in holds at least {@link Wire#REQUEST_BYTES}
   * @throws ProtocolError if this is not where a request begins
   */
  static RequestHeader read(ByteBuf in) {
    int magic = in.readInt();
    if (magic != Wire.REQUEST_MAGIC) {
      throw new ProtocolError("0x%08x where a request begins".formatted(magic));
    }
    int flags = in.readUnsignedShort();
    int type = in.readUnsignedShort();
    return new RequestHeader(
        flags, Command.of(type), in.readLong(), in.readLong(), in.readUnsignedInt());
  }

  /** How many bytes follow the header. */
  public long payloadBytes() {
    return command == Command.WRITE ? lengthBytes : 0;
  }

  /** Whether this flag is set. */
  public boolean has(int flag) {
    return (flags & flag) != 0;
  }
}
