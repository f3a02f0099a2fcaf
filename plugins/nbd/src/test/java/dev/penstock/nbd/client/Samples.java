package dev.penstock.nbd.client;

import dev.penstock.spi.volume.Volume;
import java.nio.ByteBuffer;
import java.util.Random;

/** Bytes that tests write and send, and how they read them. */
public final class Samples {
  private Samples() {}

  public static byte[] read(Volume volume, long offset, int bytes) {
    ByteBuffer target = ByteBuffer.allocate(bytes);
    volume.read(offset, target);
    return target.array();
  }

  public static ByteBuffer pattern(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return ByteBuffer.wrap(bytes);
  }

  public static byte[] bytes(int length) {
    return pattern(length, length).array();
  }

  public static byte[] offsetAnd(long offset, int... rest) {
    byte[] bytes = new byte[rest.length];
    for (int i = 0; i < rest.length; i++) bytes[i] = (byte) rest[i];
    return offsetAnd(offset, bytes);
  }

  public static byte[] offsetAnd(long offset, byte[] rest) {
    return ByteBuffer.allocate(8 + rest.length).putLong(offset).put(rest).array();
  }
}
