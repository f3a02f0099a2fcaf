package dev.penstock.nbd.client;

import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.nbd.wire.ProtocolError;
import dev.penstock.nbd.wire.Wire;
import dev.penstock.spi.GatewayError;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.vertx.core.net.ClientSSLOptions;
import io.vertx.core.net.NetSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a server, from its socket to its end, and the requests that it carries.
 *
 * <pre>
 *   CONNECTING ─► NEGOTIATING ─► READY ─► LOST
 *       └──────────────┴──────────────────►┘
 * </pre>
 *
 * <p><b>Threads.</b> Its owner's event loop only.
 */
public final class Link extends ChannelInboundHandlerAdapter implements ReplyDecoder.Receiver {
  /** Why a connection was lost: what is said in events and metrics. */
  public enum Why {
    /** It could not be made. */
    CONNECT,
    /** It was closed by the other side, or broke. */
    CLOSED,
    /** The server moved nothing for as long as may be, or left a request unanswered. */
    SILENT,
    /** What came was no NBD. */
    PROTOCOL,
    /** The server said that it is shutting down. */
    SHUTDOWN,
    /** We end it: the volume is closed, or no longer what it was. */
    ENDED
  }

  /**
   * How long it waits.
   *
   * @param connect for a connection, from the first packet to the last option
   * @param request for a server that owes an answer and moves nothing
   * @param giveUp for the oldest request, whatever else moves
   */
  public record Limits(Duration connect, Duration request, Duration giveUp) {}

  /** What a link tells whoever sends requests over it. */
  public interface Owner {
    /** The server is ready for requests. */
    void ready(Link link, Offer offer);

    /** A request has its reply. */
    void answered(Request request);

    /** The connection is lost, once. Its requests come back with {@link #unanswered}. */
    void lost(Link link, Why why, Throwable cause);

    /** A request has to be sent again: nobody touches its data any more. */
    void unanswered(Request request);
  }

  /** Long payloads are written in parts, so that one that moves is told from one that hangs. */
  private static final int PART_BYTES = 1 << 20;

  /** More than any message of a negotiation, so that a talkative server does not fill memory. */
  private static final int NEGOTIATION_BYTES_MAX = 2 * ClientHandshake.OPTION_DATA_BYTES_MAX;

  private final ServerUri uri;
  private final Optional<ClientSSLOptions> tls;
  private final Owner owner;
  private final ClientHandshake handshake;
  private final ByteBuf inbox = Unpooled.buffer(256);
  private final Map<Long, Request> outstanding = new LinkedHashMap<>();

  private @Nullable NetSocket socket;
  private @Nullable ChannelHandlerContext channel;
  private @Nullable ReplyDecoder replies;

  /** Since when it connects, and then since when it serves. */
  private long begunNanos = System.nanoTime();

  private boolean lost;
  private boolean unflushed;
  private boolean useful;
  private long movedNanos = begunNanos;

  public Link(ServerUri uri, Optional<ClientSSLOptions> tls, Owner owner) {
    this(uri, tls, false, owner);
  }

  /**
   * @param oldStyle whether only a server is wanted that speaks old-style NBD
   */
  public Link(ServerUri uri, Optional<ClientSSLOptions> tls, boolean oldStyle, Owner owner) {
    this.uri = uri;
    this.tls = tls;
    this.owner = owner;
    this.handshake = new ClientHandshake(uri, oldStyle);
  }

  /** The socket is there; nothing was read from it yet. */
  public void connected(NetSocket made) {
    if (lost) {
      made.close();
      return;
    }
    socket = made;
    RawChannel.handle(made, this);
  }

  /** Whether it ever answered anything, or served for long: else its end is a failed attempt. */
  public boolean wasUseful(Duration lasting) {
    return useful || System.nanoTime() - begunNanos > lasting.toNanos();
  }

  public int outstanding() {
    return outstanding.size();
  }

