package dev.penstock.nbd.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.OptionError;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import io.netty.buffer.ByteBuf;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * Negotiates as a client, up to the first request: what the server speaks of fixed newstyle,
 * newstyle and old-style, structured replies, {@code base:allocation}. Protocol document, "Newstyle
 * negotiation", "Fixed newstyle negotiation", "Oldstyle negotiation".
 *
 * <pre>
 *   GREETING ─► STARTTLS ─► STRUCTURED_REPLY ─► CONTEXT ─► GO ─► agreed
 *      │                                                    └──► EXPORT_NAME ─► agreed
 *      └──► OLD_STYLE ─► agreed
 * </pre>
 *
 * <p><b>Threads.</b> The connection's event loop only. <b>Errors.</b> {@link ProtocolError} for
 * what is no NBD; a {@link GatewayError} for what the server refuses.
 */
final class ClientHandshake {
  /** How far it is. */
  enum Progress {
    /** More bytes are needed. */
    MORE,
    /** What follows is to be encrypted; {@link #secured} goes on. */
    START_TLS,
    /** {@link #offer} has what was agreed on. */
    AGREED
  }

  private enum Step {
    GREETING,
    OLD_STYLE,
    FLAGS,
    STARTTLS,
    SECURING,
    STRUCTURED_REPLY,
    CONTEXT,
    GO,
    EXPORT_NAME,
    AGREED
  }

  /** "Oldstyle negotiation": what stands where newstyle has IHAVEOPT. */
  static final long OLD_STYLE_MAGIC = 0x00420281861253L;

  static final String ALLOCATION = "base:allocation";

  private static final int MAGICS_BYTES = 16;
  private static final int OLD_STYLE_BYTES = 8 + 4 + 124;
  private static final int EXPORT_BYTES = 8 + 2;
  private static final int OPTION_REPLY_BYTES = 8 + 4 + 4 + 4;

  /** Nothing that we ask for is answered with more in one piece. */
  static final int OPTION_DATA_BYTES_MAX = 32 << 10;

  /** "Block size constraints": how small the smallest block of a server may have to be. */
  private static final int BLOCK_BYTES_MIN_MAX = 64 << 10;

  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final ServerUri uri;
  private final boolean oldStyleOnly;
  private Step step = Step.GREETING;
  private boolean noZeroes;
  private boolean structured;
  private OptionalInt allocation = OptionalInt.empty();
  private long sizeBytes = -1;
  private int flags;
  private int blockBytesMin = 1;
  private int payloadBytesMax = Wire.PAYLOAD_BYTES_PORTABLE;

  ClientHandshake(ServerUri uri) {
    this(uri, false);
  }

  /**
   * @param oldStyleOnly whether a server that negotiates is not what is wanted
   */
  ClientHandshake(ServerUri uri, boolean oldStyleOnly) {
    this.uri = uri;
    this.oldStyleOnly = oldStyleOnly;
  }

  /** What was agreed on. */
  Offer offer() {
    if (step != Step.AGREED) throw new IllegalStateException("still at " + step);
    return new Offer(sizeBytes, flags, structured, allocation, blockBytesMin, payloadBytesMax);
  }

  /** Consumes whole messages of {@code in}, and writes to {@code out} what is to be said next. */
  Progress proceed(ByteBuf in, ByteBuf out) {
    while (in.readableBytes() >= needBytes(in)) {
      switch (step) {
        case GREETING -> greeting(in);
        case OLD_STYLE -> oldStyle(in);
        case FLAGS -> flags(in, out);
        case STARTTLS, STRUCTURED_REPLY, CONTEXT, GO -> optionReply(in, out);
        case EXPORT_NAME -> exportName(in);
        case SECURING -> throw new ProtocolError("something in clear before TLS");
        case AGREED -> throw new ProtocolError("something before it was asked for anything");
      }
      if (step == Step.AGREED) return Progress.AGREED;
      if (step == Step.SECURING) return Progress.START_TLS;
    }
    return Progress.MORE;
  }

  /** Goes on after TLS was set up. */
  void secured(ByteBuf out) {
    askForStructuredReplies(out);
  }

  private int needBytes(ByteBuf in) {
    return switch (step) {
      case GREETING -> MAGICS_BYTES;
      case OLD_STYLE -> OLD_STYLE_BYTES;
      case FLAGS -> Short.BYTES;
      case STARTTLS, STRUCTURED_REPLY, CONTEXT, GO -> OPTION_REPLY_BYTES + optionDataBytes(in);
      case EXPORT_NAME -> EXPORT_BYTES + (noZeroes ? 0 : Wire.EXPORT_NAME_ZEROES_BYTES);
      case SECURING, AGREED -> 1;
    };
  }

