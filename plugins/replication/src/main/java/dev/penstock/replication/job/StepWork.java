package dev.penstock.replication.job;

import dev.penstock.replication.config.Protection;
import dev.penstock.replication.flow.Arrival;
import dev.penstock.replication.flow.Bandwidth;
import dev.penstock.replication.flow.Bytes;
import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.replication.plan.Step;
import dev.penstock.replication.plan.Version;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.task.Task;
import dev.penstock.spi.volume.Partial;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Takes one step of a volume. What is durable, in this order: the leases, the snapshot with its
 * anchor at the receiver, the anchor at the sender. After an end in between, the next plan finds
 * what is there and goes on.
 */
final class StepWork {
  private final Ends ends;
  private final Protection protection;
  private final List<Bandwidth> bandwidths;
  private final Sent sent;

  /** Told of every piece that went. */
  @FunctionalInterface
  interface Sent {
    void bytes(VolumeRun volume, long bytes);
  }

  StepWork(Ends ends, Protection protection, List<Bandwidth> bandwidths, Sent sent) {
    this.ends = ends;
    this.protection = protection;
    this.bandwidths = List.copyOf(bandwidths);
    this.sent = sent;
  }

  void take(VolumeRun volume, Task task) throws InterruptedException {
    Step step = volume.next().orElseThrow();
    ends.sender().need(volume.name(), needed(volume, protection));
    if (volume.isFirstStep()) prepare(volume);
    move(volume, step, task);
    Version to = step.to();
    ends.sender().anchor(volume.name(), to.name(), to.guid());
  }

  /** What the receiver does before a first step, or instead of one. */
  void prepare(VolumeRun volume) throws InterruptedException {
    for (Preparation what : volume.planned().before()) ends.receiver().prepare(volume.name(), what);
  }

  private static Set<UUID> needed(VolumeRun volume, Protection protection) {
    Set<UUID> needed = new HashSet<>();
    switch (protection) {
      case RESUMABLE -> volume.needed().forEach(version -> needed.add(version.guid()));
      case INCREMENTAL ->
          volume
              .next()
              .flatMap(Step::from)
              .filter(Version::isSnapshot)
              .ifPresent(from -> needed.add(from.guid()));
      case NOTHING -> {}
    }
    return needed;
  }

  private void move(VolumeRun volume, Step step, Task task) throws InterruptedException {
    StreamHeader header = header(volume, step);
    try (Bytes bytes = ends.sender().open(volume.name(), header);
        Arrival arrival = ends.receiver().receive(volume.name(), header)) {
      for (Optional<ByteBuffer> piece = bytes.next(); piece.isPresent(); piece = bytes.next()) {
        int pieceBytes = piece.get().remaining();
        admit(pieceBytes, task);
        arrival.take(piece.get());
        sent.bytes(volume, pieceBytes);
        long at = Math.max(bytes.position(), arrival.position());
        if (volume.reached(step.to().guid(), at)) task.reached(at);
      }
      task.idle(); // from here on the receiver has a limit of its own
      if (protection != Protection.RESUMABLE) // the answer may be lost: UNANSWERED_LEASES_STAY
      ends.sender().need(volume.name(), needed(volume, Protection.RESUMABLE));
      arrival.complete();
      bytes.spent();
    }
  }

  /** To wait for one's share is nobody's fault. */
  private void admit(int pieceBytes, Task task) throws InterruptedException {
    for (Bandwidth one : bandwidths)
      if (one.bytesPerSecond() > 0) {
        task.idle();
        one.admit(pieceBytes);
        task.busy();
      }
  }

  private static StreamHeader header(VolumeRun volume, Step step) {
    long offset =
        volume.isFirstStep() && step.resumed()
            ? volume.planned().partial().map(Partial::offset).orElse(0L)
            : 0;
    Version to = step.to();
    return new StreamHeader(
        volume.planned().volume(),
        step.from().map(Version::guid),
        to.guid(),
        to.name(),
        to.createdAt(),
        to.sizeBytes(),
        offset);
  }
}
