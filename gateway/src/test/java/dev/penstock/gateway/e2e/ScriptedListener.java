package dev.penstock.gateway.e2e;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * A stand-in for flexnbd's listen mode that misbehaves on its first connection, in one way, and
 * then behaves: one source at a time, and the disconnect message ends it. Full of rubbish at first.
 */
final class ScriptedListener implements AutoCloseable {
  private static final int DISC = 2;
  private static final int WRITE = 1;

  /** What happens on the first connection. */
  enum Trouble {
    NONE,
    SILENT,
    CLOSES_AT_ONCE,
    OTHER_SIZE,
    NO_NBD,
    CLOSES_AFTER_THE_HELLO,
    ANSWERS_WITH_AN_ERROR,
    CLOSES_BEFORE_ITS_REPLY,
    REPLIES_WITH_ANOTHER_MAGIC,
    CLOSES_BEFORE_THE_LAST_WORD,
    STAYS_AFTER_THE_LAST_WORD
  }

  final byte[] disk;
  private final Trouble trouble;
  private final ServerSocket listener;
  private final List<Socket> sockets = new ArrayList<>();
  private final CountDownLatch told = new CountDownLatch(1);
  private final CountDownLatch over = new CountDownLatch(1);
  private int connections;
  private int flushes;

  ScriptedListener(int sizeBytes, Trouble trouble) throws IOException {
    this.disk = new byte[sizeBytes];
    java.util.Arrays.fill(disk, (byte) 0x55);
    this.trouble = trouble;
    this.listener = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  String uri() {
    return "flexnbd://127.0.0.1:" + listener.getLocalPort();
  }

  synchronized int connections() {
    return connections;
  }

  boolean isTold() {
    return told.getCount() == 0;
  }

  private void accept() {
    try {
      while (true) {
        Socket socket = listener.accept();
        Trouble now = admitted(socket) == 1 ? trouble : Trouble.NONE;
        try (socket) {
          serve(socket, now);
        } catch (IOException _) {
          // the source left
        }
      }
    } catch (IOException _) {
      // closed
    }
  }

  private synchronized int admitted(Socket socket) {
    sockets.add(socket);
    return ++connections;
  }

  private void serve(Socket socket, Trouble now) throws IOException {
    var in = new DataInputStream(socket.getInputStream());
    var out = new DataOutputStream(socket.getOutputStream());
    switch (now) {
      case SILENT -> in.read();
      case CLOSES_AT_ONCE -> {}
      case OTHER_SIZE -> {
        hello(out, disk.length + 512);
        in.read();
      }
      case NO_NBD -> {
        out.write(new byte[152]);
        in.read();
      }
      case CLOSES_AFTER_THE_HELLO -> hello(out, disk.length);
      default -> {
        hello(out, disk.length);
        requests(in, out, now);
      }
    }
  }

  private static void hello(DataOutputStream out, long sizeBytes) throws IOException {
    out.writeLong(0x4e42444d41474943L);
    out.writeLong(0x0000420281861253L);
    out.writeLong(sizeBytes);
    out.writeInt(13);
    out.write(new byte[124]);
  }

  private void requests(DataInputStream in, DataOutputStream out, Trouble now) throws IOException {
    while (true) {
      if (in.readInt() != 0x25609513) throw new IOException("no request");
      in.readUnsignedShort();
      int type = in.readUnsignedShort();
      long cookie = in.readLong();
      long offset = in.readLong();
      int length = in.readInt();
      if (type == DISC) {
        if (now == Trouble.CLOSES_BEFORE_THE_LAST_WORD) throw new AssertionError("it was told");
        told.countDown();
        if (now == Trouble.STAYS_AFTER_THE_LAST_WORD) stay();
        return;
      }
      int error = 0;
      int magic = 0x67446698;
      if (type == WRITE) {
        in.readFully(disk, (int) offset, length);
        switch (now) {
          case CLOSES_BEFORE_ITS_REPLY -> throw new EOFException();
          case ANSWERS_WITH_AN_ERROR -> error = 28;
          case REPLIES_WITH_ANOTHER_MAGIC -> magic = 0;
          default -> {}
        }
      }
      out.writeInt(magic);
      out.writeInt(error);
      out.writeLong(cookie);
      // Its last reply: of the flush that the disconnect message would follow.
      if (type != WRITE && now == Trouble.CLOSES_BEFORE_THE_LAST_WORD && ++flushes == 2) return;
    }
  }

  private void stay() {
    try {
      over.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public synchronized void close() {
    over.countDown();
    try {
      listener.close();
      for (Socket socket : sockets) socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
