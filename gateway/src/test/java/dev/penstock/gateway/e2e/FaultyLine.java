package dev.penstock.gateway.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The line between two gateways, from a port of loopback to a unix socket. It counts what goes over
 * it, and does what it is told to at a byte of a request that the test is about.
 */
final class FaultyLine implements AutoCloseable {
  private static final int PIECE_BYTES = 16 << 10;
  private static final long DELAY_MILLIS = 300;

  enum Kind {
    CUT,
    DELAY,
    CORRUPT,
    /** Nothing passes any more, on this connection and on those that come. */
    HALF_OPEN,
    /** As {@link #HALF_OPEN}, but who only asks whether somebody is there is answered. */
    HELLO_ONLY
  }

  enum Way {
    THERE,
    BACK
  }

  /**
   * What happens once.
   *
   * @param request how the request begins that it happens to
   * @param says what it has in it, in the same piece
   * @param afterBytes how many bytes pass before, from the request's first one on
   */
  record Fault(Kind kind, Way way, String request, String says, long afterBytes) {
    Fault(Kind kind, Way way, String request, long afterBytes) {
      this(kind, way, request, "", afterBytes);
    }

    boolean isMeant(String text) {
      return text.startsWith(request) && text.contains(says);
    }
  }

  private static final String HELLO = "GET /peer HTTP";

  private final ServerSocketChannel server;
  private final Path to;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicLong there = new AtomicLong();
  private final AtomicLong back = new AtomicLong();
  private Optional<Fault> armed = Optional.empty();
  private Optional<Kind> lasting = Optional.empty();
  private CountDownLatch struck = new CountDownLatch(0);

  /** Goes to a socket that need not be there yet. */
  FaultyLine(Path to) throws IOException {
    this.to = to;
    this.server =
        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.startVirtualThread(this::accept);
  }

  int port() throws IOException {
    return ((InetSocketAddress) server.getLocalAddress()).getPort();
  }

  long bytes(Way way) {
    return counter(way).get();
  }

  private AtomicLong counter(Way way) {
    return way == Way.THERE ? there : back;
  }

  /** The fault happens once, to the next request that it fits. */
  synchronized void arm(Fault fault) {
    armed = Optional.of(fault);
    struck = new CountDownLatch(1);
  }

  synchronized CountDownLatch struck() {
    return struck;
  }

  /** Whoever waited on a connection that is dead finds it cut. */
  void heal() throws IOException {
    synchronized (this) {
      armed = Optional.empty();
      lasting = Optional.empty();
    }
    for (Connection one : connections) one.close();
  }

  private synchronized Optional<Fault> strikes(Optional<Fault> fault) {
    if (fault.isEmpty() || !armed.equals(fault)) return Optional.empty();
    armed = Optional.empty();
    Kind kind = fault.get().kind();
    if (kind == Kind.HALF_OPEN || kind == Kind.HELLO_ONLY) lasting = Optional.of(kind);
    struck.countDown();
    return fault;
  }

  private synchronized Optional<Fault> armed() {
    return armed;
  }

  private synchronized boolean swallows(boolean hello) {
    return lasting.isPresent() && !(hello && lasting.get() == Kind.HELLO_ONLY);
  }

  private void accept() {
    while (server.isOpen())
      try {
        SocketChannel near = server.accept();
        var connection = new Connection(near, SocketChannel.open(StandardProtocolFamily.UNIX));
        connections.add(connection);
        connection.open();
      } catch (IOException _) {
        // Closed, or nobody is there: who has called is hung up on.
      }
  }

  private final class Connection {
    private final SocketChannel near;
    private final SocketChannel far;
    private Optional<Fault> meant = Optional.empty();
    private boolean hello;
    private final AtomicLong sinceThere = new AtomicLong();
    private final AtomicLong sinceBack = new AtomicLong();

    Connection(SocketChannel near, SocketChannel far) {
      this.near = near;
      this.far = far;
    }

    void open() throws IOException {
      try {
        far.connect(UnixDomainSocketAddress.of(to));
      } catch (IOException e) {
        close();
        throw e;
      }
      Thread.startVirtualThread(() -> carry(near, far, Way.THERE));
      Thread.startVirtualThread(() -> carry(far, near, Way.BACK));
    }

    void close() throws IOException {
      connections.remove(this);
      near.close();
      far.close();
    }

    private void carry(SocketChannel from, SocketChannel into, Way way) {
      try (from;
          into) {
        ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
        while (from.read(piece.clear()) >= 0) pass(piece.flip(), into, way);
      } catch (IOException | InterruptedException _) {
        // Either end has hung up, or the line is cut.
      } finally {
        connections.remove(this);
      }
    }

    private void pass(ByteBuffer piece, SocketChannel into, Way way)
        throws IOException, InterruptedException {
      if (way == Way.THERE) recognize(ISO_8859_1.decode(piece.duplicate()).toString());
      AtomicLong since = way == Way.THERE ? sinceThere : sinceBack;
      Optional<Fault> fault = meant().filter(one -> one.way() == way);
      long begin = since.getAndAdd(piece.limit());
      long at = fault.map(Fault::afterBytes).orElse(Long.MAX_VALUE) - begin;
      if (at >= 0 && at < piece.limit() && strikes(fault).isPresent())
        strike(fault.get().kind(), (int) at, piece, into, way);
      write(piece, into, way);
    }

    /** Requests of gateways begin a piece: each waits for the answer to the one before. */
    private synchronized void recognize(String text) {
      if (text.startsWith("GET ") || text.startsWith("P")) hello = text.startsWith(HELLO);
      Optional<Fault> fault = armed().filter(one -> one.isMeant(text));
      if (fault.isEmpty()) return;
      meant = fault;
      sinceThere.set(0);
      sinceBack.set(0);
    }

    private synchronized Optional<Fault> meant() {
      return meant;
    }

    private synchronized boolean isHello() {
      return hello;
    }

    private void strike(Kind kind, int at, ByteBuffer piece, SocketChannel into, Way way)
        throws IOException, InterruptedException {
      switch (kind) {
        case CUT -> {
          write(piece.duplicate().limit(at), into, way);
          close();
        }
        case DELAY -> Thread.sleep(DELAY_MILLIS); // the fault itself: no test waits by it
        case CORRUPT -> piece.put(at, (byte) (piece.get(at) ^ 4));
        case HALF_OPEN, HELLO_ONLY -> {}
      }
    }

    private void write(ByteBuffer piece, SocketChannel into, Way way) throws IOException {
      if (swallows(isHello())) return;
      counter(way).addAndGet(piece.remaining());
      while (piece.hasRemaining()) into.write(piece);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    heal();
  }
}
