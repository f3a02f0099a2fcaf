package dev.penstock.nbd.handshake;

import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Wire;
import io.netty.buffer.ByteBuf;

/**
 * Fixed newstyle negotiation, from the greeting to the choice of an export: cuts what a client
 * sends into options. Protocol document, "Newstyle negotiation" and "Fixed newstyle negotiation".
 */
public final class NewStyle implements Handshake {
  /** The longest option that is looked at: a GO with every string at its limit is far shorter. */
  static final int OPTION_BYTES_MAX = 64 << 10;

  /** The longest option that is read only to be thrown away and answered TOO_BIG. */
  static final int OPTION_DRAIN_BYTES_MAX = 16 << 20;

  /** A client settles within a handful; endless asking is no way to pass the time. */
  static final int OPTIONS_MAX = 1024;

  private static final Decision CONTINUE = new Decision.Continue();

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

    /** Nothing: what was asked for is a list, and it is said piece by piece. */
    record Listing() implements Awaiting {}

    /** The rest of an option that is too long to be looked at. */
    record Drain(int code, int announced, int leftBytes) implements Awaiting {}

    /** Nothing: the last option is answered once something is known. */
    record Answer(Decision.Wait until) implements Awaiting {}

    /** Nothing in clear: TLS comes next, and then another option. */
    record Security() implements Awaiting {}
  }

  private static final Awaiting HEADER = new Awaiting.Header();
  private static final Awaiting LISTING = new Awaiting.Listing();

  private final OptionAnswers answers;
  private Awaiting awaiting = new Awaiting.Greeting();
  private boolean fixed;
  private int optionsSeen;

  /** A negotiation with this peer about these exports, on a listener that says this of TLS. */
  public NewStyle(Exports exports, Peer peer, Tls tls) {
    this.answers = new OptionAnswers(exports, peer, tls);
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
          // A slice of its own: whatever is made of the data, the next option begins after it.
          return then(answers.answer(code, in.readSlice(bytes), out));
        }
        case Awaiting.Listing _ -> {
          return then(answers.listOn(out));
        }
        case Awaiting.Answer(Decision.Wait wait) -> {
          return wait.until().isComplete() ? then(answers.rest(out)) : wait;
        }
        case Awaiting.Drain(int code, int announced, int leftBytes) -> {
          int skipped = Math.min(in.readableBytes(), leftBytes);
          in.skipBytes(skipped);
          if (skipped < leftBytes) {
            awaiting = new Awaiting.Drain(code, announced, leftBytes - skipped);
            return CONTINUE;
          }
          awaiting = HEADER;
          return answers.tooBig(code, announced, out);
        }
        case Awaiting.Security _ -> throw new IllegalStateException("TLS is not in place yet");
      }
    }
  }

  private Decision then(Decision decision) {
    awaiting =
        switch (decision) {
          case Decision.Wait wait -> new Awaiting.Answer(wait);
          case Decision.StartTls _ -> new Awaiting.Security();
          default -> answers.isListing() ? LISTING : HEADER;
        };
    return decision;
  }

  @Override
  public void secured(Peer peer) {
    if (!(awaiting instanceof Awaiting.Security)) {
      throw new IllegalStateException("TLS was not agreed on");
    }
    answers.secured(peer);
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
    answers.zeroes((flags & Wire.FLAG_NO_ZEROES) == 0);
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
}
