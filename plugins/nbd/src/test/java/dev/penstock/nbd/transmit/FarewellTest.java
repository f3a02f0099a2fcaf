package dev.penstock.nbd.transmit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.config.Limits;
import dev.penstock.spi.testing.TestCertificates;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a connection that is over is closed: what its client sees, and in which order. */
class FarewellTest {
  /** A channel whose sides end one by one. */
  private static final class TwoSided extends EmbeddedChannel implements DuplexChannel {
    private boolean outputEnded;
    private boolean full;

    @Override
    protected void doWrite(ChannelOutboundBuffer out) throws Exception {
      if (!full) super.doWrite(out);
      else while (out.current() instanceof ByteBuf none && !none.isReadable()) out.remove();
    }

    private TwoSided() {
      super(new ChannelInboundHandlerAdapter());
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
      outputEnded = true;
      return promise.setSuccess();
    }

    @Override
    public ChannelFuture shutdownOutput() {
      return shutdownOutput(newPromise());
    }

    @Override
    public boolean isOutputShutdown() {
      return outputEnded;
    }

    @Override
    public boolean isInputShutdown() {
      return false;
    }

    @Override
    public ChannelFuture shutdownInput() {
      return shutdownInput(newPromise());
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
      throw new UnsupportedOperationException("the client's side is the client's");
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public ChannelFuture shutdown() {
      return shutdown(newPromise());
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
      throw new UnsupportedOperationException("one side after the other");
    }
  }

  /** What a client hears, in its order. */
  private static final class Heard extends ChannelInboundHandlerAdapter {
    private final List<String> all = new ArrayList<>();

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf bytes = (ByteBuf) message;
      if (bytes.isReadable()) all.add(bytes.toString(UTF_8));
      bytes.release();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof SslCloseCompletionEvent closed && closed.isSuccess())
        all.add("close_notify");
    }
  }

  private final TwoSided server = new TwoSided();
  private final Heard heard = new Heard();
  private final EmbeddedChannel client = new EmbeddedChannel();
  private long nowNanos;
  private final Farewell farewell = new Farewell(() -> nowNanos);

  @AfterEach
  void close() {
    server.full = false;
    server.flush();
    client.finishAndReleaseAll();
    server.finishAndReleaseAll();
  }

  @Test
  void inClearOurSideEndsBehindTheLastReplyAndTheClientCloses() {
    client.pipeline().addLast(heard);
    sayFarewell();

    assertThat(heard.all).containsExactly("the last reply");
    theClientHasItsTimeToClose();
  }

  @Test
  void throughTlsItsOwnGoodbyeComesBehindTheLastReply(@TempDir Path folder) throws Exception {
    agreeOnTls(TestCertificates.in(folder));
    sayFarewell();

    assertThat(heard.all).containsExactly("the last reply", "close_notify");
    theClientHasItsTimeToClose();
  }

  @Test
  void whoReadsNothingMoreHasNoLongerForTheGoodbyeOfTls(@TempDir Path folder) throws Exception {
    agreeOnTls(TestCertificates.in(folder));
    server.full = true; // the last reply just went in
    farewell.say(server.pipeline().lastContext());
    server.runPendingTasks();

    assertThat(server.isOutputShutdown()).isFalse();
    assertThat(farewell.isOver(nowNanos)).isFalse();
    nowNanos += Limits.FAREWELL.toNanos();
    assertThat(farewell.isOver(nowNanos)).isTrue();
  }

  private void sayFarewell() {
    var _ = server.write(Unpooled.copiedBuffer("the last reply", UTF_8));
    farewell.say(server.pipeline().lastContext());
    carry(server, client);
  }

  private void theClientHasItsTimeToClose() {
    assertThat(server.isOutputShutdown()).isTrue();
    assertThat(server.isOpen()).isTrue();
    assertThat(farewell.isOver(nowNanos)).isFalse();
    nowNanos += Limits.FAREWELL.toNanos();
    assertThat(farewell.isOver(nowNanos)).isTrue();
  }

  private void agreeOnTls(TestCertificates certificates) throws Exception {
    SslContext shown =
        SslContextBuilder.forServer(
                certificates.file("server-cert.pem").toFile(),
                certificates.file("server-key.pem").toFile())
            .build();
    SslContext trusting =
        SslContextBuilder.forClient()
            .trustManager(certificates.file("ca-cert.pem").toFile())
            .build();
    server.pipeline().addFirst(shown.newHandler(server.alloc()));
    SslHandler handler = trusting.newHandler(client.alloc(), "localhost", 10809);
    client.pipeline().addLast(handler, heard);
    for (int turn = 0; turn < 10; turn++) {
      carry(client, server);
      carry(server, client);
    }
    assertThat(handler.handshakeFuture().isSuccess()).isTrue();
  }

  private static void carry(EmbeddedChannel from, EmbeddedChannel to) {
    from.runPendingTasks();
    for (ByteBuf out = from.readOutbound(); out != null; out = from.readOutbound())
      to.writeInbound(out);
    to.runPendingTasks();
  }
}
