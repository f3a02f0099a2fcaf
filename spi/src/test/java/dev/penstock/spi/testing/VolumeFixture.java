package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A volume for each test, and what tests say of its bytes. */
abstract class VolumeFixture {
  /** Ends inside a sector: the last request of a client is often short. */
  protected static final int SIZE = (4 << 20) + 512 + 3;

  Volume volume = MemoryVolume.ofBytes(0);

  /** A new volume that nobody wrote to. The contract closes it, perhaps twice. */
  protected abstract Volume newVolume(long sizeBytes) throws Exception;

  @BeforeEach
  void makeVolume() throws Exception {
    volume = newVolume(SIZE);
  }

  @AfterEach
  void closeVolume() {
    volume.close();
  }

  boolean can(VolumeCapability capability) {
    return volume.capabilities().contains(capability);
  }

  byte[] read(long offset, int length) {
    ByteBuffer target = ByteBuffer.allocate(length);
    volume.read(offset, target);
    assertThat(target.hasRemaining()).as("a read fills its target").isFalse();
    return target.array();
  }

  static ByteBuffer pattern(long seed, int length) {
    return ByteBuffer.wrap(bytes(seed, length));
  }

  /** Reproducible bytes without a period that a wrong offset could hide behind. */
  static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static byte[] toArray(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  static void assertZeroes(byte[] seen) {
    assertThat(seen).isEqualTo(new byte[seen.length]);
  }

  static void assertInvalid(Runnable call) {
    assertThatThrownBy(call::run).isInstanceOf(GatewayError.Invalid.class);
  }
}