  /** Sends a request with the next {@link #flush}. */
  public void send(Request request) {
    ChannelHandlerContext to = channel;
    if (to == null) throw new IllegalStateException("not connected");
    if (outstanding.isEmpty()) movedNanos = System.nanoTime();
    request.begin();
    request.writing = request.command == Command.WRITE; // before anything that can lose us
    outstanding.put(request.cookie, request);
    unflushed = true;
    ChannelFuture _ = to.write(header(to, request), to.voidPromise());
    if (request.writing) writePayload(to, request);
  }

  private static ByteBuf header(ChannelHandlerContext to, Request request) {
    return to.alloc()
        .directBuffer(Wire.REQUEST_BYTES)
        .writeInt(Wire.REQUEST_MAGIC)
        .writeShort(request.flags)
        .writeShort(request.command.code())
        .writeLong(request.cookie)
        .writeLong(request.offset)
        .writeInt(request.lengthBytes);
  }

  /** The caller's own bytes: they are let go of when the socket has taken, or dropped, all. */
  private void writePayload(ChannelHandlerContext to, Request request) {
    ByteBuffer all = request.data;
    ChannelFuture written = to.newSucceededFuture();
    for (int at = 0; at < request.lengthBytes; at += PART_BYTES) {
      int bytes = Math.min(PART_BYTES, request.lengthBytes - at);
      ByteBuffer part = all.slice(all.position() + at, bytes);
      written = to.write(Unpooled.wrappedBuffer(part));
      written.addListener(_ -> movedNanos = System.nanoTime());
    }
    written.addListener(last -> written(request, last.isSuccess()));
  }

  /** The last part has left, or never will: then an answer that it was done is none. */
  private void written(Request request, boolean sent) {
    request.writing = false;
    if (request.answered && (sent || request.error != 0)) done(request);
    else if (lost) owner.unanswered(request);
  }

  private void done(Request request) {
    outstanding.remove(request.cookie);
    owner.answered(request);
  }

  public void flush() {
    ChannelHandlerContext to = channel;
    if (!unflushed || to == null || lost) return;
    unflushed = false;
    to.flush();
  }

  /** Looks whether the server keeps up. */
  public void scan(long nowNanos, Limits limits) {
    if (lost) return;
    if (replies == null) {
      if (nowNanos - begunNanos >= limits.connect().toNanos())
        lose(Why.SILENT, silence("did not let us in within", limits.connect()));
    } else if (!outstanding.isEmpty()) {
      long longest = 0; // one that is sent again comes after others, and is older
      for (Request request : outstanding.values())
        longest = Math.max(longest, nowNanos - request.begunNanos);
      if (nowNanos - movedNanos >= limits.request().toNanos())
        lose(Why.SILENT, silence("has moved nothing for", limits.request()));
      else if (longest >= limits.giveUp().toNanos())
        lose(Why.SILENT, silence("left a request unanswered for", limits.giveUp()));
    }
  }

  private static Throwable silence(String what, Duration limit) {
    return new ProtocolError("the server %s %d ms".formatted(what, limit.toMillis()));
  }

  /**
   * Says that this was all, and leaves it to the server to close the connection. Comes when every
   * request has its reply; what cannot be sent loses the link.
   *
   * @param left comes when the message has left
   */
  public void disconnect(Runnable left) {
    ChannelHandlerContext to = channel;
    if (lost || replies == null || to == null || !outstanding.isEmpty())
      throw new IllegalStateException("nothing to take leave of");
    to.writeAndFlush(header(to, Request.of(Command.DISC, 0, 0, 0)))
        .addListener(sent -> {
          if (sent.isSuccess()) left.run();
          else lose(Why.CLOSED, sent.cause());
        });
  }

  /** Takes its leave, if there is somebody to take it from. */
  public void end(String why) {
    ChannelHandlerContext to = channel;
    if (replies != null && !lost && to != null) {
      Request disc = Request.of(Command.DISC, 0, 0, 0);
      ChannelFuture _ = to.writeAndFlush(header(to, disc), to.voidPromise());
    }
    lose(Why.ENDED, new ProtocolError(why));
  }

