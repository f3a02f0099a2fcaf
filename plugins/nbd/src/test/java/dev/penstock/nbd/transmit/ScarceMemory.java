package dev.penstock.nbd.transmit;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;

/** Has memory for a number of direct buffers. */
final class ScarceMemory extends AbstractByteBufAllocator {
  private final UnpooledByteBufAllocator counted = new UnpooledByteBufAllocator(true);
  private int buffersLeft = Integer.MAX_VALUE;

  /** From now on there is memory for so many. */
  void buffersLeft(int buffers) {
    buffersLeft = buffers;
  }

  long usedBytes() {
    return counted.metric().usedDirectMemory() + counted.metric().usedHeapMemory();
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    if (buffersLeft-- <= 0) throw new OutOfMemoryError("none left, says the test");
    return counted.directBuffer(initialCapacity, maxCapacity);
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return counted.heapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return false;
  }
}
