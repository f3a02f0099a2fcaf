package dev.penstock.nbd.transmit;

import dev.penstock.nbd.handshake.BlockSizes;
import dev.penstock.nbd.handshake.Decision;
import dev.penstock.nbd.handshake.SelectedContext;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Dialect;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.RequestHeader;
import dev.penstock.nbd.wire.Wire;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether a request is one that was agreed on, decided from its header alone. Pure. Protocol
 * document, "Request types", "Command flags", "Size constraints", "Error values".
 */
final class RequestRules {
  /** What becomes of a request. */
  sealed interface Verdict {
    /** It is carried out. */
    record Accept() implements Verdict {}

    /** It is answered with an error. */
    record Refuse(ErrorNumber error, String why) implements Verdict {}
  }

  private static final Verdict ACCEPT = new Verdict.Accept();

  private final int exportFlags;
  private final Dialect dialect;
  private final BlockSizes blocks;
  private final Set<Integer> contextIds;
  private final boolean fastZeroes;

  /**
   * The rules of one connection.
   *
   * @param agreed what the client was told
   * @param fastZeroes whether zeroing beats writing
   */
  RequestRules(Decision.Transmit agreed, boolean fastZeroes) {
    this.exportFlags = agreed.flags();
    this.dialect = agreed.dialect();
    this.blocks = agreed.offer().blocks();
    this.contextIds =
        agreed.contexts().stream().map(SelectedContext::id).collect(Collectors.toSet());
    this.fastZeroes = fastZeroes;
  }

  /** The verdict, for a device of this size. */
  Verdict check(RequestHeader request, long sizeBytes) {
    Command command = request.command();
    if (command == Command.DISC) return ACCEPT; // it has no reply to refuse it with
    boolean outside = outside(request, sizeBytes);
    if (outside && dialect == Dialect.OLD_STYLE) return pastTheEnd(sizeBytes, ErrorNumber.ENOSPC);
    if (command == Command.UNKNOWN) return invalid("unknown command");
    if (changes(command) && told(Wire.EXPORT_READ_ONLY)) {
      return new Verdict.Refuse(ErrorNumber.EPERM, "the export is read-only");
    }
    if (!offered(command)) return invalid(command + " was not negotiated");
    if ((request.flags() & ~flagsOf(command)) != 0) {
      return invalid("%s does not take flags 0x%x".formatted(command, request.flags()));
    }
    if (command == Command.FLUSH) return ACCEPT; // its offset and length mean nothing
    if (command == Command.RESIZE) return resize(request, sizeBytes);
    if (outside) return pastTheEnd(sizeBytes, errorPastTheEnd(command));
    if (!blocks.align(request.offset(), request.lengthBytes(), sizeBytes)) {
      return invalid("not in blocks of %d bytes".formatted(blocks.minBytes()));
    }
    return switch (command) {
      case READ, WRITE -> moved(request);
      case WRITE_ZEROES -> zero(request);
      case BLOCK_STATUS -> status(request);
      case DISC, FLUSH, TRIM, CACHE, RESIZE, UNKNOWN -> ACCEPT;
    };
  }

  /** Whether {@link #check} would accept this READ, and it is one of some bytes. */
  boolean acceptsRead(long offset, long lengthBytes, long sizeBytes) {
    return lengthBytes > 0
        && lengthBytes <= blocks.payloadBytesMax()
        && offset >= 0
        && offset <= sizeBytes - lengthBytes
        && blocks.align(offset, lengthBytes, sizeBytes);
  }

  private boolean offered(Command command) {
    return switch (command) {
      case READ, WRITE, DISC, FLUSH -> true;
      case TRIM -> told(Wire.EXPORT_SEND_TRIM);
      case CACHE -> told(Wire.EXPORT_SEND_CACHE);
      case WRITE_ZEROES -> told(Wire.EXPORT_SEND_WRITE_ZEROES);
      case BLOCK_STATUS -> !contextIds.isEmpty();
      case RESIZE -> told(Wire.EXPORT_SEND_RESIZE);
      case UNKNOWN -> false;
    };
  }

