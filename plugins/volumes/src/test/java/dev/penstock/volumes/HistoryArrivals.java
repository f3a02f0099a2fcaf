package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.stream.StreamHeader;
import dev.penstock.volumes.Arrival.Part;
import dev.penstock.volumes.HistoryState.Violation;
import dev.penstock.volumes.HistoryWrites.Range;
import dev.penstock.volumes.VolumeModel.Taken;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/** Snapshots that come from elsewhere, one at a time, in as many sittings as it takes. */
final class HistoryArrivals {
  private static final int SNAPSHOTS_MAX = 6;
  private static final int SMALL_SECTORS = 24 * Stamps.SECTORS_PER_GRAIN;
  private static final String TAG = "received";
  private static final UUID SENDER = new UUID(0, 1);

  private final HistoryState state;
  private final Random random;
  private final HistoryChanges changes;

  HistoryArrivals(HistoryState state, Random random) {
    this.state = state;
    this.random = random;
    this.changes = new HistoryChanges(state, random);
  }

  /** Something that a sender does, or that becomes of one. */
  void step() {
    try {
      if (random.nextInt(5) == 0) keep();
      else state.arrival.ifPresentOrElse(this::step, this::begin);
    } catch (GatewayError.NoSpace e) {
      leaveAfter(e);
      throw e;
    }
  }

  /** What is said of a volume that was received, and of its snapshots. */
  private void keep() {
    if (state.volumes.isEmpty()) return;
    List<String> names = List.copyOf(state.volumes.keySet());
    String name = names.get(random.nextInt(names.size()));
    switch (random.nextInt(4)) {
      case 0, 1 -> changes.moveHold(name, TAG);
      case 2 -> changes.hold(name, TAG);
      default -> changes.setReplica(name);
    }
  }

  private void step(Arrival arrival) {
    if (!arrival.isUnderWay()) {
      if (random.nextInt(6) == 0) giveUpLeft(arrival);
      else sit(arrival);
      return;
    }
    int kind = random.nextInt(12);
    if (kind == 0) giveUp(arrival);
    else if (kind < 3) leave(arrival);
    else if (arrival.next().isEmpty()) complete(arrival);
    else send(arrival, 1 + random.nextInt(4));
  }

  /** All of it comes, whatever it takes. */
  void finish() {
    if (state.arrival.isEmpty()) return;
    Arrival arrival = state.arrival.get();
    if (!arrival.isUnderWay()) sit(arrival);
    send(arrival, Integer.MAX_VALUE);
    if (arrival.isUnderWay()) complete(arrival);
    arrival.leave();
  }

  private void begin() {
    if (random.nextBoolean()) {
      first("in%d".formatted(random.nextInt(2)), 1 + random.nextInt(SMALL_SECTORS));
      return;
    }
    List<String> names =
        state.volumes.keySet().stream()
            .filter(name -> !state.model(name).snapshots.isEmpty())
            .filter(name -> state.model(name).snapshots.size() < SNAPSHOTS_MAX)
            .toList();
    if (names.isEmpty()) return;
    String name = names.get(random.nextInt(names.size()));
    long sectors = state.model(name).snapshots.lastEntry().getValue().sectors();
    long least = sectors >= VolumeModel.WIDE_SECTORS ? sectors : Math.max(1, sectors - 10);
    next(name, random.nextBoolean() ? sectors : least + random.nextInt(20));
  }

  /** A volume that is not there yet. */
  void first(String name, long sectors) {
    if (!state.volumes.containsKey(name)) begin(name, Optional.empty(), sectors);
  }

  /** What follows the newest snapshot of a volume. */
  void next(String name, long sectors) {
    Taken base = state.model(name).snapshots.lastEntry().getValue();
    changes.rollback(name, base);
    begin(name, Optional.of(base), sectors);
  }

