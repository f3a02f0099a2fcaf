package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.Dialect;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.OptionError;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Wire;
import io.netty.buffer.ByteBuf;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Answers options one by one, and remembers what was negotiated. Protocol document, "Option types";
 * EXTENDED_HEADERS is in its branch extension-ext-header.
 */
final class OptionAnswers {
  private static final Decision ANSWERED = new Decision.Answered();

  private final Exports exports;
  private final Tls tls;
  private Peer peer;
  private boolean zeroes = true;

  // What the client has negotiated so far.
  private Dialect dialect = Dialect.SIMPLE;
  private ContextSelection selection = ContextSelection.NONE;

  /** Of the option that waits for something, if one does. */
  private Optional<Function<ByteBuf, Decision>> rest = Optional.empty();

  /** What is still to be said of a list of exports, if one is being given. */
  private Optional<Exports.Listing> listing = Optional.empty();

  OptionAnswers(Exports exports, Peer peer, Tls tls) {
    this.exports = exports;
    this.peer = peer;
    this.tls = tls;
  }

  /** Whether the answer to EXPORT_NAME ends in zeroes. */
  void zeroes(boolean wanted) {
    zeroes = wanted;
  }

  /** TLS is in place. What was chosen before could have been anybody's choice. */
  void secured(Peer known) {
    peer = known;
    dialect = Dialect.SIMPLE;
    selection = ContextSelection.NONE;
  }

  /**
   * Answers an option by its data.
   *
   * @return after {@link Decision.Wait}, {@link #rest} comes before the next option
   */
  Decision answer(int code, ByteBuf slice, ByteBuf out) {
    var replies = new OptionReplies(out, code);
    var data = new OptionData(slice);
    Option option = Option.of(code);
    if (needsTls(option)) return tlsFirst(option, replies);
    try {
      return switch (option) {
        case EXPORT_NAME -> exportName(data, out);
        case ABORT -> abort(replies);
        case LIST -> list(data);
        case INFO -> info(data, out);
        case GO -> go(data, out);
        case STRUCTURED_REPLY -> structuredReply(data, replies);
        case EXTENDED_HEADERS -> extendedHeaders(data, replies);
        case LIST_META_CONTEXT -> listContexts(data, out);
        case SET_META_CONTEXT -> setContexts(data, out);
        case STARTTLS -> startTls(data, replies);
        case UNKNOWN -> refused(replies, OptionError.UNSUP, "option " + code + " is not known");
      };
    } catch (Malformed malformed) {
      return refused(replies, OptionError.INVALID, String.valueOf(malformed.getMessage()));
    }
  }

  /** Answers the option that waited. */
  Decision rest(ByteBuf out) {
    Function<ByteBuf, Decision> waited =
        rest.orElseThrow(() -> new IllegalStateException("no option waits"));
    rest = Optional.empty();
    return waited.apply(out);
  }

  /** Goes on as soon as an answer is known: at once as a rule. */
  private <T> Decision once(
      Future<T> known, Option option, ByteBuf out, BiFunction<T, OptionReplies, Decision> then) {
    if (known.isComplete()) {
      return then.apply(known.result(), new OptionReplies(out, option.code()));
    }
    rest =
        Optional.of(later -> then.apply(known.result(), new OptionReplies(later, option.code())));
    return new Decision.Wait(known);
  }

  /** Answers an option whose data was too long to be kept. */
  Decision tooBig(int code, int announcedBytes, ByteBuf out) {
    var replies = new OptionReplies(out, code);
    if (needsTls(Option.of(code))) return tlsFirst(Option.of(code), replies);
    String text = "%d bytes; the most is %d".formatted(announcedBytes, NewStyle.OPTION_BYTES_MAX);
    // It would take a refusal for the size of the export.
    if (Option.of(code) == Option.EXPORT_NAME) throw new ProtocolError("EXPORT_NAME of " + text);
    return refused(replies, OptionError.TOO_BIG, text);
  }

  // TLS.

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

  private Decision startTls(OptionData data, OptionReplies replies) throws Malformed {
    data.nothingElse();
    if (peer.encrypted()) throw new Malformed("TLS is in place already");
    if (tls == Tls.ABSENT) {
      return refused(replies, OptionError.UNSUP, "this listener has no TLS");
    }
    replies.acknowledge();
    return new Decision.StartTls();
  }

