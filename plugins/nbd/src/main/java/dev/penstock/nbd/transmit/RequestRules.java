package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.RequestHeader;
import dev.penstock.nbd.wire.Wire;

/**
 * Whether a request is one that was agreed on, decided from its header alone. Pure. Protocol
 * document, "Request types", "Command flags", "Error values".
 *
 * @param exportFlags what the client was told, {@code Wire.EXPORT_…}
 * @param allocation whether it may ask for the status of blocks
 * @param fastZeroes whether zeroing beats writing
 */
record RequestRules(int exportFlags, boolean allocation, boolean fastZeroes) {
  /** What becomes of a request. */
  sealed interface Verdict {
    /** It is carried out. */
    record Accept() implements Verdict {}

    /** It is answered with an error. */
    record Refuse(ErrorNumber error, String why) implements Verdict {}
  }

  private static final Verdict ACCEPT = new Verdict.Accept();

  /** The verdict, for a device of this size. */
  Verdict check(RequestHeader request, long sizeBytes) {
    if (request.command() == Command.DISC) return ACCEPT; // it has no reply to refuse it with
    if (request.command() == Command.UNKNOWN) return invalid("unknown command");
    if (changes(request.command()) && told(Wire.EXPORT_READ_ONLY)) {
      return new Verdict.Refuse(ErrorNumber.EPERM, "the export is read-only");
    }
    if (!offered(request.command())) {
      return invalid(request.command() + " was not negotiated");
    }
    if ((request.flags() & ~flagsOf(request.command())) != 0) {
      return invalid("%s does not take flags 0x%x".formatted(request.command(), request.flags()));
    }
    if (request.command() == Command.FLUSH) return ACCEPT; // its offset and length mean nothing
    if (outside(request, sizeBytes)) return pastTheEnd(request, sizeBytes);
    if (moves(request.command()) && request.lengthBytes() > Limits.PAYLOAD_BYTES_MAX) {
      return invalid(
          "%d bytes; the most is %d".formatted(request.lengthBytes(), Limits.PAYLOAD_BYTES_MAX));
    }
    if (request.command() == Command.BLOCK_STATUS && request.lengthBytes() == 0) {
      return invalid("the status of no bytes");
    }
    if (request.has(Wire.CMD_FLAG_FAST_ZERO) && !fastZeroes) {
      return new Verdict.Refuse(ErrorNumber.ENOTSUP, "zeroing is no faster than writing here");
    }
    return ACCEPT;
  }

  private boolean offered(Command command) {
    return switch (command) {
      case READ, WRITE, DISC, FLUSH -> true;
      case TRIM -> told(Wire.EXPORT_SEND_TRIM);
      case CACHE -> told(Wire.EXPORT_SEND_CACHE);
      case WRITE_ZEROES -> told(Wire.EXPORT_SEND_WRITE_ZEROES);
      case BLOCK_STATUS -> allocation;
      case UNKNOWN -> false;
    };
  }

  /** FUA "is valid for all commands"; the others belong to one each. */
  private int flagsOf(Command command) {
    return Wire.CMD_FLAG_FUA
        | switch (command) {
          case READ -> told(Wire.EXPORT_SEND_DF) ? Wire.CMD_FLAG_DF : 0;
          case WRITE_ZEROES ->
              Wire.CMD_FLAG_NO_HOLE
                  | (told(Wire.EXPORT_SEND_FAST_ZERO) ? Wire.CMD_FLAG_FAST_ZERO : 0);
          case BLOCK_STATUS -> Wire.CMD_FLAG_REQ_ONE;
          case WRITE, DISC, FLUSH, TRIM, CACHE, UNKNOWN -> 0;
        };
  }

  private boolean told(int flag) {
    return (exportFlags & flag) != 0;
  }

  private static boolean changes(Command command) {
    return command == Command.WRITE || command == Command.TRIM || command == Command.WRITE_ZEROES;
  }

  /** Whether the length is that of bytes on the wire. */
  private static boolean moves(Command command) {
    return command == Command.READ || command == Command.WRITE;
  }

  /** No sum that could wrap: an offset beyond 63 bits is negative, and outside like any other. */
  private static boolean outside(RequestHeader request, long sizeBytes) {
    return request.offset() < 0
        || request.offset() > sizeBytes
        || request.lengthBytes() > sizeBytes - request.offset();
  }

  private static Verdict pastTheEnd(RequestHeader request, long sizeBytes) {
    boolean grows = request.command() == Command.WRITE || request.command() == Command.WRITE_ZEROES;
    return new Verdict.Refuse(
        grows ? ErrorNumber.ENOSPC : ErrorNumber.EINVAL, "past the end at " + sizeBytes);
  }

  private static Verdict invalid(String why) {
    return new Verdict.Refuse(ErrorNumber.EINVAL, why);
  }
}
