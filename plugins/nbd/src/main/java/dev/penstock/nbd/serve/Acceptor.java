package dev.penstock.nbd.serve;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gives the clients that a socket accepts to those who serve them. The socket's event loop. */
final class Acceptor extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(Acceptor.class);

  /**
   * After a failure to accept (no file handle is free, as a rule) trying again at once would fail
   * as well: the client that waits would keep the event loop busy for as long as it waits.
   */
  private static final long PAUSE_MILLIS = 1000;

  private final Listener listener;
  private final List<NbdServing> servings;

  Acceptor(Listener listener, List<NbdServing> servings) {
    this.listener = listener;
    this.servings = List.copyOf(servings);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object accepted) {
    servings.stream()
        .min(Comparator.comparingInt(NbdServing::connections))
        .orElseThrow()
        .take((Channel) accepted, listener);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    var config = context.channel().config();
    if (!config.isAutoRead()) return;
    log.atWarn()
        .addKeyValue("address", listener.address())
        .addKeyValue("reason", cause.getMessage())
        .addKeyValue("pause_ms", PAUSE_MILLIS)
        .log("cannot accept a client; those who are connected go on");
    config.setAutoRead(false);
    var _ =
        context
            .executor()
            .schedule(() -> config.setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
  }
}