  /** How much data the option reply at hand has, as far as it can be seen yet. */
  private static int optionDataBytes(ByteBuf in) {
    if (in.readableBytes() < OPTION_REPLY_BYTES) return 0;
    long bytes = in.getUnsignedInt(in.readerIndex() + OPTION_REPLY_BYTES - 4);
    if (bytes > OPTION_DATA_BYTES_MAX)
      throw new ProtocolError("an option reply of %d bytes".formatted(bytes));
    return (int) bytes;
  }

  private void greeting(ByteBuf in) {
    long first = in.readLong();
    long second = in.readLong();
    if (first != Wire.NBDMAGIC)
      throw new ProtocolError("greets with 0x%016x: this is no NBD server".formatted(first));
    refuseIf(oldStyleOnly && second == Wire.IHAVEOPT, "speaks new-style NBD: write nbd://");
    if (second == OLD_STYLE_MAGIC) step = Step.OLD_STYLE;
    else if (second == Wire.IHAVEOPT) step = Step.FLAGS;
    else throw new ProtocolError("greets with an NBD of another kind: 0x%016x".formatted(second));
  }

  private void oldStyle(ByteBuf in) {
    refuseIf(uri.tls(), "speaks old-style NBD, which has no TLS");
    refuseIf(
        !uri.export().isEmpty(),
        "speaks old-style NBD, which has no names: leave \"%s\" out".formatted(uri.export()));
    sizeBytes = size(in.readLong());
    flags = in.readInt() & 0xffff;
    in.skipBytes(124);
    agree();
  }

  private void flags(ByteBuf in, ByteBuf out) {
    int offered = in.readUnsignedShort();
    boolean fixed = (offered & Wire.FLAG_FIXED_NEWSTYLE) != 0;
    noZeroes = (offered & Wire.FLAG_NO_ZEROES) != 0;
    out.writeInt(offered & (Wire.FLAG_FIXED_NEWSTYLE | Wire.FLAG_NO_ZEROES));
    if (uri.tls()) {
      refuseIf(!fixed, "speaks a newstyle that has no TLS");
      option(out, Option.STARTTLS, 0);
      step = Step.STARTTLS;
    } else if (fixed) {
      askForStructuredReplies(out);
    } else {
      askByName(out);
    }
  }

  private void askForStructuredReplies(ByteBuf out) {
    option(out, Option.STRUCTURED_REPLY, 0);
    step = Step.STRUCTURED_REPLY;
  }

  private void askForContext(ByteBuf out) {
    byte[] export = uri.export().getBytes(UTF_8);
    byte[] context = ALLOCATION.getBytes(UTF_8);
    option(out, Option.SET_META_CONTEXT, 4 + export.length + 4 + 4 + context.length);
    out.writeInt(export.length).writeBytes(export);
    out.writeInt(1).writeInt(context.length).writeBytes(context);
    step = Step.CONTEXT;
  }

  private void askToGo(ByteBuf out) {
    byte[] export = uri.export().getBytes(UTF_8);
    option(out, Option.GO, 4 + export.length + 2 + 2);
    out.writeInt(export.length).writeBytes(export).writeShort(1).writeShort(Wire.INFO_BLOCK_SIZE);
    step = Step.GO;
  }

  private void askByName(ByteBuf out) {
    byte[] export = uri.export().getBytes(UTF_8);
    option(out, Option.EXPORT_NAME, export.length);
    out.writeBytes(export);
    allocation = OptionalInt.empty();
    step = Step.EXPORT_NAME;
  }

  private static void option(ByteBuf out, Option option, int dataBytes) {
    out.writeLong(Wire.IHAVEOPT).writeInt(option.code()).writeInt(dataBytes);
  }

  private void optionReply(ByteBuf in, ByteBuf out) {
    long magic = in.readLong();
    int option = in.readInt();
    int reply = in.readInt();
    ByteBuf data = in.readSlice(in.readInt());
    if (magic != Wire.OPTION_REPLY_MAGIC)
      throw new ProtocolError("0x%016x where an option reply begins".formatted(magic));
    if (option != asked().code())
      throw new ProtocolError("answers option %d instead of %s".formatted(option, asked()));
    if (reply < 0) refused(reply, data, out);
    else if (reply == Wire.REP_ACK) acknowledged(out);
    else information(reply, data);
  }

