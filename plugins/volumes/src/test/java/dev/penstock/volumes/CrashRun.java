package dev.penstock.volumes;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.ZeroMode;
import dev.penstock.volumes.disk.PowerCut;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * One script of everything that a store does, and what is wrong if the power is cut after each of
 * its operations, and after each of those of the recovery that follows.
 */
final class CrashRun {
  static final Store.Limits LIMITS = new Store.Limits(10, 1 << 20, 10, 1 << 20);

  private static final int SIZE_BYTES = 16 << 10;

  /** Above what the script and the recovery take: a loop that does not end is a failure. */
  private static final int OPERATIONS_MAX = 1_000;

  private final Survivors survivors;
  private final Names names;
  private final Predicate<String> forgotten;
  private final List<String> violations = new ArrayList<>();
  private int cuts;

  CrashRun(Survivors survivors, Names names, Predicate<String> forgotten) {
    this.survivors = survivors;
    this.names = names;
    this.forgotten = forgotten;
  }

  static Store open(SimulatedDisk disk) {
    return Store.open(disk, LIMITS, () -> Instant.EPOCH, _ -> {});
  }

  /** What was found that must not be, each with the cut that led to it. */
  List<String> violations() {
    for (int cut = 0; cut < OPERATIONS_MAX; cut++) {
      SimulatedDisk disk =
          new SimulatedDisk(survivors, names).forgetting(forgotten).cutPowerAfter(cut);
      CrashModel model = new CrashModel();
      boolean finished = finishes(() -> script(disk, model));
      checkRecovery(disk, model, cut);
      if (finished) return violations;
    }
    throw new AssertionError("the script has no end");
  }

  /** How many power cuts were looked at. */
  int cuts() {
    return cuts;
  }

  private static boolean finishes(Runnable script) {
    try {
      script.run();
      return true;
    } catch (PowerCut _) {
      return false;
    }
  }

  private void checkRecovery(SimulatedDisk crashed, CrashModel model, int cut) {
    for (int again = 0; again < OPERATIONS_MAX; again++) {
      String when = "cut after %d, in recovery after %d".formatted(cut, again);
      // Each round begins with the same crash: what survives is decided anew, and the same way.
      SimulatedDisk disk = crashed.powerOn().forgetting(forgotten).cutPowerAfter(again);
      boolean finished;
      try {
        finished = finishes(() -> open(disk).close());
      } catch (GatewayError e) {
        violations.add(when + ": the store does not open: " + e.what());
        return;
      }
      check(disk.powerOn(), model, when);
      if (finished) return;
    }
    throw new AssertionError("the recovery has no end");
  }

  private void check(SimulatedDisk disk, CrashModel model, String when) {
    cuts++;
    try (Store store = open(disk)) {
      Map<String, VolumeInfo> found =
          store.list().stream().collect(Collectors.toMap(VolumeInfo::name, info -> info));
      for (String extra : found.keySet())
        if (!model.volumes.containsKey(extra)) violations.add(when + ": nobody made " + extra);
      new TreeMap<>(model.volumes)
          .forEach((name, volume) -> check(store, found, name, volume, when));
      int layers = disk.list("layers").size();
      if (layers != found.size() || disk.list("volumes").size() != found.size())
        violations.add(when + ": left over: " + disk.list("layers") + disk.list("volumes"));
    } catch (GatewayError e) {
      violations.add(when + ": " + e.what());
    }
  }

  private void check(
      Store store,
      Map<String, VolumeInfo> found,
      String name,
      CrashModel.OfVolume model,
      String when) {
    VolumeInfo info = found.get(name);
    if (info == null) {
      if (!model.mayBeMissing) violations.add("%s: volume %s is lost".formatted(when, name));
      return;
    }
    if (!model.mayBeThere) violations.add("%s: volume %s is back".formatted(when, name));
    if (!model.sizes.contains(info.sizeBytes()))
      violations.add("%s: %s has %d bytes".formatted(when, name, info.sizeBytes()));
    try (Volume volume = store.openVolume(name)) {
      for (long sector = 0; sector < info.sizeBytes() / CrashModel.SECTOR_BYTES; sector++)
        check(volume, sector, model, when);
    }
  }