  /** FUA "is valid for all commands"; the others belong to one each. */
  private int flagsOf(Command command) {
    return Wire.CMD_FLAG_FUA
        | switch (command) {
          case READ -> told(Wire.EXPORT_SEND_DF) ? Wire.CMD_FLAG_DF : 0;
          case WRITE -> dialect == Dialect.EXTENDED ? Wire.CMD_FLAG_PAYLOAD_LEN : 0;
          case WRITE_ZEROES ->
              Wire.CMD_FLAG_NO_HOLE
                  | (told(Wire.EXPORT_SEND_FAST_ZERO) ? Wire.CMD_FLAG_FAST_ZERO : 0);
          case BLOCK_STATUS ->
              Wire.CMD_FLAG_REQ_ONE
                  | (told(Wire.EXPORT_BLOCK_STATUS_PAYLOAD) ? Wire.CMD_FLAG_PAYLOAD_LEN : 0);
          case DISC, FLUSH, TRIM, CACHE, RESIZE, UNKNOWN -> 0;
        };
  }

  private boolean told(int flag) {
    return (exportFlags & flag) != 0;
  }

  private static boolean changes(Command command) {
    return switch (command) {
      case WRITE, TRIM, WRITE_ZEROES, RESIZE -> true;
      case READ, DISC, FLUSH, CACHE, BLOCK_STATUS, UNKNOWN -> false;
    };
  }

  /** The data of a request, in either direction, has a limit; a mere range has none. */
  private Verdict moved(RequestHeader request) {
    if (request.lengthBytes() <= blocks.payloadBytesMax()) return ACCEPT;
    return invalid(
        "%d bytes; the most is %d".formatted(request.lengthBytes(), blocks.payloadBytesMax()));
  }

  private Verdict zero(RequestHeader request) {
    if (!request.has(Wire.CMD_FLAG_FAST_ZERO) || fastZeroes) return ACCEPT;
    return new Verdict.Refuse(ErrorNumber.ENOTSUP, "zeroing is no faster than writing here");
  }

  private Verdict status(RequestHeader request) {
    List<Integer> ids = request.contextIds();
    if (request.has(Wire.CMD_FLAG_PAYLOAD_LEN) && ids.isEmpty()) {
      return invalid("no selection of contexts has %d bytes".formatted(request.payloadBytes()));
    }
    if (!contextIds.containsAll(ids)) return invalid("a context that was not negotiated");
    if (new HashSet<>(ids).size() < ids.size()) return invalid("a context twice");
    return request.lengthBytes() == 0 ? invalid("the status of no bytes") : ACCEPT;
  }

  /** Branch extension-resize. Growing loses nothing; whoever wants less knows what he loses. */
  private static Verdict resize(RequestHeader request, long sizeBytes) {
    if (request.offset() >= 0 && request.offset() < sizeBytes) {
      return invalid(
          "%d bytes; it has %d, and never shrinks".formatted(request.offset(), sizeBytes));
    }
    return request.offset() < 0
        ? new Verdict.Refuse(ErrorNumber.ENOSPC, "no volume is that large")
        : ACCEPT;
  }

  /** No sum that could wrap: what needs 64 bits is negative, and outside like any other. */
  private static boolean outside(RequestHeader request, long sizeBytes) {
    return request.offset() < 0
        || request.offset() > sizeBytes
        || request.lengthBytes() < 0
        || request.lengthBytes() > sizeBytes - request.offset();
  }

  private static ErrorNumber errorPastTheEnd(Command command) {
    return command == Command.WRITE || command == Command.WRITE_ZEROES
        ? ErrorNumber.ENOSPC
        : ErrorNumber.EINVAL;
  }

  private static Verdict pastTheEnd(long sizeBytes, ErrorNumber error) {
    return new Verdict.Refuse(error, "past the end at " + sizeBytes);
  }

  private static Verdict invalid(String why) {
    return new Verdict.Refuse(ErrorNumber.EINVAL, why);
  }
}