  private void begin(String name, Optional<Taken> base, long sectors) {
    String snapshot = "r%d".formatted(state.next("arrival"));
    var header =
        new StreamHeader(
            SENDER,
            base.map(Taken::guid),
            new UUID(random.nextLong(), random.nextLong()),
            snapshot,
            Instant.EPOCH,
            sectors * Stamps.SECTOR_BYTES,
            0);
    List<Part> parts = parts(sectors);
    Stamps content = content(base, sectors, parts);
    int before = base.isEmpty() ? 0 : state.model(name).changes;
    Optional<String> tag = random.nextBoolean() ? Optional.of(TAG) : Optional.empty();
    var arrival = new Arrival(name, base, new Arrival.Sent(header, parts, content, tag), before);
    state.note("%s of %d sectors begins to come to %s: %s", snapshot, sectors, name, parts);
    state.arrival = Optional.of(arrival);
    sit(arrival);
  }

  /** In order, with gaps: whole grains, parts of them, and zeroes. */
  private List<Part> parts(long sectors) {
    List<Part> parts = new ArrayList<>();
    for (long[] part : VolumeModel.parts(sectors))
      for (long at = part[0] + gap(); at < part[1]; at += gap()) {
        long end = Math.min(part[1], at + length());
        int number = random.nextInt(4) == 0 ? 0 : state.next("write");
        parts.add(new Part(new Range(at, end), number));
        at = end;
      }
    return parts;
  }

  private int gap() {
    return random.nextBoolean() ? 0 : random.nextInt(2 * Stamps.SECTORS_PER_GRAIN);
  }

  private int length() {
    return random.nextBoolean()
        ? 1 + random.nextInt(Stamps.SECTORS_PER_GRAIN)
        : Stamps.SECTORS_PER_GRAIN * (1 + random.nextInt(4));
  }

  private static Stamps content(Optional<Taken> base, long sectors, List<Part> parts) {
    var content = new Stamps();
    base.ifPresent(taken ->
        VolumeModel.used(
            Math.min(sectors, taken.sectors()),
            0,
            Math.min(sectors, taken.sectors()),
            sector -> content.set(sector, taken.content().at(sector))));
    for (Part part : parts)
      for (long sector = part.range().first(); sector < part.range().end(); sector++)
        content.set(sector, part.number() == 0 ? 0 : Stamps.of(part.number(), sector));
    return content;
  }

  void sit(Arrival arrival) {
    String volume = arrival.volume();
    state.note("%s goes on to come to %s", arrival.header().name(), volume);
    if (arrival.base().isPresent()) state.close(volume);
    try {
      arrival.sit(state.store().snapshots().receive(volume, arrival.header()));
    } catch (GatewayError.Conflict e) {
      refused(arrival, e);
    }
  }

  private void refused(Arrival arrival, GatewayError.Conflict why) {
    if (!arrival.mayBeRefused(state)) throw new Violation("nothing stands in the way", why);
    state.note("%s", why.what());
    arrival.leave();
    state.arrival = Optional.empty();
  }

  /** Some parts, if there are so many. */
  void send(Arrival arrival, int partsMax) {
    for (int i = 0; i < partsMax && arrival.isUnderWay(); i++) {
      Optional<Part> part = arrival.next();
      if (part.isEmpty()) return;
      state.note("%s comes to %s", part.get(), arrival.volume());
      arrival.send(part.get());
    }
  }

  void leave(Arrival arrival) {
    state.note("%s is left off", arrival.header().name());
    arrival.leave();
  }

  private void giveUp(Arrival arrival) {
    state.note("%s is given up", arrival.header().name());
    arrival.giveUp();
  }

  private void giveUpLeft(Arrival arrival) {
    state.note("what is here of %s is given up", arrival.header().name());
    arrival.giveUpLeft(state.store().snapshots());
  }

  void complete(Arrival arrival) {
    state.note("%s is complete", arrival.header().name());
    if (arrival.base().isPresent()) state.close(arrival.volume());
    state.inFlight = new InFlight.Arriving(arrival);
    try {
      arrival.complete();
      arrival.requireNothingLost(state);
      arrival.cutOff();
      state.arrived(arrival);
    } catch (GatewayError.Conflict e) {
      refused(arrival, e);
    }
    state.inFlight = new InFlight.Nothing();
  }

  /** Whoever has no room leaves off, and may not get on record how far it had come. */
  private void leaveAfter(GatewayError.NoSpace full) {
    try {
      state.arrival.ifPresent(Arrival::leave);
    } catch (GatewayError.NoSpace again) {
      full.addSuppressed(again);
    }
  }
}
