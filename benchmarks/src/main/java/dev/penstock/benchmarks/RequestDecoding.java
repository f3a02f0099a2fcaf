package dev.penstock.benchmarks;

import dev.penstock.nbd.config.Limits;
import dev.penstock.nbd.wire.RequestDecoder;
import dev.penstock.nbd.wire.RequestHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Cutting what was received into requests; a request that is not refused. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RequestDecoding {
  private static final int BATCH = 64;

  private final ByteBuf received = ClientRequests.reads(BATCH, 4096, 1 << 20);
  private final RequestDecoder decoder = new RequestDecoder(Limits.DRAIN_BYTES_MAX);
  private final Counter counter = new Counter();

  /** 64 reads that arrived together. */
  @Benchmark
  @OperationsPerInvocation(BATCH)
  public long reads() {
    received.readerIndex(0);
    boolean waits = decoder.decode(received, counter);
    return waits ? 0 : counter.taken;
  }

  private static final class Counter implements RequestDecoder.Receiver {
    private long taken;

    @Override
    public boolean readNow(long cookie, long offset, long lengthBytes) {
      return false;
    }

    @Override
    public RequestDecoder.Admission admit(RequestHeader header) {
      return RequestDecoder.Admission.TAKE;
    }

    @Override
    public ByteBuf payloadBuffer(int bytes) {
      return Unpooled.directBuffer(bytes);
    }

    @Override
    public void take(RequestHeader header, ByteBuf payload) {
      taken += header.lengthBytes();
      payload.release();
    }

    @Override
    public void refused(RequestHeader header) {}

    @Override
    public void outOfStep(long cookie) {}
  }
}
