package dev.penstock.nbd.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.Wire;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An NBD server that does to each connection what a test wrote for it: the first script to the
 * first, and the last one to all that follow. What a script throws ends its connection.
 *
 * <p>It answers from {@link #disk}, on a loopback port.
 */
public final class FakeServer implements AutoCloseable {
  public static final int FLAGS =
      Wire.EXPORT_HAS_FLAGS | Wire.EXPORT_SEND_FLUSH | Wire.EXPORT_SEND_FUA | Wire.EXPORT_SEND_TRIM;

  /** No test looks at more; a contract test would fill the memory. */
  private static final int SEEN_MAX = 200;

  /** What happens on one connection. */
  public interface Script {
    void play(Session session) throws IOException;
  }

  /** A request as it came, and its bytes. */
  public record Seen(
      Command command, int flags, long cookie, long offset, int lengthBytes, ByteBuffer raw) {
    public byte[] payload() {
      byte[] payload = new byte[raw.capacity() - Wire.REQUEST_BYTES];
      raw.get(Wire.REQUEST_BYTES, payload);
      return payload;
    }
  }

  public final byte[] disk;
  public final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final List<Script> scripts;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final ServerSocket listener;
  private final AtomicInteger connections = new AtomicInteger();
  private final CountDownLatch over = new CountDownLatch(1);

  private FakeServer(int sizeBytes, List<Script> scripts) {
    this.disk = new byte[sizeBytes];
    this.scripts = scripts;
    for (int i = 0; i < sizeBytes; i++) disk[i] = (byte) (i * 31 + i / 251);
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  public static FakeServer of(int sizeBytes, Script... scripts) {
    return new FakeServer(sizeBytes, List.of(scripts));
  }

  /** Negotiates and then does everything that is asked. */
  public static Script serve() {
    return session -> {
      session.greet();
      session.serve();
    };
  }

  /** Negotiates, does the first requests, and then something else. */
  public static Script serveThen(int requests, Script then) {
    return session -> {
      session.greet();
      for (int i = 0; i < requests; i++) session.answer(session.next());
      then.play(session);
    };
  }

  public String uri() {
    return "nbd://127.0.0.1:%d/x".formatted(listener.getLocalPort());
  }

  public String uriWithoutName() {
    return "nbd://127.0.0.1:%d".formatted(listener.getLocalPort());
  }

  public int connections() {
    return connections.get();
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        socket.setTcpNoDelay(true);
        sockets.add(socket);
        Script script = scripts.get(Math.min(connections.getAndIncrement(), scripts.size() - 1));
        Thread.ofVirtual().start(() -> play(socket, script));
      }
    } catch (IOException _) {
      // closed
    }
  }

  private void play(Socket socket, Script script) {
    try (socket) {
      script.play(new Session(socket));
    } catch (IOException _) {
      // the other side left
    }
  }

  /** Ends every connection there is. */
  public void cut() {
    for (Socket socket : sockets) {
      try {
        socket.close();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    sockets.clear();
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    over.countDown();
    cut();
  }

  /** One connection, on a thread of its own. */
  public final class Session {
    public final DataInputStream in;
    public final DataOutputStream out;
    private final Socket socket;
    public long sizeBytes = disk.length;
    public int flags = FLAGS;
    public boolean structured;

    /** Block sizes that are advertised: least, preferred, most; none if empty. */
    public int[] blocks = {};

    public boolean allocation;

    Session(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new DataInputStream(socket.getInputStream());
      this.out = new DataOutputStream(socket.getOutputStream());
    }

    public byte[] disk() {
      return disk;
    }

    public Session size(long bytes) {
      sizeBytes = bytes;
      return this;
    }

    public Session flags(int all) {
      flags = all;
      return this;
    }

    public Session structured() {
      structured = true;
      return this;
    }

    /** From now on every byte goes out alone. */
    public DataOutputStream byteByByte() {
      return new DataOutputStream(
          new OutputStream() {
            @Override
            public void write(int b) throws IOException {
              out.write(b);
              out.flush();
            }
          });
    }

    public void close() throws IOException {
      socket.close();
    }

    /** As a process that is killed with something unread: the other side is told of a reset. */
    public void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    /** Reads nothing more, and holds the connection open until the server is closed. */
    public void hang() {
      try {
        over.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    public void oldStyle() throws IOException {
      out.writeLong(Wire.NBDMAGIC);
      out.writeLong(ClientHandshake.OLD_STYLE_MAGIC);
      out.writeLong(sizeBytes);
      out.writeInt(flags);
      out.write(new byte[124]);
    }

    /** Fixed newstyle, up to the first request. */
    public void greet() throws IOException {
      out.writeLong(Wire.NBDMAGIC);
      out.writeLong(Wire.IHAVEOPT);
      out.writeShort(Wire.FLAG_FIXED_NEWSTYLE | Wire.FLAG_NO_ZEROES);
      in.readInt();
      while (true) {
        in.readLong();
        int option = in.readInt();
        in.readNBytes(in.readInt());
        switch (Option.of(option)) {
          case STRUCTURED_REPLY -> reply(option, structured ? Wire.REP_ACK : unsupported());
          case SET_META_CONTEXT -> {
            if (allocation) reply(option, Wire.REP_META_CONTEXT, context());
            reply(option, Wire.REP_ACK);
          }
          case GO -> {
            reply(option, Wire.REP_INFO, exportInfo());
            if (blocks.length > 0) reply(option, Wire.REP_INFO, blockInfo());
            reply(option, Wire.REP_ACK);
            return;
          }
          default -> reply(option, unsupported());
        }
      }
    }

    private static int unsupported() {
      return dev.penstock.nbd.wire.OptionError.UNSUP.code();
    }

    public void reply(int option, int type, byte... data) throws IOException {
      out.writeLong(Wire.OPTION_REPLY_MAGIC);
      out.writeInt(option);
      out.writeInt(type);
      out.writeInt(data.length);
      out.write(data);
    }

    private byte[] exportInfo() throws IOException {
      var bytes = new ByteArrayOutputStream();
      var data = new DataOutputStream(bytes);
      data.writeShort(Wire.INFO_EXPORT);
      data.writeLong(sizeBytes);
      data.writeShort(flags);
      return bytes.toByteArray();
    }

    private byte[] blockInfo() throws IOException {
      var bytes = new ByteArrayOutputStream();
      var data = new DataOutputStream(bytes);
      data.writeShort(Wire.INFO_BLOCK_SIZE);
      for (int block : blocks) data.writeInt(block);
      return bytes.toByteArray();
    }

    private byte[] context() throws IOException {
      var bytes = new ByteArrayOutputStream();
      var data = new DataOutputStream(bytes);
      data.writeInt(7);
      data.write(ClientHandshake.ALLOCATION.getBytes(UTF_8));
      return bytes.toByteArray();
    }

    /** The header of the next request alone; its payload stays in the socket. */
    public Seen header() throws IOException {
      byte[] raw = in.readNBytes(Wire.REQUEST_BYTES);
      if (raw.length < Wire.REQUEST_BYTES) throw new IOException("the client left");
      var header = new DataInputStream(new java.io.ByteArrayInputStream(raw));
      if (header.readInt() != Wire.REQUEST_MAGIC) throw new AssertionError("no request");
      int commandFlags = header.readUnsignedShort();
      Command command = Command.of(header.readUnsignedShort());
      return new Seen(
          command,
          commandFlags,
          header.readLong(),
          header.readLong(),
          header.readInt(),
          ByteBuffer.wrap(raw));
    }

    /** The next request, whole, which is noted. */
    public Seen next() throws IOException {
      Seen header = header();
      var raw = ByteBuffer.allocate(Wire.REQUEST_BYTES + payloadBytes(header));
      raw.put(0, header.raw(), 0, Wire.REQUEST_BYTES);
      if (header.command() == Command.WRITE) {
        byte[] payload = in.readNBytes(header.lengthBytes());
        if (payload.length < header.lengthBytes()) throw new IOException("the client left");
        raw.put(Wire.REQUEST_BYTES, payload);
      }
      if (header.command() == Command.DISC) throw new IOException("the client said that it leaves");
      Seen whole =
          new Seen(
              header.command(),
              header.flags(),
              header.cookie(),
              header.offset(),
              header.lengthBytes(),
              raw);
      if (seen.size() < SEEN_MAX) seen.add(whole);
      return whole;
    }

    private static int payloadBytes(Seen header) {
      return header.command() == Command.WRITE ? header.lengthBytes() : 0;
    }

    public void serve() throws IOException {
      while (true) answer(next());
    }

    public void answer(Seen request) throws IOException {
      int at = (int) request.offset();
      if (request.command() == Command.WRITE)
        System.arraycopy(request.payload(), 0, disk, at, request.lengthBytes());
      simple(out, 0, request.cookie());
      if (request.command() == Command.READ) out.write(disk, at, request.lengthBytes());
      out.flush();
    }

    public void fail(Seen request, int error) throws IOException {
      simple(out, error, request.cookie());
    }

    public static void simple(DataOutputStream to, int error, long cookie) throws IOException {
      to.writeInt(Wire.SIMPLE_REPLY_MAGIC);
      to.writeInt(error);
      to.writeLong(cookie);
    }

    public void chunk(DataOutputStream to, boolean last, int type, long cookie, byte... payload)
        throws IOException {
      to.writeInt(Wire.STRUCTURED_REPLY_MAGIC);
      to.writeShort(last ? Wire.CHUNK_FLAG_DONE : 0);
      to.writeShort(type);
      to.writeLong(cookie);
      to.writeInt(payload.length);
      to.write(payload);
    }
  }
}
