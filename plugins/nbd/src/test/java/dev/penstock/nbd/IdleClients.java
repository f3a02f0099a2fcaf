package dev.penstock.nbd;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A program that is many clients with nothing to do: {@code HOST PORT COUNT EXPORT}. For each line
 * that it reads it has every one of them read a byte of its export, and writes how many could.
 * Needs no class but itself; ends with its input.
 */
final class IdleClients {
  private static final int GREETING_BYTES = 18;
  private static final int AGREED_BYTES = 10;
  private static final int REPLY_BYTES = 16 + 1;

  private IdleClients() {}

  public static void main(String[] args) throws IOException {
    var server = new InetSocketAddress(args[0], Integer.parseInt(args[1]));
    int count = Integer.parseInt(args[2]);
    List<SocketChannel> clients = new ArrayList<>();
    while (clients.size() < count) clients.add(connect(server, args[3]));
    System.out.println(clients.size());

    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    while (lines.readLine() != null) System.out.println(whoCanRead(clients));
  }

  private static SocketChannel connect(SocketAddress server, String export) throws IOException {
    SocketChannel client = SocketChannel.open(server);
    byte[] name = export.getBytes(StandardCharsets.UTF_8);
    ByteBuffer choice = ByteBuffer.allocate(4 + 16 + name.length);
    choice.putInt(3).putLong(0x49484156454F5054L).putInt(1).putInt(name.length).put(name);
    send(client, choice.flip());
    if (!receive(client, GREETING_BYTES + AGREED_BYTES)) throw new IOException("refused");
    return client;
  }

  private static int whoCanRead(List<SocketChannel> clients) {
    for (SocketChannel client : clients) {
      ByteBuffer read = ByteBuffer.allocate(28);
      read.putInt(0x25609513).putShort((short) 0).putShort((short) 0);
      read.putLong(1).putLong(0).putInt(1);
      try {
        send(client, read.flip());
      } catch (IOException _) {
        // It is counted when it cannot receive, either.
      }
    }
    int usable = 0;
    for (SocketChannel client : clients) {
      try {
        if (receive(client, REPLY_BYTES)) usable++;
      } catch (IOException _) {
        // This one was cut.
      }
    }
    return usable;
  }

  private static void send(SocketChannel client, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) client.write(bytes);
  }

  private static boolean receive(SocketChannel client, int bytes) throws IOException {
    ByteBuffer into = ByteBuffer.allocate(bytes);
    while (into.hasRemaining()) if (client.read(into) < 0) return false;
    return true;
  }
}
