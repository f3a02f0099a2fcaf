package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.OptionError;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Replies;
import dev.penstock.nbd.wire.Wire;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/**
 * Fixed newstyle negotiation, from the greeting to the choice of an export. Protocol document,
 * "Newstyle negotiation" and "Fixed newstyle negotiation".
 */
public final class NewStyle implements Handshake {
  /** The longest option that is looked at: a GO with every string at its limit is far shorter. */
  static final int OPTION_BYTES_MAX = 64 << 10;

  /** The longest option that is read only to be thrown away and answered TOO_BIG. */
  static final int OPTION_DRAIN_BYTES_MAX = 16 << 20;

  /** A client settles within a handful; endless asking is no way to pass the time. */
  static final int OPTIONS_MAX = 1024;

  private static final Decision CONTINUE = new Decision.Continue();
  private static final Decision ANSWERED = new Decision.Answered();

  /** What the bytes that come next are. */
  private sealed interface Awaiting {
    /** Nothing: the server speaks first. */
    record Greeting() implements Awaiting {}

    /** The client's handshake flags. */
    record ClientFlags() implements Awaiting {}

    /** Magic, number and length of an option. */
    record Header() implements Awaiting {}

    /** The data of an option. */
    record Data(int code, int bytes) implements Awaiting {}

    /** The rest of an option that is too long to be looked at. */
    record Drain(int code, int announced, int leftBytes) implements Awaiting {}

    /** Nothing in clear: TLS comes next, and then another option. */
    record Security() implements Awaiting {}
  }

  private static final Awaiting HEADER = new Awaiting.Header();

  private final Exports exports;
  private final Tls tls;
  private Peer peer;
  private Awaiting awaiting = new Awaiting.Greeting();
  private int optionsSeen;

  // What the client has negotiated so far.
  private boolean fixed;
  private boolean zeroes = true;
  private boolean structured;
  private String contextOf = "";
  private boolean contextSet;

  /** A negotiation with this peer about these exports, on a listener that says this of TLS. */
  public NewStyle(Exports exports, Peer peer, Tls tls) {
    this.exports = exports;
    this.peer = peer;
    this.tls = tls;
  }

  @Override
  public Decision step(ByteBuf in, ByteBuf out) {
    while (true) {
      switch (awaiting) {
        case Awaiting.Greeting _ -> {
          greet(out);
          awaiting = new Awaiting.ClientFlags();
        }
        case Awaiting.ClientFlags _ -> {
          if (in.readableBytes() < Wire.CLIENT_FLAGS_BYTES) return CONTINUE;
          clientFlags(in.readInt());
        }
        case Awaiting.Header _ -> {
          if (in.readableBytes() < Wire.OPTION_HEADER_BYTES) return CONTINUE;
          header(in);
        }
        case Awaiting.Data(int code, int bytes) -> {
          if (in.readableBytes() < bytes) return CONTINUE;
          awaiting = HEADER;
          // A slice of its own: whatever is made of the data, the next option begins after it.
          return option(code, in.readSlice(bytes), out);
        }
        case Awaiting.Drain(int code, int announced, int leftBytes) -> {
          int skipped = Math.min(in.readableBytes(), leftBytes);
          in.skipBytes(skipped);
          if (skipped < leftBytes) {
            awaiting = new Awaiting.Drain(code, announced, leftBytes - skipped);
            return CONTINUE;
          }
          awaiting = HEADER;
          return tooBig(new OptionReplies(out, code), Option.of(code), announced);
        }
        case Awaiting.Security _ -> throw new IllegalStateException("TLS is not in place yet");
      }
    }
  }

  @Override
  public void secured(Peer peer) {
    if (!(awaiting instanceof Awaiting.Security)) {
      throw new IllegalStateException("TLS was not agreed on");
    }
    this.peer = peer;
    structured = false;
    contextSet = false;
    awaiting = HEADER;
  }

  private static void greet(ByteBuf out) {
    out.writeLong(Wire.NBDMAGIC)
        .writeLong(Wire.IHAVEOPT)
        .writeShort(Wire.FLAG_FIXED_NEWSTYLE | Wire.FLAG_NO_ZEROES);
  }

  private void clientFlags(int flags) {
    int known = Wire.FLAG_FIXED_NEWSTYLE | Wire.FLAG_NO_ZEROES;
    if ((flags & ~known) != 0) {
      throw new ProtocolError("unknown client flags 0x%08x".formatted(flags));
    }
    fixed = (flags & Wire.FLAG_FIXED_NEWSTYLE) != 0;
    zeroes = (flags & Wire.FLAG_NO_ZEROES) == 0;
    awaiting = HEADER;
  }

