package dev.penstock.replication.job;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * The line between two gateways of loopback, on which there may be nobody any more, though no end
 * is told. Each connection is what it became for good: what is mended is for those that come later.
 */
final class DeadLine implements AutoCloseable {
  /** What a connection is like. */
  enum State {
    SOUND,
    /** Nothing passes, and nothing is taken. */
    BLACK_HOLE,
    /** Everything is taken, and nothing passes. */
    SWALLOWS,
    /** As {@link #SWALLOWS}, but who only asks whether somebody is there is answered. */
    HELLO_ONLY
  }

  private static final String HELLO = "GET /peer HTTP";

  private final ServerSocket server;
  private final int to;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile State state = State.SOUND;

  /** Begins to listen, and leads to a port of loopback. */
  DeadLine(int to) throws IOException {
    this.to = to;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.startVirtualThread(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /** What connections are from now on, but for those that are dead already. */
  void become(State now) {
    state = now;
  }

  private void accept() {
    try {
      while (true) {
        Socket one = server.accept();
        Socket other = new Socket(InetAddress.getLoopbackAddress(), to);
        sockets.add(one);
        sockets.add(other);
        var way = new Way();
        Thread.startVirtualThread(() -> pump(one, other, way));
        Thread.startVirtualThread(() -> pump(other, one, way));
      }
    } catch (IOException _) {
      // The line is closed.
    }
  }

  /** What a connection has become. */
  private final class Way {
    private State now = State.SOUND;

    synchronized State pass() {
      if (now == State.SOUND) now = state;
      return now;
    }
  }

  private static void pump(Socket from, Socket to, Way way) {
    byte[] bytes = new byte[16 << 10];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        boolean hello = new String(bytes, 0, Math.min(n, HELLO.length()), ISO_8859_1).equals(HELLO);
        switch (way.pass()) {
          case SOUND -> out.write(bytes, 0, n);
          case SWALLOWS -> {}
          case HELLO_ONLY -> {
            if (hello || new String(bytes, 0, n, ISO_8859_1).contains("you_are"))
              out.write(bytes, 0, n);
          }
          case BLACK_HOLE -> new CountDownLatch(1).await();
        }
      }
      if (way.pass() != State.SOUND) return; // nobody is told
      from.close();
      to.close();
    } catch (IOException | InterruptedException _) {
      // The connection is over.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket one : sockets) one.close();
  }
}
