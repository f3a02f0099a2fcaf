package dev.penstock.nbd.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.ListenSettings;
import dev.penstock.nbd.handshake.Tls;
import dev.penstock.spi.module.ListenAddress;
import dev.penstock.spi.module.SocketAccess;
import dev.penstock.spi.testing.FakeListeners;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AcceptorTest {
  private static final ListenAddress ADDRESS = new ListenAddress.Tcp("127.0.0.1", 1);

  /** EMFILE: the client stays in the queue, and would be found there again at once. */
  @Test
  void afterAFailureToAcceptItRestsAndThenGoesOn() {
    var settings =
        new ListenSettings(ADDRESS, Tls.ABSENT, SocketAccess.OWNER_ALONE, Optional.empty());
    var claim = new FakeListeners().claim(ADDRESS).result();
    var listener = new Listener(settings, claim, Optional.empty());
    var channel = new EmbeddedChannel(new Acceptor(listener, List.of()));

    channel.pipeline().fireExceptionCaught(new IOException("Too many open files"));
    channel.pipeline().fireExceptionCaught(new IOException("Too many open files"));
    assertThat(channel.config().isAutoRead()).isFalse();

    channel.advanceTimeBy(1, TimeUnit.SECONDS);
    channel.runScheduledPendingTasks();
    assertThat(channel.config().isAutoRead()).isTrue();
    channel.finishAndReleaseAll();
  }
}
