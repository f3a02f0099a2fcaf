package dev.penstock.gateway.e2e;

import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * As little of an NBD client as a test needs that wants to misbehave: fixed newstyle, simple
 * replies, one request at a time. NBD protocol document, "Newstyle negotiation" and "Transmission
 * phase".
 */
final class NbdClient implements AutoCloseable {
  static final int READ = 0;
  static final int WRITE = 1;
  static final int DISC = 2;
  static final int FLUSH = 3;
  static final int TRIM = 4;
  static final int WRITE_ZEROES = 6;

  static final int FUA = 1;
  static final int FAST_ZERO = 16;

  static final int OPTION_EXPORT_NAME = 1;
  static final int OPTION_ABORT = 2;
  static final int OPTION_GO = 7;
  static final int ACK = 1;
  static final int UNSUPPORTED = 0x80000001;
  static final int INVALID = 0x80000003;
  static final int UNKNOWN_EXPORT = 0x80000006;

  private static final long NBDMAGIC = 0x4e42444d41474943L;
  private static final long IHAVEOPT = 0x49484156454f5054L;
  private static final long OPTION_REPLY = 0x3e889045565a9L;
  private static final int REQUEST = 0x25609513;
  private static final int SIMPLE_REPLY = 0x67446698;

  private final SocketChannel channel;
  private long cookie;

  private NbdClient(SocketChannel channel) {
    this.channel = channel;
  }

  /** Connected, and nothing said. */
  static NbdClient raw(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      channel.connect(UnixDomainSocketAddress.of(socket));
      return new NbdClient(channel);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** In the transmission phase of an export. */
  static NbdClient connect(Path socket, String export) throws IOException {
    NbdClient client = raw(socket);
    try {
      client.greet();
      int answer = client.go(export);
      if (answer != ACK) throw new IOException("GO %s: 0x%x".formatted(export, answer));
      return client;
    } catch (IOException e) {
      client.close();
      throw e;
    }
  }

  void greet() throws IOException {
    ByteBuffer greeting = receive(18);
    if (greeting.getLong() != NBDMAGIC || greeting.getLong() != IHAVEOPT)
      throw new IOException("no NBD server");
    send(ByteBuffer.allocate(4).putInt(3)); // FIXED_NEWSTYLE, NO_ZEROES
  }

  /** Asks for an export, and says how the option was answered in the end. */
  int go(String export) throws IOException {
    byte[] name = export.getBytes(StandardCharsets.UTF_8);
    return option(
        OPTION_GO,
        ByteBuffer.allocate(6 + name.length).putInt(name.length).put(name).putShort((short) 0));
  }

  /** Sends an option with the data of a filled buffer, and says how it was answered in the end. */
  int option(int code, ByteBuffer filled) throws IOException {
    int length = filled.position();
    send(ByteBuffer.allocate(16).putLong(IHAVEOPT).putInt(code).putInt(length));
    send(filled);
    while (true) {
      ByteBuffer head = receive(20);
      if (head.getLong() != OPTION_REPLY || head.getInt() != code)
        throw new IOException("out of step");
      int type = head.getInt();
      receive(head.getInt());
      if (type == ACK || type < 0) return type;
    }
  }

  /** The error of the reply, 0 for none. */
  int write(long offset, byte[] bytes, int flags) throws IOException {
    send(request(WRITE, flags, offset, bytes.length));
    send(ByteBuffer.allocate(bytes.length).put(bytes));
    return reply();
  }

  int flush() throws IOException {
    send(request(FLUSH, 0, 0, 0));
    return reply();
  }

  byte[] read(long offset, int length) throws IOException {
    send(request(READ, 0, offset, length));
    int error = reply();
    if (error != 0) throw new IOException("read: error " + error);
    return receive(length).array();
  }

  /** Any request without data, and the error it is answered with. */
  int ask(int command, long offset, int length) throws IOException {
    return ask(command, 0, offset, length);
  }

  int ask(int command, int flags, long offset, int length) throws IOException {
    send(request(command, flags, offset, length));
    return reply();
  }

  ByteBuffer request(int command, int flags, long offset, int length) {
    return ByteBuffer.allocate(28)
        .putInt(REQUEST)
        .putShort((short) flags)
        .putShort((short) command)
        .putLong(++cookie)
        .putLong(offset)
        .putInt(length);
  }

  int reply() throws IOException {
    ByteBuffer reply = receive(16);
    if (reply.getInt() != SIMPLE_REPLY) throw new IOException("out of step");
    int error = reply.getInt();
    if (reply.getLong() != cookie) throw new IOException("a reply to somebody else's request");
    return error;
  }

  /** Sends a buffer that was filled and not flipped. */
  void send(ByteBuffer filled) throws IOException {
    filled.flip();
    while (filled.hasRemaining()) channel.write(filled);
  }

  /** Waits until the server ends the connection, and reads whatever it says before. */
  void awaitEnd() throws IOException {
    ByteBuffer ignored = ByteBuffer.allocate(4096);
    try {
      while (channel.read(ignored.clear()) >= 0) {}
    } catch (IOException reset) {
      if (!String.valueOf(reset.getMessage()).contains("reset")) throw reset;
    }
  }

  ByteBuffer receive(int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining())
      if (channel.read(buffer) < 0) throw new EOFException("the server closed the connection");
    return buffer.flip();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
