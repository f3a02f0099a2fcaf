package dev.penstock.gateway.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.penstock.gateway.e2e.HandoffFault.Point;
import dev.penstock.gateway.e2e.HandoffFault.Step;
import dev.penstock.gateway.e2e.HandoffFault.Way;
import dev.penstock.gateway.e2e.HandoffStops.Held;
import io.vertx.core.json.JsonObject;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The line by which one gateway asks another, from a port of loopback to a unix socket. It knows
 * what of the peer API belongs to a hand-over, and stops where {@link HandoffStops} says.
 */
final class HandoffLine implements AutoCloseable {
  private static final int PIECE_BYTES = 64 << 10;

  /** After the head, and before the end of a stream that brings a block. */
  private static final int MIDDLE_BYTES = 3000;

  private static final String VOLUME = "/peer/v1/migration/volumes/vm";
  private static final String MESSAGE = "POST " + VOLUME + "/message ";
  private static final String STREAM = "PUT " + VOLUME + "/stream ";
  private static final Pattern REQUEST =
      Pattern.compile("(?:GET|POST|PUT) /peer.*", Pattern.DOTALL);
  private static final Pattern LENGTH =
      Pattern.compile("\r\ncontent-length: *([0-9]+)\r\n", Pattern.CASE_INSENSITIVE);

  private final ServerSocketChannel server;
  private final Path to;
  private final HandoffStops stops;
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private volatile boolean down;

  /** Goes to a socket that need not be there yet. */
  HandoffLine(Path to, HandoffStops stops) throws IOException {
    this.to = to;
    this.stops = stops;
    this.server =
        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread.startVirtualThread(this::accept);
  }

  String address() throws IOException {
    return "http://127.0.0.1:%d"
        .formatted(((InetSocketAddress) server.getLocalAddress()).getPort());
  }

  /** Ends every connection; who comes is hung up on until it is mended. */
  void cut() {
    down = true;
    connections.forEach(Connection::close);
  }

  void mend() {
    down = false;
  }

  private void accept() {
    while (server.isOpen())
      try {
        SocketChannel near = server.accept();
        if (down) near.close();
        else new Connection(near, SocketChannel.open(StandardProtocolFamily.UNIX)).open();
      } catch (IOException _) {
        // Closed, or nobody is there: who has called is hung up on.
      }
  }

  private final class Connection {
    private final SocketChannel near;
    private final SocketChannel far;
    private volatile Optional<Step> step = Optional.empty();
    private volatile boolean answers;

    /** What was held goes to its end, whether anybody waits for the answer or not. */
    private volatile boolean late;

    private byte[] request = {};
    private long passedBytes;

    Connection(SocketChannel near, SocketChannel far) {
      this.near = near;
      this.far = far;
    }

    void open() throws IOException {
      connections.add(this);
      try {
        far.connect(UnixDomainSocketAddress.of(to));
      } catch (IOException e) {
        close();
        throw e;
      }
      Thread.startVirtualThread(this::there);
      Thread.startVirtualThread(this::back);
    }

    void close() {
      connections.remove(this);
      try (near;
          far) {
        // Both, whatever happens to the first.
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private void there() {
      ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
      try {
        while (near.read(piece.clear()) >= 0) asked(piece.flip());
        if (!late) close();
      } catch (IOException _) {
        close();
      }
    }

    private void back() {
      ByteBuffer piece = ByteBuffer.allocate(PIECE_BYTES);
      try {
        while (far.read(piece.clear()) >= 0) answered(piece.flip());
      } catch (IOException _) {
        // Either end has hung up, or the line is cut.
      } finally {
        close();
      }
    }

    /** Requests of gateways begin a piece: each waits for the answer to the one before. */
    private void asked(ByteBuffer piece) throws IOException {
      ByteBuffer passing = piece;
      if (REQUEST.matcher(text(piece)).matches()) {
        passing = text(piece).startsWith(MESSAGE) ? whole(piece) : piece;
        begin(passing);
      }
      long at = (isStream() ? MIDDLE_BYTES : 0) - passedBytes;
      passedBytes += passing.remaining();
      if (at >= 0 && at < passing.remaining()) {
        write(passing.slice(0, (int) at), far);
        passing.position((int) at);
        stopAt(Way.ASKED);
      }
      write(passing, far);
    }

    private void answered(ByteBuffer piece) throws IOException {
      if (!answers) {
        answers = true;
        stopAt(Way.ANSWERED);
      }
      write(piece, near);
    }

    private void begin(ByteBuffer piece) {
      passedBytes = 0;
      answers = false;
      step = step(text(piece));
      request = new byte[piece.remaining()];
      piece.duplicate().get(request);
    }

    private Optional<Step> step(String text) {
      if (text.startsWith(STREAM))
        return Optional.of(stops.isFrozen() ? Step.LAST_STREAM : Step.ROUND);
      if (!text.startsWith(MESSAGE)) return Optional.empty();
      var said = new JsonObject(text.substring(text.indexOf("\r\n\r\n")));
      String what = said.getString("what").toUpperCase(Locale.ROOT);
      return what.equals("CLAIM") ? Optional.empty() : Optional.of(Step.valueOf(what));
    }

    private boolean isStream() {
      return step.filter(one -> one == Step.ROUND || one == Step.LAST_STREAM).isPresent();
    }

    /** A message with all of its body. */
    private ByteBuffer whole(ByteBuffer piece) throws IOException {
      ByteBuffer all = ByteBuffer.allocate(PIECE_BYTES).put(piece);
      while (all.position() < length(text(all.duplicate().flip())))
        if (near.read(all) < 0) throw new EOFException("in the middle of a message");
      return all.flip();
    }

    private static int length(String text) {
      int head = text.indexOf("\r\n\r\n");
      Matcher length = LENGTH.matcher(text);
      if (head < 0 || !length.find()) return Integer.MAX_VALUE;
      return head + 4 + Integer.parseInt(length.group(1));
    }

    private void stopAt(Way way) throws IOException {
      Optional<Step> here = step;
      if (here.isEmpty()) return;
      byte[] all = isStream() ? new byte[0] : request;
      Optional<Held> held = stops.reached(new Point(here.get(), way), () -> deliver(all));
      if (held.isEmpty()) return;
      late = true;
      if (!held.get().passes()) throw new IOException("it is lost");
    }

    private static void write(ByteBuffer bytes, SocketChannel into) throws IOException {
      while (bytes.hasRemaining()) into.write(bytes);
    }
  }

  private static String text(ByteBuffer bytes) {
    return ISO_8859_1.decode(bytes.duplicate()).toString();
  }

  /** On a connection of its own, and waits until it was answered; if anybody is there. */
  private void deliver(byte[] request) {
    if (request.length == 0) return;
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(to));
      Connection.write(ByteBuffer.wrap(request), channel);
      channel.read(ByteBuffer.allocate(PIECE_BYTES));
    } catch (IOException _) {
      // Then it has not come a second time.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    cut();
  }
}
