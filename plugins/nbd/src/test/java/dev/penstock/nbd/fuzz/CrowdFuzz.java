package dev.penstock.nbd.fuzz;

import dev.penstock.nbd.transmit.InClear;
import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Option;
import dev.penstock.spi.testing.MemoryVolume;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;

/**
 * Several clients that keep to the protocol, and share a budget and a volume that is frozen now and
 * then. They send half of something, do not read, hang, leave and vanish, as the input says: it is
 * a list of moves, a few bytes each.
 */
public final class CrowdFuzz {
  private static final int SEATS = 4;
  private static final int[] LENGTHS = {0, 1, 512, 4096, 65_536, 131_072, 262_144, 262_145};
  private static final int[] OFFSETS = {0, 1, 4096, 65_536, 131_073, 200_000, 262_143, 262_144};
  private static final Command[] COMMANDS = {
    Command.READ,
    Command.WRITE,
    Command.READ,
    Command.FLUSH,
    Command.TRIM,
    Command.CACHE,
    Command.WRITE_ZEROES,
    Command.BLOCK_STATUS
  };

  /** A client in the crowd. */
  private static final class Client {
    private final Line line;
    private final boolean wide;
    private byte[] unsent = new byte[0];
    private int requests;

    /** What it said is answered whole unless we ended it, or it left in the middle of something. */
    private boolean interrupted;

    Client(House house, long id) {
      line = new Line(house, id, new InClear());
      wide = id % 4 == 3;
      line.send(greeting((int) id % 4));
    }

    private static byte[] greeting(int kind) {
      var said = new ClientBytes().fixedNoZeroes();
      if (kind == 3) said.option(Option.EXTENDED_HEADERS);
      else if (kind > 0) said.option(Option.STRUCTURED_REPLY);
      if (kind > 1) said.setContext("demo", "base:allocation");
      return said.go(kind == 1 ? "frozen" : "demo").toBytes();
    }

    void request(int what, int where) {
      sendRest();
      Command command = COMMANDS[what & 7];
      int length = LENGTHS[what >> 3 & 7];
      unsent = request(command, where >> 3 & 31, OFFSETS[where & 7], length);
      if ((what & 64) == 0) sendRest();
      else sendHalf();
    }

    private byte[] request(Command command, int flags, long offset, int length) {
      int data = command == Command.WRITE ? length : 0;
      if (!wide)
        return new ClientBytes()
            .request(flags, command.code(), requests++, offset, length)
            .raw(new byte[data])
            .toBytes();
      return ByteBuffer.allocate(32 + data)
          .putInt(0x21e41c71)
          .putShort((short) (data > 0 ? flags | 32 : flags)) // PAYLOAD_LEN
          .putShort((short) command.code())
          .putLong(requests++)
          .putLong(offset)
          .putLong(length)
          .array();
    }

    private void sendHalf() {
      int half = unsent.length / 2;
      line.send(unsent, 0, half);
      unsent = Arrays.copyOfRange(unsent, half, unsent.length);
    }

    void sendRest() {
      byte[] rest = unsent;
      unsent = new byte[0];
      line.send(rest);
    }

    void disconnect() {
      sendRest();
      line.send(request(Command.DISC, 0, 0, 0));
    }

    void hangUp() {
      interrupted = true;
      line.hangUp();
    }

    void check() {
      boolean whole = !interrupted && line.isOpen();
      ServerSide.check(ClientSide.of(line.said()), line.heard(), whole);
      if (whole && unsent.length == 0) line.checkReading();
    }
  }

  private final House house = new House(MemoryVolume.ofBytes(ClientSide.SIZE_BYTES));
  private final Client[] clients = new Client[SEATS];
  private final java.util.List<Client> gone = new java.util.ArrayList<>();
  private long ids;

  private CrowdFuzz() {
    for (int seat = 0; seat < SEATS; seat++) clients[seat] = new Client(house, ids++);
  }

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    var crowd = new CrowdFuzz();
    ByteBuffer moves = ByteBuffer.wrap(input);
    while (moves.remaining() >= 3) {
      crowd.move(moves.get(), moves.get(), moves.get());
      crowd.settle();
      crowd.house.checkBounds(SEATS + crowd.gone.size());
    }
    crowd.finish();
  }

  private void move(int move, int first, int second) {
    int seat = move >> 4 & (SEATS - 1);
    Client client = clients[seat];
    switch (move & 15) {
      case 8 -> client.sendRest();
      case 9 -> client.line.reads((first & 1) == 0);
      case 10 -> client.disconnect();
      case 11 -> {
        if ((first & 1) != 0) client.line.breaks(house::performAll); // answers that find nobody
        client.hangUp();
        gone.add(client);
        clients[seat] = new Client(house, ids++);
      }
      case 12 -> scan(Duration.ofSeconds(first & 127));
      case 13 -> {
        if ((first & 1) == 0) client.line.connection.leave(Duration.ofSeconds(10));
        else client.line.connection.end();
        client.interrupted = true;
      }
      case 14 -> {
        var _ = (first & 1) == 0 ? house.gate.freeze(Duration.ofHours(1)) : house.gate.thaw();
      }
      case 15 -> {
        if (house.calls() > 0) house.perform((first & 255) % house.calls());
      }
      default -> client.request(first, second);
    }
  }

  private void scan(Duration passed) {
    long now = house.passes(passed);
    for (Client client : clients) client.line.connection.scan(now);
  }

  /** Until nobody has anything to do: what one gives back wakes the next. */
  private void settle() {
    do {
      for (Client client : clients) client.line.collect();
    } while (Arrays.stream(clients).anyMatch(client -> client.line.isBusy()));
  }

  private void finish() {
    var _ = house.gate.thaw();
    for (Client client : clients) {
      client.line.reads(true);
      client.sendRest();
    }
    do {
      house.performAll();
      settle();
      scan(Duration.ZERO); // what was refused for a moment is tried again
    } while (house.calls() > 0);
    for (Client client : clients) client.check();
    for (Client client : gone) client.check();
    house.checkBudget();
    for (Client client : clients) client.hangUp();
    house.performAll();
    settle();
    house.checkEmpty();
  }
}
