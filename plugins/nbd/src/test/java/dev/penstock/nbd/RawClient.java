package dev.penstock.nbd;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Option;
import dev.penstock.nbd.wire.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/**
 * A client that sends what a test wants, byte by byte, and reads what comes. Each wait ends with
 * the test's own limit: the socket blocks, and the server of a test always answers or closes.
 */
public final class RawClient implements AutoCloseable {
  /** A simple reply: the error number, and whose it is. */
  public record Reply(int error, long cookie) {}

  /** One chunk of a structured reply. */
  public record Chunk(boolean done, int type, long cookie, ByteBuffer payload) {
    public byte[] bytes() {
      byte[] bytes = new byte[payload.remaining()];
      payload.get(payload.position(), bytes);
      return bytes;
    }
  }

  private final SocketChannel socket;

  private RawClient(SocketChannel socket) {
    this.socket = socket;
  }

  static RawClient to(SocketAddress address) {
    try {
      var client = new RawClient(SocketChannel.open(address));
      assertThat(client.readLong()).isEqualTo(Wire.NBDMAGIC);
      assertThat(client.readLong()).isEqualTo(Wire.IHAVEOPT);
      client.read(2);
      return client;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A client of an old-style listener, which has read the hello. */
  static RawClient oldStyleTo(SocketAddress address) {
    try {
      var client = new RawClient(SocketChannel.open(address));
      client.read(152);
      return client;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Chooses an export in the plainest way; simple replies follow. */
  public RawClient exportName(String export) {
    send(
        new ClientBytes()
            .fixedNoZeroes()
            .option(Option.EXPORT_NAME, export.getBytes(StandardCharsets.UTF_8)));
    read(8 + 2);
    return this;
  }

  /** Chooses an export with structured replies and base:allocation. */
  public RawClient structured(String export) {
    return inChunks(Option.STRUCTURED_REPLY, export);
  }

  /** Chooses an export with extended headers and base:allocation. */
  public RawClient extended(String export) {
    return inChunks(Option.EXTENDED_HEADERS, export);
  }

  private RawClient inChunks(Option dialect, String export) {
    send(
        new ClientBytes()
            .fixedNoZeroes()
            .option(dialect)
            .setContext(export, "base:allocation")
            .go(export));
    while (true) {
      int option = ByteBuffer.wrap(read(12)).getInt(8);
      int type = readInt();
      read(readInt());
      assertThat(type).as("reply to option %d", option).isPositive();
      if (option == Option.GO.code() && type == Wire.REP_ACK) return this;
    }
  }

  public RawClient send(ClientBytes bytes) {
    return send(bytes.toBytes());
  }

  public RawClient send(byte... bytes) {
    try {
      ByteBuffer left = ByteBuffer.wrap(bytes);
      while (left.hasRemaining()) socket.write(left);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends a request without payload and reads its simple reply. */
  public Reply call(Command command, long offset, long lengthBytes) {
    return call(0, command.code(), offset, lengthBytes);
  }

  public Reply call(int flags, int command, long offset, long lengthBytes) {
    send(new ClientBytes().request(flags, command, 77, offset, lengthBytes));
    Reply reply = reply();
    assertThat(reply.cookie()).isEqualTo(77);
    return reply;
  }

  public Reply write(long offset, byte... data) {
    send(new ClientBytes().write(78, offset, data));
    return reply();
  }

  /** Sends a READ and reads its simple reply and data. */
  public byte[] readData(long offset, int lengthBytes) {
    Reply reply = call(Command.READ, offset, lengthBytes);
    assertThat(reply.error()).isZero();
    return read(lengthBytes);
  }

  public Reply reply() {
    assertThat(readInt()).isEqualTo(Wire.SIMPLE_REPLY_MAGIC);
    int error = readInt();
    return new Reply(error, readLong());
  }

  public Chunk chunk() {
    assertThat(readInt()).isEqualTo(Wire.STRUCTURED_REPLY_MAGIC);
    ByteBuffer rest = ByteBuffer.wrap(read(Wire.CHUNK_BYTES - 4));
    boolean done = (rest.getShort() & Wire.CHUNK_FLAG_DONE) != 0;
    int type = Short.toUnsignedInt(rest.getShort());
    long cookie = rest.getLong();
    return new Chunk(done, type, cookie, ByteBuffer.wrap(read(rest.getInt())));
  }

  /** A chunk under an extended header. */
  public Chunk extendedChunk(long offset) {
    assertThat(readInt()).isEqualTo(Wire.EXTENDED_REPLY_MAGIC);
    ByteBuffer rest = ByteBuffer.wrap(read(Wire.EXTENDED_CHUNK_BYTES - 4));
    boolean done = (rest.getShort() & Wire.CHUNK_FLAG_DONE) != 0;
    int type = Short.toUnsignedInt(rest.getShort());
    long cookie = rest.getLong();
    assertThat(rest.getLong()).as("the request's offset").isEqualTo(offset);
    return new Chunk(done, type, cookie, ByteBuffer.wrap(read(Math.toIntExact(rest.getLong()))));
  }

  public byte[] read(int bytes) {
    ByteBuffer into = ByteBuffer.allocate(bytes);
    try {
      while (into.hasRemaining()) {
        if (socket.read(into) < 0) {
          throw new AssertionError("closed after %d of %d bytes".formatted(into.position(), bytes));
        }
      }
      return into.array();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int readInt() {
    return ByteBuffer.wrap(read(4)).getInt();
  }

  public long readLong() {
    return ByteBuffer.wrap(read(8)).getLong();
  }

  /** Reads to the end of the stream; a reset is an end as well. */
  public int readToEnd() {
    ByteBuffer into = ByteBuffer.allocate(64 << 10);
    int all = 0;
    try {
      for (int n = socket.read(into); n >= 0; n = socket.read(into.clear())) all += n;
    } catch (IOException _) {
      // The server closed while more was on its way to it.
    }
    return all;
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
