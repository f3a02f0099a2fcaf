package dev.penstock.gateway.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/** A unix socket. The JDK has no time limits for one, so a selector keeps them. */
final class UnixWire implements Wire {
  private final SocketChannel channel;
  private final Selector selector;
  private final long limitMillis;

  private UnixWire(SocketChannel channel, Selector selector, Duration limit) {
    this.channel = channel;
    this.selector = selector;
    this.limitMillis = limit.toMillis();
  }

  static UnixWire connect(Path socket, Duration limit) throws IOException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
    try {
      channel.configureBlocking(false);
      return new UnixWire(channel, Selector.open(), limit);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public InputStream in() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) return 0;
        ByteBuffer into = ByteBuffer.wrap(target, offset, length);
        while (true) {
          int bytes = channel.read(into);
          if (bytes != 0) return bytes;
          await(SelectionKey.OP_READ);
        }
      }
    };
  }

  @Override
  public OutputStream out() {
    return new OutputStream() {
      @Override
      public void write(int b) throws IOException {
        write(new byte[] {(byte) b}, 0, 1);
      }

      @Override
      public void write(byte[] source, int offset, int length) throws IOException {
        ByteBuffer from = ByteBuffer.wrap(source, offset, length);
        while (from.hasRemaining()) if (channel.write(from) == 0) await(SelectionKey.OP_WRITE);
      }
    };
  }

  private void await(int operation) throws IOException {
    channel.register(selector, operation);
    if (selector.select(limitMillis) == 0)
      throw new SocketTimeoutException("nothing for " + limitMillis / 1000 + " s");
    selector.selectedKeys().clear();
  }

  @Override
  public void close() throws IOException {
    selector.close();
    channel.close();
  }
}
