package dev.penstock.nbd.wire;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;

/** How a request begins. Protocol document, "Request message". */
public enum RequestForm {
  /** 28 bytes, lengths of 32 bits. */
  COMPACT(Wire.REQUEST_MAGIC, Wire.REQUEST_BYTES) {
    @Override
    RequestHeader read(ByteBuf in) {
      in.skipBytes(MAGIC_BYTES);
      int flags = in.readUnsignedShort();
      Command command = Command.of(in.readUnsignedShort());
      return new RequestHeader(flags, command, in.readLong(), in.readLong(), in.readUnsignedInt());
    }
  },

  /** 32 bytes, lengths of 64 bits, and a flag that says whether they are a payload's. */
  EXTENDED(Wire.EXTENDED_REQUEST_MAGIC, Wire.EXTENDED_REQUEST_BYTES) {
    @Override
    int bytes(ByteBuf in) {
      int start = in.readerIndex();
      boolean selects =
          (in.getUnsignedShort(start + FLAGS_AT) & Wire.CMD_FLAG_PAYLOAD_LEN) != 0
              && in.getUnsignedShort(start + COMMAND_AT) == Command.BLOCK_STATUS.code();
      if (!selects) return headerBytes;
      long payloadBytes = in.getLong(start + LENGTH_AT);
      return isSelection(payloadBytes) ? headerBytes + (int) payloadBytes : headerBytes;
    }

    @Override
    RequestHeader read(ByteBuf in) {
      in.skipBytes(MAGIC_BYTES);
      int flags = in.readUnsignedShort();
      Command command = Command.of(in.readUnsignedShort());
      long cookie = in.readLong();
      long offset = in.readLong();
      long length = in.readLong();
      // "MUST be set for WRITE", and qemu's client does not set it: it sends its data all the same.
      if ((flags & Wire.CMD_FLAG_PAYLOAD_LEN) == 0 && command != Command.WRITE) {
        return new RequestHeader(flags, command, cookie, offset, length, 0, List.of());
      }
      if (command == Command.BLOCK_STATUS && isSelection(length)) {
        long lengthBytes = in.readLong();
        int contexts = ((int) length - Wire.STATUS_PAYLOAD_LENGTH_BYTES) / Wire.CONTEXT_ID_BYTES;
        List<Integer> ids = new ArrayList<>(contexts);
        for (int i = 0; i < contexts; i++) ids.add(in.readInt());
        return new RequestHeader(flags, command, cookie, offset, lengthBytes, 0, ids);
      }
      return new RequestHeader(flags, command, cookie, offset, length, length, List.of());
    }
  };

  /** More than any export has contexts: a longer selection is refused like any other payload. */
  static final int CONTEXTS_SELECTED_MAX = 64;

  private static final int MAGIC_BYTES = 4;
  private static final int FLAGS_AT = 4;
  private static final int COMMAND_AT = 6;
  private static final int COOKIE_AT = 8;
  private static final int LENGTH_AT = 24;

  /** Magic, flags, command and cookie stand in the same place in every form. */
  private static final int NAMED_BYTES = COOKIE_AT + 8;

  private final int magic;
  final int headerBytes;

  RequestForm(int magic, int headerBytes) {
    this.magic = magic;
    this.headerBytes = headerBytes;
  }

  /** Whether enough is there to {@link #read}. */
  boolean isComplete(ByteBuf in) {
    return in.readableBytes() >= headerBytes && in.readableBytes() >= bytes(in);
  }

  /** Whether enough is there to tell whether a request begins here, and what it is called. */
  boolean isNamed(ByteBuf in) {
    return in.readableBytes() >= NAMED_BYTES;
  }

  /** Whether a request of this form begins here. */
  boolean beginsAt(ByteBuf in) {
    return in.getInt(in.readerIndex()) == magic;
  }

  /** The name of the request that would begin here. */
  static long cookieAt(ByteBuf in) {
    return in.getLong(in.readerIndex() + COOKIE_AT);
  }

  /**
   * How much has to be there, of what has a whole header: a BLOCK_STATUS is admitted or refused by
   * what its payload says, so that is read with the header.
   */
  int bytes(ByteBuf in) {
    return headerBytes;
  }

  /** Reads what {@link #isComplete} saw. */
  abstract RequestHeader read(ByteBuf in);

  private static boolean isSelection(long payloadBytes) {
    long idsBytes = payloadBytes - Wire.STATUS_PAYLOAD_LENGTH_BYTES;
    return idsBytes > 0
        && idsBytes <= CONTEXTS_SELECTED_MAX * Wire.CONTEXT_ID_BYTES
        && idsBytes % Wire.CONTEXT_ID_BYTES == 0;
  }
}