  /** Requests whose payload a socket still holds come back when it has let go: {@link #written}. */
  public void lose(Why why, Throwable cause) {
    if (lost) return;
    lost = true;
    owner.lost(this, why, cause);
    List<Request> free = outstanding.values().stream().filter(r -> !r.writing).toList();
    outstanding.clear();
    free.reversed().forEach(owner::unanswered);
    ChannelHandlerContext here = channel;
    if (here != null) close(here);
    else if (socket != null) socket.close();
  }

  // What comes in.

  @Override
  public void handlerAdded(ChannelHandlerContext added) {
    channel = added;
  }

  @Override
  public void channelRead(ChannelHandlerContext from, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      if (!lost) receive(from, in);
    } catch (ProtocolError error) {
      lose(Why.PROTOCOL, error);
    } catch (GatewayError refusal) {
      lose(Why.CONNECT, refusal);
    } finally {
      in.release();
    }
  }

  private void receive(ChannelHandlerContext from, ByteBuf in) {
    movedNanos = System.nanoTime();
    if (replies != null) {
      replies.decode(in);
      return;
    }
    if (inbox.readableBytes() + in.readableBytes() > NEGOTIATION_BYTES_MAX)
      throw new ProtocolError("the server talks too much before it lets us in");
    inbox.discardReadBytes().writeBytes(in);
    ByteBuf out = from.alloc().directBuffer();
    ClientHandshake.Progress progress;
    try {
      progress = handshake.proceed(inbox, out);
    } catch (RuntimeException refused) {
      out.release();
      throw refused;
    }
    say(from, out);
    switch (progress) {
      case MORE -> {}
      case START_TLS -> startTls(from);
      case AGREED -> agreed(handshake.offer());
    }
  }

  private static void write(ChannelHandlerContext to, ByteBuf out) {
    ChannelFuture _ = to.writeAndFlush(out, to.voidPromise());
  }

  private static void close(ChannelHandlerContext here) {
    ChannelFuture _ = here.close();
  }

  private static void say(ChannelHandlerContext to, ByteBuf out) {
    if (out.isReadable()) write(to, out);
    else out.release();
  }

  private void startTls(ChannelHandlerContext from) {
    if (inbox.isReadable()) throw new ProtocolError("something in clear before TLS");
    NetSocket here = socket;
    if (here == null || tls.isEmpty()) throw new IllegalStateException("TLS without its settings");
    String name = uri.nameForTls();
    (name.isEmpty() ? here.upgradeToSsl(tls.get()) : here.upgradeToSsl(tls.get(), name))
        .onComplete(done -> {
          if (lost) return;
          if (done.failed()) {
            lose(Why.CONNECT, done.cause());
            return;
          }
          ByteBuf out = from.alloc().directBuffer();
          handshake.secured(out);
          say(from, out);
        });
  }

  private void agreed(Offer offer) {
    replies = new ReplyDecoder(offer, this);
    begunNanos = System.nanoTime();
    owner.ready(this, offer);
    if (inbox.isReadable() && !lost) replies.decode(inbox);
  }

  @Override
  public Request request(long cookie) {
    Request request = outstanding.get(cookie);
    if (request == null || request.answered)
      throw new ProtocolError("a reply with cookie 0x%x, which nobody waits for".formatted(cookie));
    return request;
  }

  /** A server may refuse a WRITE before it has read it: it stays ours until its data has left. */
  @Override
  public void answered(Request request) {
    if (request.error == ErrorNumber.ESHUTDOWN.code()) {
      request.answered = false; // it was not carried out, and is sent again
      lose(Why.SHUTDOWN, new ProtocolError("the server is shutting down"));
      return;
    }
    useful = true;
    if (!request.writing) done(request);
  }

  @Override
  public void channelInactive(ChannelHandlerContext from) {
    lose(Why.CLOSED, new ProtocolError("the connection was closed"));
    from.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext from, Throwable cause) {
    lose(Why.CLOSED, cause);
  }
}