  private void check(Volume volume, long sector, CrashModel.OfVolume model, String when) {
    ByteBuffer bytes = ByteBuffer.allocate(CrashModel.SECTOR_BYTES);
    volume.read(sector * CrashModel.SECTOR_BYTES, bytes);
    bytes.flip();
    long value = bytes.getLong(0);
    while (bytes.hasRemaining())
      if (bytes.getLong() != value) {
        violations.add("%s: sector %d is torn".formatted(when, sector));
        return;
      }
    if (!model.allowed(sector).contains(value))
      violations.add(
          "%s: sector %d holds %d, and only %s may be there"
              .formatted(when, sector, value, model.allowed(sector)));
  }

  private static void script(SimulatedDisk disk, CrashModel model) {
    try (Store store = open(disk)) {
      create(store, model, "first");
      try (Volume volume = store.openVolume("first")) {
        var user = new User(volume, model.volume("first"));
        user.write(0, 4, 1);
        user.write(8, 2, 2);
        user.flush();
        user.write(1, 2, 3);
        user.trim(8, 1);
        user.flush();
        user.writeDurably(10, 2, 4);
        user.zero(0, 2, ZeroMode.MAY_PUNCH);
        user.zero(2, 1, ZeroMode.KEEP_SPACE);
        user.resize(2 * SIZE_BYTES);
        user.write(40, 3, 5);
        user.flush();
        user.write(41, 1, 6);
      }
      create(store, model, "second");
      remove(store, model, "first");
      create(store, model, "first");
    }
    try (Store store = open(disk)) {
      remove(store, model, "second");
      try (Volume volume = store.openVolume("first")) {
        var user = new User(volume, model.volume("first"));
        user.write(3, 1, 7);
        user.resize(3 * SIZE_BYTES);
        user.flush();
      }
    }
  }

  private static void create(Store store, CrashModel model, String name) {
    var fresh = new CrashModel.OfVolume();
    CrashModel.OfVolume before = model.volumes.put(name, fresh);
    fresh.sizes.add((long) SIZE_BYTES);
    fresh.mayBeMissing = before == null || before.mayBeMissing;
    store.create(name, SIZE_BYTES);
    fresh.mayBeMissing = false;
  }

  private static void remove(Store store, CrashModel model, String name) {
    CrashModel.OfVolume volume = model.volume(name);
    volume.mayBeMissing = true;
    store.remove(name);
    volume.mayBeThere = false;
  }

  /** Uses a volume, and tells the model before and after each call. */
  private record User(Volume volume, CrashModel.OfVolume model) {
    void write(long sector, int count, long value) {
      changes(sector, count, value);
      volume.write(sector * CrashModel.SECTOR_BYTES, CrashModel.sectors(value, count));
    }

    void writeDurably(long sector, int count, long value) {
      changes(sector, count, value);
      volume.writeDurably(sector * CrashModel.SECTOR_BYTES, CrashModel.sectors(value, count));
      for (long s = sector; s < sector + count; s++) model.durable(s, value);
    }

    void trim(long sector, int count) {
      changes(sector, count, 0);
      volume.trim(sector * CrashModel.SECTOR_BYTES, (long) count * CrashModel.SECTOR_BYTES);
    }

    void zero(long sector, int count, ZeroMode mode) {
      changes(sector, count, 0);
      volume.zero(sector * CrashModel.SECTOR_BYTES, (long) count * CrashModel.SECTOR_BYTES, mode);
    }

    void flush() {
      volume.flush();
      model.flushed();
    }

    void resize(long sizeBytes) {
      model.sizes.add(sizeBytes);
      volume.resize(sizeBytes);
      model.resized(sizeBytes);
    }

    private void changes(long sector, int count, long value) {
      for (long s = sector; s < sector + count; s++) {
        model.allowed(s).add(value);
        model.current.put(s, value);
      }
    }
  }
}
