package dev.penstock.nbd.wire;

import java.util.List;

/**
 * What is known of a request before its payload. Protocol document, "Request message".
 *
 * @param flags {@code CMD_FLAG_…} bits
 * @param command what is asked for
 * @param cookie the client's name for the request, given back in its reply
 * @param offset bytes; unsigned on the wire, so a negative one is past any end
 * @param lengthBytes of the range; unsigned on the wire, too
 * @param payloadBytes how many bytes follow, unsigned as well
 * @param contextIds which contexts a BLOCK_STATUS asks about; empty for all that were negotiated
 */
public record RequestHeader(
    int flags,
    Command command,
    long cookie,
    long offset,
    long lengthBytes,
    long payloadBytes,
    List<Integer> contextIds) {

  /** Without extended headers, where only a WRITE carries something. */
  public RequestHeader(int flags, Command command, long cookie, long offset, long lengthBytes) {
    this(
        flags,
        command,
        cookie,
        offset,
        lengthBytes,
        command == Command.WRITE ? lengthBytes : 0,
        List.of());
  }

  /** Whether this flag is set. */
  public boolean has(int flag) {
    return (flags & flag) != 0;
  }
}
