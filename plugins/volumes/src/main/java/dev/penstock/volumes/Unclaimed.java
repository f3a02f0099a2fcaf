package dev.penstock.volumes;

import dev.penstock.volumes.claim.Claims;
import dev.penstock.volumes.claim.GrainState;
import dev.penstock.volumes.claim.Grains;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.DiskFile.Span;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * What the file of a layer holds and the layer does not claim, which nobody can ever read: left by
 * a crash between a write and its claim, by copying that was broken off, or by a punch that was not
 * carried out.
 */
final class Unclaimed {
  private final DiskFile data;
  private final long sizeBytes;
  private final LongConsumer reached;

  /**
   * @param reached told often how far the look is; what it throws ends it
   */
  Unclaimed(DiskFile data, long sizeBytes, LongConsumer reached) {
    this.data = data;
    this.sizeBytes = sizeBytes;
    this.reached = reached;
  }

  void forEach(Claims claims, Consumer<Span> sink) {
    long[] at = {0};
    claims.forEach(run -> {
      if (run.state() == GrainState.DATA) {
        between(at[0], Math.min(Grains.offsetOf(run.first()), sizeBytes), sink);
        at[0] = Grains.offsetOf(run.end());
      }
      return true;
    });
    between(at[0], sizeBytes, sink);
  }

  private void between(long from, long to, Consumer<Span> sink) {
    for (long at = from; at < to; ) {
      reached.accept(at);
      long start = data.nextData(at);
      if (start >= to) break;
      long stop = Math.clamp(data.nextHole(start), start + 1, to);
      sink.accept(new Span(start, stop));
      at = stop;
    }
  }
}
