package dev.penstock.nbd.fuzz;

import dev.penstock.nbd.fuzz.ClientSide.End;
import dev.penstock.nbd.wire.ClientBytes;
import dev.penstock.nbd.wire.Option;
import dev.penstock.spi.testing.MemoryVolume;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.ssl.SslHandler;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.Callable;

/**
 * A client that begins with STARTTLS. The first byte of an input chooses what it does then, the
 * second how what it sends is cut into pieces; the rest is what it says. The JDK's TLS, since the
 * memory of BoringSSL cannot be counted.
 */
public final class TlsFuzz {
  /** It agrees on TLS, and says the rest through it; otherwise the rest is in the place of TLS. */
  private static final int AGREES = 1;

  /** One byte of what it sends is another one on the way. */
  private static final int DAMAGED = 2;

  /** Somebody puts something in clear behind STARTTLS. */
  private static final int CLEAR_BEHIND = 4;

  private static final int SMALL_PIECES = 8;

  /** It goes away without a goodbye. */
  private static final int VANISHES = 16;

  private static final int HEAD_BYTES = 2;
  private static final int TURNS = 12;

  /** What stands in clear: the greeting, and the acknowledgement of STARTTLS. */
  private static final int CLEAR_BYTES = 18 + 20;

  private final int how;
  private final Random cuts;
  private final byte[] said;
  private final House house = new House(MemoryVolume.ofBytes(ClientSide.SIZE_BYTES));
  private final Line line = new Line(house, 1, TlsEntrance.SHARED);
  private final SslHandler security = TlsEntrance.SHARED.client(house.memory);
  private final EmbeddedChannel client = new EmbeddedChannel();
  private final ByteArrayOutputStream heard = new ByteArrayOutputStream();
  private int taken = CLEAR_BYTES;
  private int untilDamage;

  private TlsFuzz(byte[] input) {
    how = input[0];
    cuts = new Random(input[1]);
    said = Arrays.copyOfRange(input, HEAD_BYTES, input.length);
    untilDamage = has(DAMAGED) ? 1 + cuts.nextInt(2000) : Integer.MAX_VALUE;
    client.config().setAllocator(house.memory);
  }

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length < HEAD_BYTES) return;
    var run = new TlsFuzz(input);
    run.startTls();
    if (run.has(AGREES)) run.talk();
    else run.send(run.said);
    run.finish();
  }

  private void startTls() {
    var clear = new ClientBytes().fixedNoZeroes().option(Option.STARTTLS);
    if (has(CLEAR_BEHIND)) clear.option(Option.LIST).go("demo");
    line.send(clear.toBytes());
    if (line.heard().length != CLEAR_BYTES) throw new AssertionError("clear text was answered");
  }

  private void talk() {
    client.pipeline().addLast(security);
    for (int turn = 0; turn < TURNS; turn++) carry();
    if (!has(DAMAGED) && !security.handshakeFuture().isSuccess())
      throw new AssertionError("no TLS", security.handshakeFuture().cause());
    ClientSide understood = understood();
    if (client.isActive()) does(() -> client.writeOutbound(house.memory.buffer().writeBytes(said)));
    for (int turn = 0; turn < TURNS || house.calls() > 0; turn++) carry();
    if (has(DAMAGED)) return;
    // An answer of this client's own TLS is no part of what it was told.
    ServerSide.check(understood, heard.toByteArray(), understood.end != End.OUT_OF_STEP);
  }

  /** With the flags, which it said before TLS. */
  private ClientSide understood() {
    byte[] all = new byte[4 + said.length];
    all[3] = 3;
    System.arraycopy(said, 0, all, 4, said.length);
    ClientSide side = ClientSide.of(all);
    System.arraycopy(all, 4, said, 0, said.length); // its cookies are its own now
    byte[] greeting = Arrays.copyOf(line.heard(), 18);
    heard.writeBytes(greeting);
    return side;
  }

  /** What both have to say to each other goes over the line. */
  private void carry() {
    client.runPendingTasks();
    for (ByteBuf out = client.readOutbound(); out != null; out = client.readOutbound()) {
      send(ByteBufUtil.getBytes(out));
      out.release();
    }
    house.performAll();
    line.collect();
    byte[] all = line.heard();
    byte[] news = Arrays.copyOfRange(all, taken, all.length);
    taken = all.length;
    if (news.length == 0 || !client.isActive()) return;
    does(() -> client.writeInbound(house.memory.buffer().writeBytes(news)));
    for (ByteBuf in = client.readInbound(); in != null; in = client.readInbound()) {
      heard.writeBytes(ByteBufUtil.getBytes(in));
      in.release();
    }
  }

  /** The client does something. What its own TLS minds, once bytes were damaged, is its affair. */
  private void does(Callable<Boolean> what) {
    try {
      what.call();
    } catch (Exception minded) {
      if (!has(DAMAGED)) throw new AssertionError(minded);
    }
  }

  private void send(byte[] bytes) {
    int most = has(SMALL_PIECES) ? 40 : 4000;
    for (int at = 0; at < bytes.length; ) {
      int end = Math.min(bytes.length, at + 1 + cuts.nextInt(most));
      if (untilDamage < bytes.length) bytes[untilDamage] ^= 1;
      line.send(bytes, at, end);
      house.checkBounds(1);
      at = end;
    }
    untilDamage = untilDamage < bytes.length ? Integer.MAX_VALUE : untilDamage - bytes.length;
  }

  private void finish() {
    if (!has(VANISHES) && client.isActive()) {
      var _ = client.close();
      carry();
    }
    checkNothingInClear();
    line.hangUp();
    house.performAll();
    line.collect();
    does(client::finishAndReleaseAll);
    if (!line.connection.ended().isComplete()) throw new AssertionError("it has not ended");
    house.checkEmpty();
  }

  /** Behind the acknowledgement there are records of TLS, or nothing. */
  private void checkNothingInClear() {
    byte[] all = line.heard();
    int at = CLEAR_BYTES;
    while (at < all.length) {
      if (all[at] < 20 || all[at] > 23) throw new AssertionError("no record of TLS at " + at);
      at += 5 + (((all[at + 3] & 255) << 8) | (all[at + 4] & 255));
    }
  }

  private boolean has(int bit) {
    return (how & bit) != 0;
  }
}