  // Which export.

  /** The one option that has no error reply: what cannot be answered ends the connection. */
  private Decision exportName(OptionData data, ByteBuf out) {
    String name;
    try {
      name = data.wholeName();
    } catch (Malformed malformed) {
      throw new ProtocolError("EXPORT_NAME: " + malformed.getMessage());
    }
    if (dialect == Dialect.EXTENDED) {
      throw new ProtocolError("EXPORT_NAME after extended headers: GO takes its place");
    }
    return once(
        exports.find(name, ContextQuery.NOTHING, peer),
        Option.EXPORT_NAME,
        out,
        (found, replies) -> {
          ExportOffer offer = found.orElseEnd("EXPORT_NAME");
          if (offer.blocks().haveToBeKnown()) {
            throw new ProtocolError("EXPORT_NAME: " + blocks(offer));
          }
          Decision.Transmit agreed = transmit(name, offer);
          replies.exportName(offer.sizeBytes(), agreed.flags(), zeroes);
          return agreed;
        });
  }

  private static Decision abort(OptionReplies replies) {
    replies.acknowledge();
    return new Decision.Leave();
  }

  private Decision list(OptionData data) throws Malformed {
    data.nothingElse();
    listing = Optional.of(exports.list(peer));
    return ANSWERED;
  }

  /** Whether LIST was answered in part, and {@link #listOn} has more to say. */
  boolean isListing() {
    return listing.isPresent();
  }

  /** The next export of a list, or its end: all at once they could be 2 MiB for each client. */
  Decision listOn(ByteBuf out) {
    return once(listing.orElseThrow().next(), Option.LIST, out, this::listed);
  }

  private Decision listed(Optional<Exports.Listed> next, OptionReplies replies) {
    next.ifPresentOrElse(
        replies::server,
        () -> {
          replies.acknowledge();
          listing = Optional.empty();
        });
    return ANSWERED;
  }

  private Decision info(OptionData data, ByteBuf out) throws Malformed {
    var query = data.exportQuery();
    return onceFound(
        query.name(),
        ContextQuery.NOTHING,
        Option.INFO,
        out,
        (offer, replies) -> {
          describe(transmit(query.name(), offer), query, replies);
          replies.acknowledge();
          return ANSWERED;
        });
  }

  private Decision go(OptionData data, ByteBuf out) throws Malformed {
    var query = data.exportQuery();
    return onceFound(
        query.name(),
        ContextQuery.NOTHING,
        Option.GO,
        out,
        (offer, replies) -> go(query, offer, replies));
  }

  private Decision go(OptionData.ExportQuery query, ExportOffer offer, OptionReplies replies) {
    if (offer.blocks().haveToBeKnown() && !query.infos().contains(Wire.INFO_BLOCK_SIZE)) {
      replies.infoBlockSize(offer.blocks()); // saves the client from asking for it
      return refused(replies, OptionError.BLOCK_SIZE_REQD, blocks(offer));
    }
    Decision.Transmit agreed = transmit(query.name(), offer);
    describe(agreed, query, replies);
    replies.acknowledge();
    return agreed;
  }

  private static String blocks(ExportOffer offer) {
    return "export %s takes blocks of %d bytes: ask for its block sizes"
        .formatted(offer.name(), offer.blocks().minBytes());
  }

  /** Goes on with the export of this name; if this peer cannot have it, that is answered. */
  private Decision onceFound(
      String name,
      ContextQuery contexts,
      Option option,
      ByteBuf out,
      BiFunction<ExportOffer, OptionReplies, Decision> then) {
    return once(
        exports.find(name, contexts, peer),
        option,
        out,
        (found, replies) ->
            switch (found) {
              case Exports.Lookup.Found(ExportOffer offer) -> then.apply(offer, replies);
              case Exports.Lookup.Missing(String reason) ->
                  refused(replies, OptionError.UNKNOWN, reason);
              case Exports.Lookup.Denied(String reason) ->
                  refused(replies, OptionError.POLICY, reason);
              case Exports.Lookup.NeedsTls(String reason) ->
                  refused(replies, OptionError.TLS_REQD, reason);
              case Exports.Lookup.Ending(String reason) ->
                  refused(replies, OptionError.SHUTDOWN, reason);
            });
  }

