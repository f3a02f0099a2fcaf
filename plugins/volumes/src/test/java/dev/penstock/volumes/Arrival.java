package dev.penstock.volumes;

import dev.penstock.spi.stream.Receiving;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.spi.volume.Partial;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.volumes.HistoryState.Violation;
import dev.penstock.volumes.HistoryWrites.Range;
import dev.penstock.volumes.VolumeModel.Taken;
import java.util.List;
import java.util.Optional;

/** A snapshot that comes from elsewhere: what is sent, and how much of it has to be here. */
final class Arrival {
  /**
   * A part of the stream.
   *
   * @param number what is in its sectors; 0 for zeroes
   */
  record Part(Range range, int number) {}

  /**
   * What a sender has.
   *
   * @param content of the snapshot, once every part of the stream has come
   * @param tag holds the snapshot from its first moment
   */
  record Sent(StreamHeader header, List<Part> parts, Stamps content, Optional<String> tag) {}

  private final String volume;
  private final Optional<Taken> base;
  private final Sent sent;
  private final int changesBefore;
  private Optional<Receiving> sitting = Optional.empty();
  private long reachedBytes;
  private long keptBytes;

  /**
   * @param base the snapshot that it follows; empty for a volume that is not there yet
   * @param changesBefore how often the volume had been changed
   */
  Arrival(String volume, Optional<Taken> base, Sent sent, int changesBefore) {
    this.volume = volume;
    this.base = base;
    this.sent = sent;
    this.changesBefore = changesBefore;
  }

  String volume() {
    return volume;
  }

  Optional<Taken> base() {
    return base;
  }

  StreamHeader header() {
    return sent.header();
  }

  Optional<String> tag() {
    return sent.tag();
  }

  Stamps content() {
    return sent.content();
  }

  long sectors() {
    return sent.header().sizeBytes() / Stamps.SECTOR_BYTES;
  }

  boolean isUnderWay() {
    return sitting.isPresent();
  }

  boolean isUnderWay(String ofVolume) {
    return isUnderWay() && base.isPresent() && volume.equals(ofVolume);
  }

  /** Goes on, from where it was said to be before at least. */
  void sit(Receiving receiving) {
    sitting = Optional.of(receiving);
    keep(receiving);
    reachedBytes = keptBytes;
  }

  private void keep(Receiving receiving) {
    long offset = receiving.offset();
    if (offset < keptBytes)
      throw new Violation(
          "of %s@%s %d bytes were here, and now %d"
              .formatted(volume, header().name(), keptBytes, offset));
    keptBytes = offset;
  }

  /** What was not sent in this sitting. */
  Optional<Part> next() {
    long reached = reachedBytes / Stamps.SECTOR_BYTES;
    return sent.parts().stream()
        .filter(part -> part.range().end() > reached)
        .findFirst()
        .map(part ->
            new Part(
                new Range(Math.max(reached, part.range().first()), part.range().end()),
                part.number()));
  }

  void send(Part part) {
    Receiving receiving = sitting.orElseThrow();
    Range range = part.range();
    if (part.number() == 0) receiving.zero(range.offset(), range.lengthBytes());
    else receiving.data(range.offset(), Stamps.bytes(part.number(), range.first(), range.count()));
    reachedBytes = range.offset() + range.lengthBytes();
    keep(receiving);
    if (keptBytes > reachedBytes) throw new Violation("more is here than was sent");
  }

  void complete() {
    Receiving receiving = sitting.orElseThrow();
    tag().ifPresentOrElse(receiving::complete, receiving::complete);
  }

  /** What was sent in this sitting stays, unless something goes wrong now. */
  void leave() {
    Optional<Receiving> left = sitting;
    sitting = Optional.empty();
    left.ifPresent(receiving -> {
      receiving.close();
      keptBytes = reachedBytes;
    });
  }

  void giveUp() {
    Receiving receiving = sitting.orElseThrow();
    sitting = Optional.empty();
    keptBytes = 0;
    receiving.discard();
  }

  /** Nobody sends it now. */
  void giveUpLeft(SnapshotStore store) {
    keptBytes = 0;
    store.discardPartial(volume);
  }

  /** What has to be here is told of. */
  void requireTold(SnapshotStore store) {
    Partial told = store.partials().get(volume);
    if (keptBytes == 0) return;
    if (told == null || !told.to().equals(header().to()) || told.offset() < keptBytes)
      throw new Violation(
          "of %s@%s %d bytes are here, and told is %s"
              .formatted(volume, header().name(), keptBytes, told));
  }

  /** The process has ended. */
  void cutOff() {
    sitting = Optional.empty();
  }

  /** Whether something else has become of the volume meanwhile. */
  boolean mayBeRefused(HistoryState state) {
    VolumeModel model = state.volumes.get(volume);
    if (base.isEmpty()) return model != null;
    if (model == null || model.changes != changesBefore || model.snapshots.isEmpty()) return true;
    return !model.snapshots.lastEntry().getValue().guid().equals(base.get().guid());
  }

  /** It came to be although the volume had been changed: then nothing of that can have counted. */
  void requireNothingLost(HistoryState state) {
    VolumeModel model = state.volumes.get(volume);
    if (model == null || base.isEmpty()) return;
    Stamps before = base.get().content();
    VolumeModel.used(
        model.sectors,
        0,
        model.sectors,
        sector -> {
          if (model.current.at(sector) != before.at(sector))
            throw new Violation("sector %d of %s was overwritten".formatted(sector, volume));
        });
  }
}
