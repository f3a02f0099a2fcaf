package dev.penstock.nbd.handshake;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.nbd.wire.BlockStatus;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.volume.Volume;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A handshake with a fixed set of exports, and what it answered in words. */
final class Negotiation {
  static final ExportOffer DEMO =
      new ExportOffer(
          "demo",
          "a demo",
          1 << 20,
          Wire.EXPORT_HAS_FLAGS | Wire.EXPORT_SEND_FLUSH,
          BlockSizes.STANDARD);
  static final ExportOffer OTHER =
      new ExportOffer("other", "", 512, Wire.EXPORT_HAS_FLAGS, BlockSizes.STANDARD);

  /** What an export with every flag has. */
  private static final int EVERY_FLAG = 0xfff;

  private static final ExportOffer MANY =
      new ExportOffer(
          "many",
          "",
          512,
          Wire.EXPORT_HAS_FLAGS,
          BlockSizes.STANDARD,
          List.of(
              new AllocationContext(), new Nothing("x-test:dirty"), new Nothing("x-test:depth")));

  private static final ExportOffer CROWD =
      OTHER.with(
          IntStream.rangeClosed(0, MetaContext.SELECTED_MAX)
              .mapToObj(i -> new Nothing("x-test:" + i))
              .toList());

  /** Has a name, and nothing to say. */
  private record Nothing(String name) implements MetaContext {
    @Override
    public void describe(Volume volume, long offset, long lengthBytes, BlockStatus into) {}
  }

  private static ExportOffer in(String name, int flags, BlockSizes blocks) {
    return new ExportOffer(name, "", 1 << 20, flags, blocks);
  }

  static final Exports EXPORTS =
      new Exports() {
        @Override
        public Future<Lookup> find(String name, ContextQuery contexts, Peer peer) {
          return Future.succeededFuture(found(name, peer));
        }

        private Lookup found(String name, Peer peer) {
          return switch (name) {
            case "secret" ->
                peer.encrypted()
                    ? new Lookup.Found(DEMO)
                    : new Lookup.NeedsTls("export secret is served through TLS alone");
            case "", "demo" -> new Lookup.Found(DEMO);
            case "many" -> new Lookup.Found(MANY);
            case "blocks" -> new Lookup.Found(in(name, 1, new BlockSizes(4096, 65536, 1 << 20)));
            case "sectors" -> new Lookup.Found(in(name, 1, new BlockSizes(512, 4096, 1 << 20)));
            case "everything" ->
                new Lookup.Found(
                    in(name, EVERY_FLAG & ~Wire.EXPORT_READ_ONLY, BlockSizes.STANDARD));
            case "frozen" -> new Lookup.Found(in(name, EVERY_FLAG, BlockSizes.STANDARD));
            case "other" -> new Lookup.Found(OTHER);
            case "crowd" -> new Lookup.Found(CROWD);
            default -> new Lookup.Missing("no export is named " + name);
          };
        }

        @Override
        public Listing list(Peer peer) {
          return Listing.of(List.of(new Listed("demo", "a demo"), new Listed("other", "")));
        }
      };

  static final Peer KNOWN = new Peer(Optional.empty(), true, Optional.of("CN=somebody"));

  private final Handshake handshake;
  private final ByteBuf in = Unpooled.buffer();
  private final ByteBuf out = Unpooled.buffer();
  private Decision decision;

  /** A client that has read the greeting, of a listener without TLS. */
  Negotiation() {
    this(Tls.ABSENT);
  }

  Negotiation(Tls tls) {
    handshake = new NewStyle(EXPORTS, Peer.LOCAL, tls);
    decision = handshake.step(in, out);
    out.clear();
  }

  /** TLS is in place: what else was received in clear is gone. */
  Negotiation secured() {
    in.clear();
    handshake.secured(KNOWN);
    decision = new Decision.Continue();
    return this;
  }

  /** Hands over bytes and lets the handshake work on them as far as it gets. */
  Negotiation receive(byte... bytes) {
    in.writeBytes(bytes);
    do {
      decision = handshake.step(in, out);
    } while (decision instanceof Decision.Answered);
    return this;
  }

  /** Whether what comes next is somebody else's. */
  boolean isDecided() {
    return decision instanceof Decision.Transmit || decision instanceof Decision.StartTls;
  }

  Decision decision() {
    return decision;
  }

  Decision.Transmit transmit() {
    return (Decision.Transmit) decision;
  }

  /** The contexts that transmission may ask about, with their ids. */
  List<String> contexts() {
    return transmit().contexts().stream()
        .map(selected -> selected.id() + " " + selected.context().name())
        .toList();
  }

  int unread() {
    return in.readableBytes();
  }

  ByteBuf out() {
    return out;
  }

  /** The option replies so far, one line each. */
  List<String> replies() {
    List<String> replies = new ArrayList<>();
    ByteBuf unread = out.duplicate();
    while (unread.isReadable()) replies.add(reply(unread));
    return replies;
  }

  private static String reply(ByteBuf from) {
    if (from.readLong() != Wire.OPTION_REPLY_MAGIC) throw new AssertionError("no option reply");
    int option = from.readInt();
    int reply = from.readInt();
    ByteBuf data = from.readSlice(from.readInt());
    String what =
        switch (reply) {
          case Wire.REP_ACK -> "ACK" + (data.isReadable() ? " with data" : "");
          case Wire.REP_SERVER -> {
            String name = data.readCharSequence(data.readInt(), UTF_8).toString();
            yield "SERVER " + name + " (" + data.toString(UTF_8) + ")";
          }
          case Wire.REP_INFO -> info(data);
          case Wire.REP_META_CONTEXT -> "CONTEXT " + data.readInt() + " " + data.toString(UTF_8);
          default -> error(reply) + " " + data.toString(UTF_8);
        };
    return option + ": " + what;
  }

  private static String info(ByteBuf data) {
    int type = data.readUnsignedShort();
    return switch (type) {
      case Wire.INFO_EXPORT -> "EXPORT " + data.readLong() + " " + data.readUnsignedShort();
      case Wire.INFO_BLOCK_SIZE ->
          "BLOCK_SIZE " + data.readInt() + " " + data.readInt() + " " + data.readInt();
      default -> "INFO " + type + " " + data.toString(UTF_8);
    };
  }

  private static String error(int reply) {
    return switch (reply & ~Integer.MIN_VALUE) {
      case 1 -> "UNSUP";
      case 3 -> "INVALID";
      case 5 -> "TLS_REQD";
      case 6 -> "UNKNOWN";
      case 8 -> "BLOCK_SIZE_REQD";
      case 9 -> "TOO_BIG";
      case 10 -> "EXT_HEADER_REQD";
      default -> "error " + reply;
    };
  }

  /** The replies without what is said to people. */
  static List<String> kinds(List<String> replies) {
    return replies.stream().map(reply -> String.join(" ", firstTwo(reply))).toList();
  }

  private static List<String> firstTwo(String reply) {
    return Arrays.stream(reply.split(" ", -1)).limit(2).toList();
  }
}