  private void header(ByteBuf in) {
    long magic = in.readLong();
    if (magic != Wire.IHAVEOPT) {
      throw new ProtocolError("0x%016x where an option begins".formatted(magic));
    }
    int code = in.readInt();
    long bytes = in.readUnsignedInt();
    if (++optionsSeen > OPTIONS_MAX) {
      throw new ProtocolError("more than %d options".formatted(OPTIONS_MAX));
    }
    if (!fixed && Option.of(code) != Option.EXPORT_NAME) {
      throw new ProtocolError("option %d from a client without fixed newstyle".formatted(code));
    }
    if (bytes > OPTION_DRAIN_BYTES_MAX) {
      throw new ProtocolError("option %d announces %d bytes".formatted(code, bytes));
    }
    awaiting =
        bytes > OPTION_BYTES_MAX
            ? new Awaiting.Drain(code, (int) bytes, (int) bytes)
            : new Awaiting.Data(code, (int) bytes);
  }

  private Decision option(int code, ByteBuf slice, ByteBuf out) {
    var replies = new OptionReplies(out, code);
    var data = new OptionData(slice);
    Option option = Option.of(code);
    if (needsTls(option)) return tlsFirst(option, replies);
    try {
      return switch (option) {
        case EXPORT_NAME -> exportName(data, out);
        case ABORT -> abort(replies);
        case LIST -> list(data, replies);
        case INFO -> info(data, replies);
        case GO -> go(data, replies);
        case STRUCTURED_REPLY -> structuredReply(data, replies);
        case LIST_META_CONTEXT -> listContexts(data, replies);
        case SET_META_CONTEXT -> setContext(data, replies);
        case STARTTLS -> startTls(data, replies);
        case UNKNOWN -> refused(replies, OptionError.UNSUP, "option " + code + " is not known");
      };
    } catch (Malformed malformed) {
      return refused(replies, OptionError.INVALID, String.valueOf(malformed.getMessage()));
    }
  }

  private Decision tooBig(OptionReplies replies, Option option, int announcedBytes) {
    if (needsTls(option)) return tlsFirst(option, replies);
    String text = "%d bytes; the most is %d".formatted(announcedBytes, OPTION_BYTES_MAX);
    return refused(replies, OptionError.TOO_BIG, text);
  }

  private boolean needsTls(Option option) {
    return tls == Tls.REQUIRED
        && !peer.encrypted()
        && option != Option.STARTTLS
        && option != Option.ABORT;
  }

  private static Decision tlsFirst(Option option, OptionReplies replies) {
    String text = "this listener speaks through TLS alone: begin with STARTTLS";
    if (option == Option.EXPORT_NAME) throw new ProtocolError("EXPORT_NAME in clear: " + text);
    return refused(replies, OptionError.TLS_REQD, text);
  }

  /** The one option that has no error reply: what cannot be answered ends the connection. */
  private Decision exportName(OptionData data, ByteBuf out) {
    String name;
    try {
      name = data.wholeName();
    } catch (Malformed malformed) {
      throw new ProtocolError("EXPORT_NAME: " + malformed.getMessage());
    }
    return switch (exports.find(name, peer)) {
      case Exports.Lookup.Missing(String reason) -> throw noExport(reason);
      case Exports.Lookup.Denied(String reason) -> throw noExport(reason);
      case Exports.Lookup.NeedsTls(String reason) -> throw noExport(reason);
      case Exports.Lookup.Ending(String reason) -> throw noExport(reason);
      case Exports.Lookup.Found(ExportOffer offer) -> {
        out.writeLong(offer.sizeBytes()).writeShort(flags(offer));
        if (zeroes) out.writeZero(Wire.EXPORT_NAME_ZEROES_BYTES);
        yield transmit(name, offer);
      }
    };
  }

  private static ProtocolError noExport(String reason) {
    return new ProtocolError("EXPORT_NAME: " + reason);
  }

  private static Decision abort(OptionReplies replies) {
    replies.acknowledge();
    return new Decision.Leave("the client aborted the negotiation");
  }

  private Decision list(OptionData data, OptionReplies replies) throws Malformed {
    data.nothingElse();
    exports.list(peer).forEach(replies::server);
    replies.acknowledge();
    return ANSWERED;
  }

