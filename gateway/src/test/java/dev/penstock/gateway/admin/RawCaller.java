package dev.penstock.gateway.admin;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** A caller who minds every byte that he sends and reads, and need not be polite. */
final class RawCaller implements AutoCloseable {
  private static final int READ_LIMIT_MILLIS = 10_000;

  private final Socket socket;

  private RawCaller(Socket socket) {
    this.socket = socket;
  }

  static RawCaller tcp(int port) {
    return tcp(port, 0);
  }

  /**
   * @param receiveBytes how much the kernel takes for a caller who does not read; 0 for its own
   *     idea
   */
  static RawCaller tcp(int port, int receiveBytes) {
    try {
      var socket = new Socket();
      if (receiveBytes > 0) socket.setReceiveBufferSize(receiveBytes);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.setSoTimeout(READ_LIMIT_MILLIS);
      return new RawCaller(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  RawCaller send(String text) {
    try {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether the gateway still takes bytes. */
  boolean takes(String text) {
    try {
      socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Everything until the gateway ends the connection, gently or not. */
  String readAll() {
    var all = new ByteArrayOutputStream();
    try {
      socket.getInputStream().transferTo(all);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("the connection is still open after: " + all, e);
    } catch (SocketException e) {
      // A reset: what came before it is what there is.
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  Answer answer() {
    return Answer.parse(readAll());
  }

  /** Reads until the text was seen, and answers all that came. */
  String readUntil(String wanted) {
    var all = new ByteArrayOutputStream();
    try {
      while (!all.toString(StandardCharsets.UTF_8).contains(wanted)) {
        int b = socket.getInputStream().read();
        if (b < 0) throw new AssertionError("ended before \"" + wanted + "\": " + all);
        all.write(b);
      }
    } catch (IOException e) {
      throw new AssertionError("no \"" + wanted + "\" in: " + all, e);
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  /** Reads so many bytes, or fewer if the connection ends. */
  int skip(int bytes) {
    try {
      return socket.getInputStream().readNBytes(bytes).length;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
