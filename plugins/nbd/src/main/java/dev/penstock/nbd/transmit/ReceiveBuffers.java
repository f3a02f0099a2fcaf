package dev.penstock.nbd.transmit;

import dev.penstock.nbd.config.Limits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the socket is read into: a buffer that is as large as what came lately, or, while a large
 * payload arrives, the payload itself, so that it is copied once.
 *
 * <p><b>Threads.</b> The channel's event loop.
 */
final class ReceiveBuffers implements RecvByteBufAllocator {
  /** Whose payload it is. */
  interface Payload {
    /** Where the rest of a large payload goes, as a buffer to release; null if none is arriving. */
    @Nullable ByteBuf rest();
  }

  // As measured: small for an idle connection, and many small requests in one read.
  private static final int RECEIVE_BYTES_FIRST = 64 << 10;
  private static final int RECEIVE_BYTES_MAX = 256 << 10;

  /** Behind a large payload comes a header, and what else is read with it has to be copied. */
  private static final int RECEIVE_BYTES_BEHIND = 4 << 10;

  private final RecvByteBufAllocator adaptive =
      new AdaptiveRecvByteBufAllocator(
          Limits.RECEIVE_BYTES_MIN, RECEIVE_BYTES_FIRST, RECEIVE_BYTES_MAX);
  private final Payload payload;
  private final BooleanSupplier little;

  /**
   * @param little whether memory for what is received is short
   */
  ReceiveBuffers(Payload payload, BooleanSupplier little) {
    this.payload = payload;
    this.little = little;
  }

  @Override
  @SuppressWarnings("deprecation") // the interface's, which every transport still asks for
  public Handle newHandle() {
    return new PayloadFirst((ExtendedHandle) adaptive.newHandle(), payload, little);
  }

  /** Decides buffer by buffer; how often and how long to read is as adaptive as ever. */
  @SuppressWarnings("deprecation")
  private static final class PayloadFirst implements ExtendedHandle {
    private final ExtendedHandle adaptive;
    private final Payload payload;
    private final BooleanSupplier little;
    private boolean behindPayload;

    private PayloadFirst(ExtendedHandle adaptive, Payload payload, BooleanSupplier little) {
      this.adaptive = adaptive;
      this.payload = payload;
      this.little = little;
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator buffers) {
      ByteBuf rest = payload.rest();
      if (rest != null) {
        behindPayload = true;
        return rest;
      }
      if (little.getAsBoolean()) return buffers.ioBuffer(Limits.RECEIVE_BYTES_MIN);
      if (!behindPayload) return adaptive.allocate(buffers);
      behindPayload = false;
      return buffers.ioBuffer(RECEIVE_BYTES_BEHIND);
    }

    @Override
    public int guess() {
      return adaptive.guess();
    }

    @Override
    public void reset(ChannelConfig config) {
      adaptive.reset(config);
    }

    @Override
    public void incMessagesRead(int count) {
      adaptive.incMessagesRead(count);
    }

    @Override
    public void lastBytesRead(int bytes) {
      adaptive.lastBytesRead(bytes);
    }

    @Override
    public int lastBytesRead() {
      return adaptive.lastBytesRead();
    }

    @Override
    public void attemptedBytesRead(int bytes) {
      adaptive.attemptedBytesRead(bytes);
    }

    @Override
    public int attemptedBytesRead() {
      return adaptive.attemptedBytesRead();
    }

    @Override
    public boolean continueReading() {
      return adaptive.continueReading();
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
      return adaptive.continueReading(maybeMoreData);
    }

    @Override
    public void readComplete() {
      adaptive.readComplete();
    }
  }
}