  private Decision info(OptionData data, OptionReplies replies) throws Malformed {
    var query = data.exportQuery();
    Optional<ExportOffer> offer = offer(query.name(), replies);
    offer.ifPresent(found -> describe(found, query, replies));
    return ANSWERED;
  }

  private Decision go(OptionData data, OptionReplies replies) throws Malformed {
    var query = data.exportQuery();
    Optional<ExportOffer> offer = offer(query.name(), replies);
    if (offer.isEmpty()) return ANSWERED;
    describe(offer.get(), query, replies);
    return transmit(query.name(), offer.get());
  }

  /** The export of this name; if this peer cannot have it, that was answered. */
  private Optional<ExportOffer> offer(String name, OptionReplies replies) {
    return switch (exports.find(name, peer)) {
      case Exports.Lookup.Found(ExportOffer offer) -> Optional.of(offer);
      case Exports.Lookup.Missing(String reason) -> none(replies, OptionError.UNKNOWN, reason);
      case Exports.Lookup.Denied(String reason) -> none(replies, OptionError.POLICY, reason);
      case Exports.Lookup.NeedsTls(String reason) -> none(replies, OptionError.TLS_REQD, reason);
      case Exports.Lookup.Ending(String reason) -> none(replies, OptionError.SHUTDOWN, reason);
    };
  }

  private static Optional<ExportOffer> none(
      OptionReplies replies, OptionError error, String reason) {
    replies.error(error, reason);
    return Optional.empty();
  }

  private void describe(ExportOffer offer, OptionData.ExportQuery query, OptionReplies replies) {
    replies.infoExport(offer.sizeBytes(), flags(offer));
    if (query.infos().contains(Wire.INFO_NAME)) replies.infoText(Wire.INFO_NAME, offer.name());
    if (query.infos().contains(Wire.INFO_DESCRIPTION) && !offer.description().isEmpty()) {
      replies.infoText(Wire.INFO_DESCRIPTION, offer.description());
    }
    if (query.infos().contains(Wire.INFO_BLOCK_SIZE)) replies.infoBlockSize(offer.blocks());
    replies.acknowledge();
  }

  private Decision structuredReply(OptionData data, OptionReplies replies) throws Malformed {
    data.nothingElse();
    structured = true;
    replies.acknowledge();
    return ANSWERED;
  }

  private Decision listContexts(OptionData data, OptionReplies replies) throws Malformed {
    var query = contextQuery(data);
    if (offer(query.name(), replies).isEmpty()) return ANSWERED;
    if (AllocationContext.listedBy(query.queries())) {
      replies.metaContext(0, AllocationContext.NAME); // "the context id ... SHOULD be 0" in a list
    }
    replies.acknowledge();
    return ANSWERED;
  }

  private Decision setContext(OptionData data, OptionReplies replies) throws Malformed {
    contextSet = false; // whatever comes of it, "it replaces ... any previous" selection
    var query = contextQuery(data);
    if (offer(query.name(), replies).isEmpty()) return ANSWERED;
    contextOf = query.name();
    contextSet = AllocationContext.selectedBy(query.queries());
    if (contextSet) replies.metaContext(AllocationContext.ID, AllocationContext.NAME);
    replies.acknowledge();
    return ANSWERED;
  }

  private OptionData.ContextQuery contextQuery(OptionData data) throws Malformed {
    if (!structured) throw new Malformed("contexts need structured replies: negotiate them first");
    return data.contextQuery();
  }

  private Decision startTls(OptionData data, OptionReplies replies) throws Malformed {
    data.nothingElse();
    if (peer.encrypted()) throw new Malformed("TLS is in place already");
    if (tls == Tls.ABSENT) {
      return refused(replies, OptionError.UNSUP, "this listener has no TLS");
    }
    replies.acknowledge();
    awaiting = new Awaiting.Security();
    return new Decision.StartTls();
  }

  private Decision transmit(String askedFor, ExportOffer offer) {
    boolean allocation = contextSet && contextOf.equals(askedFor);
    return new Decision.Transmit(
        askedFor, offer, structured ? Replies.STRUCTURED : Replies.SIMPLE, allocation);
  }

  /** DF means something only where a read may come in pieces. */
  private int flags(ExportOffer offer) {
    return structured ? offer.flags() | Wire.EXPORT_SEND_DF : offer.flags();
  }

  private static Decision refused(OptionReplies replies, OptionError error, String text) {
    replies.error(error, text);
    return ANSWERED;
  }
}
