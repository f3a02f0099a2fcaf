package dev.penstock.nbd.receive;

import dev.penstock.nbd.wire.ErrorNumber;
import java.nio.ByteBuffer;

/** One thing after the other that a source's bytes ask for. */
sealed interface Step {
  /** Part of a WRITE. */
  record Piece(long offset, ByteBuffer bytes) implements Step {}

  /** The last part of a WRITE was before this. */
  record Written(long cookie, long offset, long lengthBytes) implements Step {}

  record Read(long cookie, long offset, int lengthBytes) implements Step {}

  record Flush(long cookie) implements Step {}

  /** Answered, and the connection goes on. */
  record Refused(long cookie, ErrorNumber error) implements Step {}

  /** Answered, and the connection ends: nothing after it can be, or is to be, understood. */
  record Broken(long cookie, ErrorNumber error, String why) implements Step {}

  /** The disconnect message. */
  record Disconnect() implements Step {}
}