  private static void describe(
      Decision.Transmit agreed, OptionData.ExportQuery query, OptionReplies replies) {
    ExportOffer offer = agreed.offer();
    replies.infoExport(offer.sizeBytes(), agreed.flags());
    if (query.infos().contains(Wire.INFO_NAME)) replies.infoText(Wire.INFO_NAME, offer.name());
    if (query.infos().contains(Wire.INFO_DESCRIPTION) && !offer.description().isEmpty()) {
      replies.infoText(Wire.INFO_DESCRIPTION, offer.description());
    }
    if (query.infos().contains(Wire.INFO_BLOCK_SIZE)) replies.infoBlockSize(offer.blocks());
  }

  /** What transmission would be like, as things are now. */
  private Decision.Transmit transmit(String askedFor, ExportOffer offer) {
    List<SelectedContext> contexts = selection.of(askedFor);
    int flags = offer.flags();
    if (dialect.replies().inPieces()) flags |= Wire.EXPORT_SEND_DF; // else they have one piece
    if (dialect == Dialect.EXTENDED && !contexts.isEmpty()) {
      flags |= Wire.EXPORT_BLOCK_STATUS_PAYLOAD;
    }
    return new Decision.Transmit(askedFor, offer, flags, dialect, contexts);
  }

  // How to speak.

  private Decision structuredReply(OptionData data, OptionReplies replies) throws Malformed {
    data.nothingElse();
    if (dialect == Dialect.EXTENDED) {
      String text = "extended headers were negotiated, and there is no way back";
      return refused(replies, OptionError.EXT_HEADER_REQD, text);
    }
    dialect = Dialect.STRUCTURED;
    replies.acknowledge();
    return ANSWERED;
  }

  private Decision extendedHeaders(OptionData data, OptionReplies replies) throws Malformed {
    data.nothingElse();
    dialect = Dialect.EXTENDED;
    replies.acknowledge();
    return ANSWERED;
  }

  // Contexts.

  private Decision listContexts(OptionData data, ByteBuf out) throws Malformed {
    var asked = contextQuery(data);
    var query = new ContextQuery(true, asked.queries());
    return onceFound(
        asked.name(),
        query,
        Option.LIST_META_CONTEXT,
        out,
        (offer, replies) -> {
          for (MetaContext context : offer.contexts()) { // "the context id ... SHOULD be 0"
            if (query.asksFor(context.name())) replies.metaContext(0, context.name());
          }
          replies.acknowledge();
          return ANSWERED;
        });
  }

  private Decision setContexts(OptionData data, ByteBuf out) throws Malformed {
    selection = ContextSelection.NONE; // whatever comes of it, "it replaces ... any previous" one
    var asked = contextQuery(data);
    var query = new ContextQuery(false, asked.queries());
    return onceFound(
        asked.name(),
        query,
        Option.SET_META_CONTEXT,
        out,
        (offer, replies) -> select(ContextSelection.of(asked.name(), offer, query), replies));
  }

  private Decision select(ContextSelection wanted, OptionReplies replies) {
    if (wanted.contexts().size() > MetaContext.SELECTED_MAX) {
      String text =
          "%d contexts; the most is %d"
              .formatted(wanted.contexts().size(), MetaContext.SELECTED_MAX);
      return refused(replies, OptionError.TOO_BIG, text);
    }
    selection = wanted;
    for (SelectedContext selected : selection.contexts()) {
      replies.metaContext(selected.id(), selected.context().name());
    }
    replies.acknowledge();
    return ANSWERED;
  }

  private OptionData.ContextQuery contextQuery(OptionData data) throws Malformed {
    if (dialect == Dialect.SIMPLE) {
      throw new Malformed("contexts need structured replies: negotiate them first");
    }
    return data.contextQuery();
  }

  private static Decision refused(OptionReplies replies, OptionError error, String text) {
    replies.error(error, text);
    return ANSWERED;
  }
}
