package dev.penstock.nbd.serve;

import dev.penstock.spi.module.InheritedSocket;
import dev.penstock.spi.module.ListenAddress;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.PeerCredentials;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.spi.transport.Transport;
import java.io.IOException;
import java.util.Optional;

/**
 * The event loop of an instance that serves, as Netty knows it: sockets live on it without anything
 * of Vert.x between them and us. What is below Vert.x is no API: only this class has to change with
 * it.
 *
 * <p><b>Threads.</b> Any, but for {@link #add}: the event loop.
 */
final class ServingLoop {
  /** How many clients the kernel keeps waiting to be accepted. */
  private static final int ACCEPT_BACKLOG = 1024;

  // A machine that vanished is no idle client: it is noticed after 60 s, as flexnbd does it.
  private static final int KEEPALIVE_IDLE_SECONDS = 30;
  private static final int KEEPALIVE_INTERVAL_SECONDS = 10;
  private static final int KEEPALIVE_PROBES = 3;

  private final EventLoop loop;
  private final Transport transport;

  private ServingLoop(EventLoop loop, Transport transport) {
    this.loop = loop;
    this.transport = transport;
  }

  static ServingLoop of(Context context, Vertx vertx) {
    return new ServingLoop(
        ((ContextInternal) context).nettyEventLoop(), ((VertxInternal) vertx).transport());
  }

  void execute(Runnable work) {
    if (loop.inEventLoop()) work.run();
    else loop.execute(work);
  }

  /** Listens on an address. */
  Future<Channel> bind(SocketAddress address, ChannelHandler acceptor) {
    Channel server = transport.serverChannelFactory(address.isDomainSocket()).newChannel();
    server.config().setOption(ChannelOption.SO_BACKLOG, ACCEPT_BACKLOG);
    if (address.isInetSocket()) server.config().setOption(ChannelOption.SO_REUSEADDR, true);
    server.pipeline().addLast(acceptor);
    return registered(server)
        .compose(_ -> completed(server.bind(transport.convert(address))))
        .map(server)
        .onFailure(_ -> server.unsafe().closeForcibly());
  }

  /** Takes clients from a socket that listens already. */
  Future<Channel> adopt(InheritedSocket inherited, ChannelHandler acceptor) {
    if (!Epoll.isAvailable()) {
      return Future.failedFuture("inherited sockets need epoll: " + Epoll.unavailabilityCause());
    }
    Channel server =
        inherited.boundTo() instanceof ListenAddress.Unix
            ? new EpollServerDomainSocketChannel(inherited.descriptor(), true) // it listens
            : new EpollServerSocketChannel(inherited.descriptor());
    server.pipeline().addLast(acceptor);
    return registered(server).map(server).onFailure(_ -> server.unsafe().closeForcibly());
  }

  /** Puts a client's socket on this event loop, behind its handler; closed if that fails. */
  Future<Void> add(Channel client, ChannelHandler connection) {
    return Future.succeededFuture()
        .compose(_ -> {
          prepare(client);
          client.pipeline().addLast("nbd", connection);
          return registered(client);
        })
        .onFailure(_ -> client.unsafe().closeForcibly());
  }

  private static void prepare(Channel client) {
    var config = client.config();
    config.setAllocator(PooledByteBufAllocator.DEFAULT);
    if (client instanceof SocketChannel) {
      config.setOption(ChannelOption.TCP_NODELAY, true);
      config.setOption(ChannelOption.SO_KEEPALIVE, true);
    }
    if (client instanceof EpollSocketChannel) {
      config.setOption(EpollChannelOption.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS);
      config.setOption(EpollChannelOption.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_SECONDS);
      config.setOption(EpollChannelOption.TCP_KEEPCNT, KEEPALIVE_PROBES);
    }
  }

  /** The process at the other end of a unix socket, where the kernel tells. */
  static Optional<PeerCredentials> process(Channel client) {
    if (!(client instanceof EpollDomainSocketChannel local)) return Optional.empty();
    try {
      return Optional.of(local.peerCredentials());
    } catch (IOException _) {
      return Optional.empty(); // gone already
    }
  }

  static Future<Void> close(Channel channel) {
    return completed(channel.close());
  }

  private Future<Void> registered(Channel channel) {
    return completed(loop.register(channel));
  }

  private static Future<Void> completed(ChannelFuture netty) {
    Promise<Void> promise = Promise.promise();
    netty.addListener(done -> {
      if (done.isSuccess()) promise.complete();
      else promise.fail(done.cause());
    });
    return promise.future();
  }
}
