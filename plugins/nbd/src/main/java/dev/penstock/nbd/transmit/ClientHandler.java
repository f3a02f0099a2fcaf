package dev.penstock.nbd.transmit;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;

/**
 * What a client's channel tells: the last handler in its pipeline, which swallows all that is
 * received. The channel's event loop.
 */
final class ClientHandler extends ChannelInboundHandlerAdapter {
  private final Conversation conversation;

  ClientHandler(Conversation conversation) {
    this.conversation = conversation;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    var config = context.channel().config();
    config.setRecvByteBufAllocator(
        new ReceiveBuffers(conversation::payloadRest, conversation::receivesLittle));
    // A client that said DISC may end its side of the stream and still read its replies.
    config.setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    conversation.begin(context);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    conversation.receive(context, (ByteBuf) message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    conversation.readComplete();
    context.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (context.channel().isWritable()) conversation.roomAgain();
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof ChannelInputShutdownEvent) conversation.inputEnded(context);
    if (event instanceof SslHandshakeCompletionEvent tls) conversation.tlsAnswered(context, tls);
    context.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    conversation.gone();
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    conversation.lost(context, cause);
  }
}
