package dev.penstock.gateway.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/**
 * Carries bytes between two streams and a unix socket, both ways at once. The end of what comes in
 * is told to the socket, which may still have much to say; the end of the socket ends it.
 */
final class SocketPump implements AutoCloseable {
  /** As much as a pipe holds. */
  private static final int PIECE_BYTES = 64 << 10;

  private final SocketChannel socket;

  private SocketPump(SocketChannel socket) {
    this.socket = socket;
  }

  static SocketPump connect(Path path) throws NobodyThere {
    try {
      return new SocketPump(SocketChannel.open(UnixDomainSocketAddress.of(path)));
    } catch (IOException | IllegalArgumentException e) {
      throw new NobodyThere(String.valueOf(e.getMessage()));
    }
  }

  /** The socket is not there, or nobody listens, or not to us. */
  @SuppressWarnings("serial") // never serialized
  static final class NobodyThere extends IOException {
    NobodyThere(String what) {
      super(what);
    }
  }

  /** Returns at the end of the socket. The other direction is left where it is: it may wait. */
  void run(InputStream in, OutputStream out) throws IOException {
    Thread.ofPlatform().daemon().name("penstock-stdin").start(() -> send(in));
    ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
    while (socket.read(piece) >= 0) {
      out.write(piece.array(), 0, piece.position());
      out.flush();
      piece.clear();
    }
  }

  private void send(InputStream in) {
    byte[] piece = new byte[PIECE_BYTES];
    try {
      for (int n = in.read(piece); n >= 0; n = in.read(piece)) {
        ByteBuffer from = ByteBuffer.wrap(piece, 0, n);
        while (from.hasRemaining()) socket.write(from);
      }
      socket.shutdownOutput();
    } catch (IOException _) {
      // The socket reads no more: its end tells the other thread, once all that it said has come.
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
