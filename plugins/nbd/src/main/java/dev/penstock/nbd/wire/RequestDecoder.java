package dev.penstock.nbd.wire;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a client's bytes into requests, however they are fragmented. Protocol document, "Request
 * message".
 *
 * <p><b>Lifecycle.</b> One per connection; {@link #close} releases the payload under way.
 * <b>Threads.</b> The connection's event loop only.
 */
public final class RequestDecoder implements AutoCloseable {
  /** What becomes of a request whose header has arrived. */
  public enum Admission {
    /** Its payload, if any, is collected; then it is taken. */
    TAKE,
    /** Not yet: its header stays unread, and the question is asked again by the next decode. */
    WAIT,
    /** Its payload is thrown away; then it is refused. */
    REFUSE
  }

  /** Takes what was cut out. */
  public interface Receiver {
    /**
     * Answers a READ without flags, if that can be done at once: then nothing is made of it.
     *
     * @return whether it was answered; if not, it comes again, to be admitted
     */
    boolean readNow(long cookie, long offset, long lengthBytes);

    /** Decides about a request before a byte of its payload is kept. */
    Admission admit(RequestHeader header);

    /** An empty buffer with room for a payload of an admitted request. */
    ByteBuf payloadBuffer(int bytes);

    /** A whole request. The payload (empty if it has none) now belongs to the receiver. */
    void take(RequestHeader header, ByteBuf payload);

    /** A request that was not admitted; its payload is gone. */
    void refused(RequestHeader header);

    /** Something that is no request: a {@link ProtocolError} follows. */
    void outOfStep(long cookie);
  }

  private sealed interface Awaiting {
    /** The next request. */
    record Header() implements Awaiting {}

    /** The rest of a payload that is kept. */
    record Payload(RequestHeader of, ByteBuf into) implements Awaiting {}

    /** The rest of a payload that is thrown away. */
    record Drain(RequestHeader of, long leftBytes) implements Awaiting {}

    /** Nothing: the client said that it is leaving. */
    record End() implements Awaiting {}
  }

  private static final Awaiting HEADER = new Awaiting.Header();
  private static final Awaiting END = new Awaiting.End();

  private final long drainBytesMax;
  private RequestForm form = RequestForm.COMPACT;
  private Awaiting awaiting = HEADER;

  /**
   * A decoder at the start of the transmission phase.
   *
   * @param drainBytesMax the longest payload that is read only to be thrown away
   */
  public RequestDecoder(long drainBytesMax) {
    this.drainBytesMax = drainBytesMax;
  }

  /** What form requests have. To be said before the first one. */
  public void expect(RequestForm negotiated) {
    form = negotiated;
  }

  /**
   * Consumes whole headers and whatever there is of a payload.
   *
   * @return whether it stopped at a request that has to wait
   * @throws ProtocolError if the client is out of step
   */
  public boolean decode(ByteBuf in, Receiver receiver) {
    while (true) {
      switch (awaiting) {
        case Awaiting.Header _ -> {
          if (!form.isNamed(in)) return false;
          if (!form.beginsAt(in)) throw outOfStep(in, receiver);
          if (!form.isComplete(in)) return false;
          if (answeredNow(in, receiver)) continue;
          if (!begin(in, receiver)) return true;
        }
        case Awaiting.Payload(var of, var into) -> {
          into.writeBytes(in, Math.min(in.readableBytes(), into.writableBytes()));
          if (into.isWritable()) return false;
          awaiting = HEADER;
          receiver.take(of, into);
        }
        case Awaiting.Drain(var of, long leftBytes) -> {
          int skipped = (int) Math.min(in.readableBytes(), leftBytes);
          in.skipBytes(skipped);
          if (skipped < leftBytes) {
            awaiting = new Awaiting.Drain(of, leftBytes - skipped);
            return false;
          }
          awaiting = HEADER;
          receiver.refused(of);
        }
        case Awaiting.End _ -> {
          in.skipBytes(in.readableBytes());
          return false;
        }
      }
    }
  }

  /**
   * Where the rest of a payload goes, so that a socket can be read into it.
   *
   * @return an empty buffer that the caller releases; null if so much is not missing
   */
  public @Nullable ByteBuf payloadRest(int bytesMin) {
    if (!(awaiting instanceof Awaiting.Payload(_, var into))) return null;
    if (into.writableBytes() < bytesMin) return null;
    return into.retainedSlice(into.writerIndex(), into.writableBytes()).writerIndex(0);
  }

  /** So many bytes were put where {@link #payloadRest} said; {@link #decode} goes on from there. */
  public void received(int bytes) {
    if (awaiting instanceof Awaiting.Payload(_, var into)) {
      into.writerIndex(into.writerIndex() + bytes);
    }
  }

  /** Whether a request has begun whose last byte is missing; {@code buffered} is what is unread. */
  public boolean unfinished(int buffered) {
    return switch (awaiting) {
      case Awaiting.Header _ -> buffered > 0;
      case Awaiting.Payload _, Awaiting.Drain _ -> true;
      case Awaiting.End _ -> false;
    };
  }

  /** Whether the client said that it is leaving. */
  public boolean ended() {
    return awaiting instanceof Awaiting.End;
  }

  private static ProtocolError outOfStep(ByteBuf in, Receiver receiver) {
    receiver.outOfStep(RequestForm.cookieAt(in));
    int magic = in.getInt(in.readerIndex());
    return new ProtocolError("0x%08x where a request begins".formatted(magic));
  }

  private boolean answeredNow(ByteBuf in, Receiver receiver) {
    if (!RequestForm.isPlainRead(in)) return false;
    long cookie = RequestForm.cookieAt(in);
    if (!receiver.readNow(cookie, RequestForm.offsetAt(in), form.lengthAt(in))) return false;
    in.skipBytes(form.headerBytes);
    return true;
  }

  private boolean begin(ByteBuf in, Receiver receiver) {
    int start = in.readerIndex();
    RequestHeader header = form.read(in);
    switch (receiver.admit(header)) {
      case WAIT -> {
        in.readerIndex(start);
        return false;
      }
      case TAKE -> take(header, receiver);
      case REFUSE -> refuse(header, receiver);
    }
    return true;
  }

  private void take(RequestHeader header, Receiver receiver) {
    if (header.command() == Command.DISC) awaiting = END; // whatever follows, nobody reads it
    if (header.payloadBytes() == 0 || header.command() == Command.DISC) {
      receiver.take(header, Unpooled.EMPTY_BUFFER);
      return;
    }
    int bytes = Math.toIntExact(header.payloadBytes());
    ByteBuf into = receiver.payloadBuffer(bytes);
    into.capacity(bytes); // decode fills it: room for more would read into the next request
    awaiting = new Awaiting.Payload(header, into);
  }

  private void refuse(RequestHeader header, Receiver receiver) {
    long bytes = header.payloadBytes();
    if (Long.compareUnsigned(bytes, drainBytesMax) > 0) {
      throw new ProtocolError(
          "a refused request announces %s bytes; at most %d are read and thrown away"
              .formatted(Long.toUnsignedString(bytes), drainBytesMax));
    }
    if (bytes == 0) receiver.refused(header);
    else awaiting = new Awaiting.Drain(header, bytes);
  }

  /** Releases what was collected of a payload. Harmless twice. */
  @Override
  public void close() {
    if (awaiting instanceof Awaiting.Payload(_, var into)) into.release();
    awaiting = END;
  }
}
