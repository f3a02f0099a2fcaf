package dev.penstock.nbd.transmit;

import dev.penstock.nbd.handshake.Decision;
import dev.penstock.nbd.handshake.Handshake;
import dev.penstock.nbd.handshake.Peer;
import dev.penstock.nbd.wire.ProtocolError;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.util.Optional;

/**
 * The beginning of a conversation: options and what is answered to them, TLS if the client asks for
 * it, and in the end an export. The connection's event loop only.
 */
final class Opening {
  /** Hears which export the client chose. */
  @FunctionalInterface
  interface Chosen {
    /**
     * The client is told after this returns, so that whoever hears of its export counts as one of
     * its clients.
     *
     * @return whether it can have the export; if not, it was ended
     */
    boolean attach(Decision.Transmit agreed);
  }

  private final Entrance entrance;
  private final Handshake handshake;
  private final int answersBytesMax;
  private Peer asks;
  private boolean securing;

  /**
   * A client that has just connected.
   *
   * @param answersBytesMax how much it may leave unread before it is answered more
   */
  Opening(Entrance entrance, Handshake handshake, Peer asks, int answersBytesMax) {
    this.entrance = entrance;
    this.handshake = handshake;
    this.asks = asks;
    this.answersBytesMax = answersBytesMax;
  }

  /** Until it has its export, so much unsent is too much. */
  WriteBufferWaterMark waterMark() {
    return new WriteBufferWaterMark(answersBytesMax / 2, answersBytesMax);
  }

  /** Who it is, as far as that is known by now. */
  Peer asks() {
    return asks;
  }

  /** Answers options, all replies in one write. What there is after it is not to be told. */
  Decision step(ChannelHandlerContext context, Inbox inbox, Chosen chosen) {
    ByteBuf out = context.alloc().buffer();
    try {
      Decision decision = understand(inbox, out);
      if (decision instanceof Decision.Transmit agreed && !chosen.attach(agreed)) return decision;
      send(context, out);
      if (decision instanceof Decision.StartTls) startTls(context, inbox);
      return decision;
    } catch (ProtocolError refused) {
      send(context, out); // what was answered before it
      throw refused;
    } finally {
      out.release();
    }
  }

  private Decision understand(Inbox inbox, ByteBuf out) {
    Decision decision;
    do {
      decision = handshake.step(inbox.unread(), out);
    } while (decision instanceof Decision.Answered && out.readableBytes() < answersBytesMax);
    return decision;
  }

  private static void send(ChannelHandlerContext context, ByteBuf out) {
    if (out.isReadable()) {
      var _ = context.writeAndFlush(out.retain());
    }
  }

  /** What was written so far leaves in clear; all that comes after it goes through TLS. */
  private void startTls(ChannelHandlerContext context, Inbox inbox) {
    inbox.drop(); // sent in clear after STARTTLS: by anybody
    securing = true;
    context.pipeline().addFirst("ssl", entrance.security(context.alloc()));
  }

  /** Whether TLS was agreed on, and is not in place yet. */
  boolean isSecuring() {
    return securing;
  }

  /**
   * TLS is in place, or will not be. In place, {@link #step} goes on with what comes through it.
   *
   * @return why there is none
   */
  Optional<String> secured(ChannelHandlerContext context, SslHandshakeCompletionEvent tls) {
    securing = false;
    if (!tls.isSuccess()) return Optional.of(TlsSession.complaint(tls.cause()));
    asks = TlsSession.peer(asks, context.pipeline().get(SslHandler.class).engine().getSession());
    handshake.secured(asks);
    return Optional.empty();
  }
}
