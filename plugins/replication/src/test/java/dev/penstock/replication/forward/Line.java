package dev.penstock.replication.forward;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/**
 * The line between two gateways of loopback. It can be held up, and then brings later what it has
 * taken; and it can be cut, at any byte of what goes either way.
 */
final class Line implements AutoCloseable {
  private static final int TAKEN_BYTES_MAX = 64 << 10;

  private ServerSocket server;
  private final int port;
  private final IntSupplier to;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private volatile CountDownLatch way = new CountDownLatch(0);
  private volatile CountDownLatch taken = new CountDownLatch(1);
  private volatile String holdsAt = "";
  private volatile long cutsUpAfter = Long.MAX_VALUE;
  private volatile boolean cutsAnswers;

  /**
   * @param to the port at the other end, asked for each connection
   */
  Line(IntSupplier to) throws IOException {
    this.to = to;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    this.port = server.getLocalPort();
    accept(server);
  }

  int port() {
    return port;
  }

  /** Connections that were ever made. */
  int connections() {
    return connections.get();
  }

  long open() {
    return sockets.stream().filter(one -> !one.isClosed()).count() / 2;
  }

  /**
   * Whatever comes from a request with this beginning on is taken, and brought once it is freed.
   */
  void holdUp(String request) {
    taken = new CountDownLatch(1);
    way = new CountDownLatch(1);
    holdsAt = request;
  }

  /** Returns once something is held up. */
  void awaitHeld() throws InterruptedException {
    taken.await();
  }

  void free() {
    holdsAt = "";
    way.countDown();
  }

  /** Of the next request with a body so many bytes pass, and then the connection is cut. */
  void cutWritesAfter(long bytes) {
    cutsUpAfter = bytes;
  }

  /** The next answer is not brought: the connection is cut instead. */
  void cutAnswers() {
    cutsAnswers = true;
  }

  /** Nobody gets through, until it is up again. */
  void goDown() throws IOException {
    server.close();
    for (Socket one : sockets) one.close();
  }

  /** The port is free once whoever accepted on it has seen that it is closed. */
  void comeUp() {
    await()
        .ignoreExceptionsInstanceOf(BindException.class)
        .until(() -> {
          server = new ServerSocket(port, 50, InetAddress.getLoopbackAddress());
          return true;
        });
    accept(server);
  }

  private void accept(ServerSocket from) {
    Thread.startVirtualThread(() -> acceptAll(from));
  }

  private void acceptAll(ServerSocket from) {
    try {
      while (true) {
        Socket one = from.accept();
        Socket other = new Socket(InetAddress.getLoopbackAddress(), to.getAsInt());
        connections.incrementAndGet();
        sockets.add(one);
        sockets.add(other);
        Thread.startVirtualThread(() -> up(one, other));
        Thread.startVirtualThread(() -> back(other, one));
      }
    } catch (IOException _) {
      // The line is closed.
    }
  }

  private void up(Socket from, Socket to) {
    byte[] bytes = new byte[TAKEN_BYTES_MAX];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        String text = new String(bytes, 0, n, ISO_8859_1);
        if (!holdsAt.isEmpty() && text.startsWith(holdsAt)) {
          taken.countDown();
          way.await();
        }
        if (cutsUpAfter < n && text.startsWith("PUT ")) {
          out.write(bytes, 0, (int) cutsUpAfter);
          cutsUpAfter = Long.MAX_VALUE;
          break;
        }
        out.write(bytes, 0, n);
      }
    } catch (IOException | InterruptedException _) {
      // The connection is over.
    }
    close(from, to);
  }

  private void back(Socket from, Socket to) {
    byte[] bytes = new byte[TAKEN_BYTES_MAX];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        if (cutsAnswers) {
          cutsAnswers = false;
          break;
        }
        out.write(bytes, 0, n);
      }
    } catch (IOException _) {
      // The connection is over.
    }
    close(from, to);
  }

  private static void close(Socket one, Socket other) {
    try {
      one.close();
      other.close();
    } catch (IOException _) {
      // It is closed.
    }
  }

  @Override
  public void close() throws IOException {
    free();
    server.close();
    for (Socket one : sockets) one.close();
  }
}
