package dev.penstock.replication.migrate;

import dev.penstock.replication.flow.Waiting;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.snapshot.Meant;
import dev.penstock.spi.snapshot.SnapshotSending;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.stream.BlockSource;
import dev.penstock.spi.stream.BlockSource.Piece;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Future;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/** Brings snapshots to a target, in the order of their offsets. The thread of a task; it waits. */
final class MirrorCopy {
  /** What one read brings: as much as a target takes at once. */
  private static final int PIECE_BYTES = 1 << 20;

  /** How long the store may take for a piece. */
  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Snapshots snapshots;
  private final String volume;
  private final Outlet there;
  private final Progress progress;

  private ByteBuffer buffer = ByteBuffer.allocateDirect(PIECE_BYTES);

  private Future<Void> closed = Future.succeededFuture();

  MirrorCopy(Snapshots snapshots, String volume, Outlet there, Progress progress) {
    this.snapshots = snapshots;
    this.volume = volume;
    this.there = there;
    this.progress = progress;
  }

  /** Every byte: what is there can be anything, and so what is a hole here is made zeroes there. */
  void all(SnapshotInfo of) throws InterruptedException {
    copy(Optional.empty(), of, () -> Duration.ZERO);
  }

  /**
   * What differs. Whatever had come of it before is brought again.
   *
   * @param left how much longer it may take; once it is negative, Unavailable
   */
  void difference(SnapshotInfo from, SnapshotInfo to, Supplier<Duration> left)
      throws InterruptedException {
    copy(Optional.of(from), to, left);
  }

  private void copy(Optional<SnapshotInfo> from, SnapshotInfo to, Supplier<Duration> left)
      throws InterruptedException {
    progress.begins(0, to.sizeBytes());
    SnapshotSending sending =
        Waiting.on(
            snapshots.send(from.map(this::meant), meant(to), 0),
            LIMIT,
            Scope.RESOURCE,
            "snapshot %s of %s".formatted(to.name(), volume),
            SnapshotSending::close);
    try {
      long reached = 0;
      for (Optional<Piece> next = next(sending); next.isPresent(); next = next(sending)) {
        if (left.get().isNegative()) throw Transfer.tooLong(volume);
        Piece piece = next.get();
        if (from.isEmpty()) there.zero(reached, piece.offset() - reached);
        give(piece);
        reached = piece.offset() + piece.lengthBytes();
      }
      if (from.isEmpty()) there.zero(reached, to.sizeBytes() - reached);
      there.flush();
      if (left.get().isNegative()) throw Transfer.tooLong(volume);
    } finally {
      closed = sending.close();
    }
  }

  private void give(Piece piece) throws InterruptedException {
    switch (piece) {
      case BlockSource.Data(long offset, long _) -> there.write(offset, buffer);
      case BlockSource.Zero(long offset, long lengthBytes) -> there.zero(offset, lengthBytes);
    }
  }

  private Optional<Piece> next(SnapshotSending sending) throws InterruptedException {
    ByteBuffer filled = buffer;
    try {
      return Waiting.on(
          sending.run(source -> source.next(filled)),
          LIMIT,
          Scope.RESOURCE,
          "a piece of " + volume);
    } catch (InterruptedException | RuntimeException e) {
      buffer = ByteBuffer.allocateDirect(PIECE_BYTES); // a worker may still fill the other one
      throw e;
    }
  }

  /** Completes when nothing that was copied is open any more. */
  Future<Void> closed() {
    return closed;
  }

  private Meant meant(SnapshotInfo one) {
    return Meant.seen(new SnapshotName(volume, one.name()), one.guid());
  }
}
