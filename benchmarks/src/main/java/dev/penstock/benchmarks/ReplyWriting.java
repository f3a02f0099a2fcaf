package dev.penstock.benchmarks;

import dev.penstock.nbd.wire.Command;
import dev.penstock.nbd.wire.Replies;
import dev.penstock.nbd.wire.RequestHeader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What stands before the data of a read, in both forms of replies. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ReplyWriting {
  private final ByteBuf out = Unpooled.directBuffer(64);
  private final RequestHeader request = new RequestHeader(0, Command.READ, 7, 4096, 4096);

  /** As clients get it that asked for nothing. */
  @Benchmark
  public ByteBuf simple() {
    Replies.SIMPLE.dataHeader(out.clear(), request.cookie(), request.offset(), 4096);
    return out;
  }

  /** As clients get it that negotiated structured replies. */
  @Benchmark
  public ByteBuf structured() {
    Replies.STRUCTURED.dataHeader(out.clear(), request.cookie(), request.offset(), 4096);
    return out;
  }
}
