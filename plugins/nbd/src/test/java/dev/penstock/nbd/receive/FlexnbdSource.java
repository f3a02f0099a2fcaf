package dev.penstock.nbd.receive;

import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Wire;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;

/**
 * A stand-in for flexnbd's mirror: it reads the hello, sends writes one after the other, and
 * disconnects. A bad one stops wherever a test wants.
 */
final class FlexnbdSource implements AutoCloseable {
  static final int HELLO_BYTES = 152;

  /** Their mirror's own. */
  static final long HANDLE = 0x2e4d4952524f522eL; // .MIRROR.

  final Socket socket = new Socket();
  final DataInputStream in;
  final DataOutputStream out;

  FlexnbdSource(int port) throws IOException {
    this(port, "127.0.0.1");
  }

  /** From one of this machine's addresses. */
  FlexnbdSource(int port, String from) throws IOException {
    socket.bind(new InetSocketAddress(from, 0));
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    in = new DataInputStream(socket.getInputStream());
    out = new DataOutputStream(socket.getOutputStream());
  }

  /** The hello, or as much of it as came before the end. */
  byte[] hello() throws IOException {
    return in.readNBytes(HELLO_BYTES);
  }

  /** One that has been let in. */
  static FlexnbdSource letIn(int port) throws IOException {
    var source = new FlexnbdSource(port);
    if (source.hello().length != HELLO_BYTES) throw new EOFException("rejected");
    return source;
  }

  void header(Command command, long offset, long lengthBytes) throws IOException {
    header(Wire.REQUEST_MAGIC, command.code(), offset, lengthBytes);
  }

  void header(int magic, int command, long offset, long lengthBytes) throws IOException {
    var bytes = new java.io.ByteArrayOutputStream(Wire.REQUEST_BYTES);
    var data = new DataOutputStream(bytes);
    data.writeInt(magic);
    data.writeShort(0);
    data.writeShort(command);
    data.writeLong(HANDLE);
    data.writeLong(offset);
    data.writeInt((int) lengthBytes);
    out.write(bytes.toByteArray());
  }

  /** Reads a reply; its error. */
  int reply() throws IOException {
    int magic = in.readInt();
    int error = in.readInt();
    long handle = in.readLong();
    if (magic != Wire.SIMPLE_REPLY_MAGIC || handle != HANDLE) throw new IOException("no reply");
    return error;
  }

  int write(long offset, byte[] bytes) throws IOException {
    return write(offset, bytes, 0, bytes.length);
  }

  int write(long offset, byte[] bytes, int from, int length) throws IOException {
    header(Command.WRITE, offset, length);
    out.write(bytes, from, length);
    return reply();
  }

  /** A bulk pass, in writes of 8 MiB at most. */
  void writeAll(byte[] all) throws IOException {
    int step = 8 << 20;
    for (int at = 0; at < all.length; at += step)
      if (write(at, all, at, Math.min(step, all.length - at)) != 0) throw new IOException("error");
  }

  byte[] read(long offset, int length) throws IOException {
    header(Command.READ, offset, length);
    if (reply() != 0) throw new IOException("error");
    return in.readNBytes(length);
  }

  int flush() throws IOException {
    header(Command.FLUSH, 0, 0);
    return reply();
  }

  void disconnect() throws IOException {
    header(Command.DISC, 0, 0);
  }

  /** Until the other side has closed. Whether nothing came before. */
  boolean isClosed() throws IOException {
    try {
      return in.read() == -1;
    } catch (java.net.SocketException reset) {
      return true;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
