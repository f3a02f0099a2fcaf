package dev.penstock.nbd.serve;

import io.netty.channel.Channel;
import java.net.InetSocketAddress;

/** What a client is called, for people. */
final class PeerText {
  private PeerText() {}

  /** {@code 10.0.0.7:40312}, or {@code unix (uid 1000, pid 4242)}. */
  static String of(Channel client) {
    if (client.remoteAddress() instanceof InetSocketAddress remote) {
      return "%s:%d".formatted(remote.getAddress().getHostAddress(), remote.getPort());
    }
    return ServingLoop.process(client)
        .map(process -> "unix (uid %d, pid %d)".formatted(process.uid(), process.pid()))
        .orElse("unix");
  }
}
