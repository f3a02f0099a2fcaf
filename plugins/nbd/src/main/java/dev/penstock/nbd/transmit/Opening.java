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
    Decision decision;
    boolean full;
    try {
      do {
        decision = handshake.step(inbox.unread(), out);
        full = out.readableBytes() >= answersBytesMax;
      } while (decision instanceof Decision.Answered && !full);
    } catch (ProtocolError refused) {
      var _ = context.writeAndFlush(out);
      throw refused;
    }
    if (decision instanceof Decision.Transmit agreed && !chosen.attach(agreed)) {
      out.release();
      return decision;
    }
    if (out.isReadable()) {
      var _ = context.writeAndFlush(out);
    } else {
      out.release();
    }
    if (decision instanceof Decision.StartTls) startTls(context, inbox);
    return decision;
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
