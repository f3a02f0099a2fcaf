package dev.penstock.replication.migrate;

import dev.penstock.replication.flow.Arrival;
import dev.penstock.replication.flow.Bandwidth;
import dev.penstock.replication.flow.Bytes;
import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.snapshot.VolumeHistory;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.volume.SnapshotInfo;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;

/** Brings a snapshot to the destination, and whatever has to be there before it. */
final class Transfer {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final String volume;
  private final Ends ends;
  private final Bandwidth bandwidth;
  private final boolean all;
  private final Progress progress;

  /**
   * @param all whether older snapshots are sent as well
   */
  Transfer(String volume, Ends ends, Bandwidth bandwidth, boolean all, Progress progress) {
    this.volume = volume;
    this.ends = ends;
    this.bandwidth = bandwidth;
    this.all = all;
    this.progress = progress;
  }

  /**
   * Returns when the destination has it, durably. After an error it may be done again, and goes on
   * at the byte.
   */
  void bring(SnapshotInfo target, Task task) throws InterruptedException {
    while (true) {
      VolumeHistory here = ends.sender().history(volume);
      Leg leg = Leg.next(here, ends.receiver().history(volume), target, all);
      switch (leg) {
        case Leg.There _ -> {
          return;
        }
        case Leg.Discard _ -> ends.receiver().prepare(volume, new Preparation.DiscardPartial());
        case Leg.Send(StreamHeader header) -> send(header, task);
      }
    }
  }

  /**
   * While clients wait: nothing is asked that is known, and nothing made durable here that can be
   * done without. Both have {@code from}, and nothing newer there.
   *
   * @param quick the same ends, with less patience
   * @param left how long clients may go on waiting
   */
  void bringLast(SnapshotInfo from, SnapshotInfo to, Ends quick, Supplier<Duration> left, Task task)
      throws InterruptedException {
    UUID guid = quick.sender().history(volume).volume().orElseThrow().guid();
    move(
        new StreamHeader(
            guid,
            Optional.of(from.guid()),
            to.guid(),
            to.name(),
            to.createdAt(),
            to.sizeBytes(),
            0),
        quick,
        left,
        task);
  }

  private void send(StreamHeader header, Task task) throws InterruptedException {
    Set<UUID> needed = new HashSet<>(Set.of(header.to()));
    header.from().ifPresent(needed::add);
    ends.sender().need(volume, needed);
    move(header, ends, () -> Duration.ZERO, task);
    ends.sender().anchor(volume, header.name(), header.to());
  }

  private void move(StreamHeader header, Ends ends, Supplier<Duration> left, Task task)
      throws InterruptedException {
    progress.begins(header.offset(), header.sizeBytes());
    // In this order: the peer makes ready while the bytes are looked for here.
    try (Arrival arrival = ends.receiver().receive(volume, header);
        Bytes bytes = ends.sender().open(volume, header)) {
      for (Optional<ByteBuffer> piece = bytes.next(); piece.isPresent(); piece = bytes.next()) {
        int pieceBytes = piece.get().remaining();
        if (left.get().isNegative()) throw tooLong(volume);
        admit(pieceBytes, task);
        arrival.take(piece.get());
        progress.sent(pieceBytes, bytes.position());
        task.reached(progress.sentBytes());
      }
      arrival.complete();
      bytes.spent();
    }
  }

  static GatewayError tooLong(String volume) {
    return new GatewayError.Unavailable(
        Scope.RESOURCE,
        ASK_AGAIN,
        "the last difference of %s takes longer than clients may wait".formatted(volume));
  }

  /** To wait for one's share is nobody's fault. */
  private void admit(int pieceBytes, Task task) throws InterruptedException {
    if (bandwidth.bytesPerSecond() == 0) return;
    task.idle();
    bandwidth.admit(pieceBytes);
    task.busy();
  }
}