  private Option asked() {
    return switch (step) {
      case STARTTLS -> Option.STARTTLS;
      case STRUCTURED_REPLY -> Option.STRUCTURED_REPLY;
      case CONTEXT -> Option.SET_META_CONTEXT;
      case GO -> Option.GO;
      case EXPORT_NAME -> Option.EXPORT_NAME;
      case GREETING, OLD_STYLE, FLAGS, SECURING, AGREED -> Option.UNKNOWN;
    };
  }

  private void acknowledged(ByteBuf out) {
    switch (step) {
      case STARTTLS -> step = Step.SECURING;
      case STRUCTURED_REPLY -> {
        structured = true;
        askForContext(out);
      }
      case CONTEXT -> askToGo(out);
      default -> {
        if (sizeBytes < 0) throw new ProtocolError("lets us go without saying how large it is");
        agree();
      }
    }
  }

  private void information(int reply, ByteBuf data) {
    if (step == Step.CONTEXT && reply == Wire.REP_META_CONTEXT && data.readableBytes() >= 4) {
      int number = data.readInt();
      if (data.toString(UTF_8).equals(ALLOCATION)) allocation = OptionalInt.of(number);
    } else if (step == Step.GO && reply == Wire.REP_INFO && data.readableBytes() >= 2) {
      info(data.readUnsignedShort(), data);
    } else {
      throw new ProtocolError("answers %s with %d".formatted(asked(), reply));
    }
  }

  private void info(int type, ByteBuf data) {
    if (type == Wire.INFO_EXPORT && data.readableBytes() >= EXPORT_BYTES) {
      sizeBytes = size(data.readLong());
      flags = data.readUnsignedShort();
    } else if (type == Wire.INFO_BLOCK_SIZE && data.readableBytes() >= 12) {
      blockSizes(data.readUnsignedInt(), data.skipBytes(4).readUnsignedInt());
    }
  }

  private void blockSizes(long least, long most) {
    if (least < 1 || least > BLOCK_BYTES_MIN_MAX || Long.bitCount(least) != 1 || most < least)
      throw new ProtocolError("takes requests of %d to %d bytes".formatted(least, most));
    blockBytesMin = (int) least;
    payloadBytesMax = (int) (Math.min(most, Wire.PAYLOAD_BYTES_PORTABLE) / least * least);
  }

  private void exportName(ByteBuf in) {
    sizeBytes = size(in.readLong());
    flags = in.readUnsignedShort();
    if (!noZeroes) in.skipBytes(Wire.EXPORT_NAME_ZEROES_BYTES);
    agree();
  }

  private void agree() {
    if ((flags & Wire.EXPORT_HAS_FLAGS) == 0) flags = 0;
    step = Step.AGREED;
  }

  private static long size(long bytes) {
    if (bytes < 0)
      throw new ProtocolError("says that it has %s bytes".formatted(Long.toUnsignedString(bytes)));
    return bytes;
  }

  /** What is not there is done without, if it can be. */
  private void refused(int reply, ByteBuf data, ByteBuf out) {
    switch (step) {
      case STRUCTURED_REPLY -> askToGo(out);
      case CONTEXT -> {
        allocation = OptionalInt.empty();
        askToGo(out);
      }
      case GO -> {
        if (reply != OptionError.UNSUP.code()) throw refusal(reply, data);
        askByName(out);
      }
      default -> throw refusal(reply, data);
    }
  }

  private GatewayError refusal(int reply, ByteBuf data) {
    String said = data.isReadable() ? ": " + Said.of(data.toString(UTF_8)) : "";
    for (OptionError error : OptionError.values()) {
      if (error.code() != reply) continue;
      String what = "server %s refuses %s with %s%s".formatted(uri, asked(), error, said);
      return switch (error) {
        case UNKNOWN -> new GatewayError.NotFound(what);
        case POLICY, TLS_REQD -> new GatewayError.Denied(what);
        case SHUTDOWN -> new GatewayError.Unavailable(Scope.RESOURCE, ASK_AGAIN, what);
        case UNSUP, INVALID, PLATFORM, BLOCK_SIZE_REQD, TOO_BIG, EXT_HEADER_REQD ->
            new GatewayError.Unsupported(what);
      };
    }
    return new GatewayError.Unsupported(
        "server %s refuses %s with 0x%08x%s".formatted(uri, asked(), reply, said));
  }

  private void refuseIf(boolean so, String why) {
    if (so) throw new GatewayError.Unsupported("server %s %s".formatted(uri, why));
  }
}
