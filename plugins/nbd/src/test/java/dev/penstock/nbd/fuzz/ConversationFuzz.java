package dev.penstock.nbd.fuzz;

import dev.penstock.nbd.fuzz.ClientSide.End;
import dev.penstock.nbd.fuzz.ClientSide.Form;
import dev.penstock.nbd.transmit.InClear;
import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Command;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.Faults.Call;
import dev.penstock.spi.testing.MemoryVolume;
import dev.penstock.spi.volume.VolumeCapability;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Random;
import java.util.Set;

/**
 * One client that may say anything. The first byte of an input chooses the circumstances, the
 * second how the rest, which is what the client sends, is cut into pieces.
 */
public final class ConversationFuzz {
  /** What the bits of the first byte mean. */
  private static final int WORKERS_LATE = 1;

  private static final int WORKERS_REVERSED = 2;
  private static final int NO_FAST_PATH = 4;
  private static final int NO_CAPABILITIES = 8;
  private static final int SMALL_PIECES = 16;
  private static final int STORE_FAILS = 32;
  private static final int CLIENT_READS_LATE = 64;
  private static final int FAST_PATH_MISSES = 128;

  private static final int HEAD_BYTES = 2;

  private final int how;
  private final byte[] bytes;
  private final ClientSide client;
  private final House house;
  private final Line line;

  private ConversationFuzz(byte[] input, boolean oldStyle) {
    how = input[0];
    bytes = Arrays.copyOfRange(input, HEAD_BYTES, input.length);
    client = oldStyle ? ClientSide.oldStyle(bytes) : ClientSide.of(bytes);
    house = new House(volume());
    line = new Line(house, 1, oldStyle ? new OldEntrance() : new InClear());
  }

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    run(input, false);
  }

  static void run(byte[] input, boolean oldStyle) {
    if (input.length < HEAD_BYTES) return;
    var run = new ConversationFuzz(input, oldStyle);
    run.talk(new Random(input[1]));
    run.finish();
  }

  private void talk(Random cuts) {
    if (has(CLIENT_READS_LATE)) line.reads(false);
    int most = has(SMALL_PIECES) ? 40 : 1000;
    for (int at = 0; at < bytes.length; ) {
      int end = Math.min(bytes.length, at + 1 + cuts.nextInt(most));
      line.send(bytes, at, end);
      at = end;
      if (!has(WORKERS_LATE)) work();
      house.checkBounds(1);
    }
  }

  /** Everything that waits is carried out and taken: then all must have been said. */
  private void finish() {
    line.reads(true);
    while (house.calls() > 0) work();
    line.collect();

    if (line.isOpen() != (client.end == End.OPEN))
      throw new AssertionError("%s, and open is %s".formatted(client.end, line.isOpen()));
    line.checkReading();
    ServerSide.check(client, line.heard(), client.end != End.OUT_OF_STEP);

    part();
    house.performAll();
    line.collect();
    if (!line.connection.ended().isComplete()) throw new AssertionError("it has not ended");
    house.checkEmpty();
  }

  /** Its last requests are answered when its socket is gone: what is packed then is never sent. */
  private void part() {
    if (line.isOpen() && client.serving) {
      var last = new ClientBytes();
      if (client.form == Form.EXTENDED)
        last.extended(Command.READ, -1, 0, 512).extended(Command.FLUSH, -2, 0, 0);
      else last.request(Command.READ, -1, 0, 512).request(Command.FLUSH, -2, 0, 0);
      line.send(last.toBytes());
      line.breaks(house::performAll);
    }
    line.hangUp();
  }

  private void work() {
    while (house.calls() > 0) {
      house.perform(has(WORKERS_REVERSED) ? house.calls() - 1 : 0);
      line.collect();
    }
  }

  private MemoryVolume volume() {
    Set<VolumeCapability> can = EnumSet.allOf(VolumeCapability.class);
    can.remove(VolumeCapability.REGIONS);
    if (has(NO_FAST_PATH)) can.remove(VolumeCapability.READ_NOW);
    if (has(NO_CAPABILITIES)) can.clear();
    var volume = MemoryVolume.able(ClientSide.SIZE_BYTES, can);
    volume.faults().missReadNow(has(FAST_PATH_MISSES));
    if (has(STORE_FAILS)) fail(volume);
    return volume;
  }

  private static void fail(MemoryVolume volume) {
    for (Call call : Call.values())
      volume
          .faults()
          .failNext(1, call, () -> new GatewayError.NoSpace("none left, says the fuzzer"));
  }

  private boolean has(int bit) {
    return (how & bit) != 0;
  }
}
