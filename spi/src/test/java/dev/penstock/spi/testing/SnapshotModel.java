package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.volume.Extent;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotStore;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeStore;
import dev.penstock.spi.volume.ZeroMode;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * What a store of snapshots is compared with: an array of bytes for each volume, and a copy of it
 * for each snapshot. Each step is done to both.
 */
final class SnapshotModel {
  private static final int VOLUMES_MAX = 3;
  private static final int SNAPSHOTS_MAX = 6;

  private static final class Modelled {
    byte[] bytes;
    Optional<Kept> base;
    Optional<Volume> open = Optional.empty();
    final List<Kept> snapshots = new ArrayList<>();

    Modelled(byte[] bytes, Optional<Kept> base) {
      this.bytes = bytes;
      this.base = base;
    }
  }

  /** A chain of them is what a volume comes from, destroyed ones too. */
  private static final class Kept {
    private final SnapshotInfo info;
    private final byte[] bytes;
    private final Optional<Kept> parent;

    Kept(SnapshotInfo info, byte[] bytes, Optional<Kept> parent) {
      this.info = info;
      this.bytes = bytes;
      this.parent = parent;
    }
  }

  private final Random random;
  private final UnaryOperator<VolumeStore> reopen;
  private final Map<String, Modelled> volumes = new LinkedHashMap<>();
  private VolumeStore store;
  private int names;

  SnapshotModel(
      Random random,
      VolumeStore store,
      String volume,
      int sizeBytes,
      UnaryOperator<VolumeStore> reopen) {
    this.random = random;
    this.store = store;
    this.reopen = reopen;
    volumes.put(volume, new Modelled(new byte[sizeBytes], Optional.empty()));
  }

  /** Does one random call to both, and says which. */
  String step() {
    String name = any(List.copyOf(volumes.keySet()));
    Modelled volume = modelled(name);
    return switch (random.nextInt(20)) {
      case 0, 1, 2, 3, 4, 5, 6, 7 -> change(name, volume);
      case 8, 9, 10, 11, 12 -> take(name, volume);
      case 13, 14 -> destroy(name, volume);
      case 15 -> rollBack(name, volume);
      case 16 -> clone(name, volume);
      case 17 -> remove(name, volume);
      case 18 -> {
        closeAll();
        store = reopen.apply(store);
        yield "open the store again";
      }
      default -> {
        close(volume);
        yield "close " + name;
      }
    };
  }

  private String change(String name, Modelled volume) {
    Volume opened = open(name, volume);
    int length = random.nextInt(random.nextBoolean() ? 9_000 : volume.bytes.length / 2);
    int at = random.nextInt(volume.bytes.length - length + 1);
    if (random.nextBoolean()) {
      at -= at % 4096;
      length -= length % 4096;
    }
    String range = " %d bytes at %d of %s".formatted(length, at, name);
    return switch (random.nextInt(8)) {
      case 0 -> {
        ZeroMode mode = random.nextBoolean() ? ZeroMode.MAY_PUNCH : ZeroMode.KEEP_SPACE;
        opened.zero(at, length, mode);
        Arrays.fill(volume.bytes, at, at + length, (byte) 0);
        yield "zero" + range;
      }
      case 1 -> {
        opened.trim(at, length);
        adoptTrimmed(opened, volume, at, length);
        yield "trim" + range;
      }
      case 2 -> {
        if (!opened.capabilities().contains(VolumeCapability.RESIZE)) yield "nothing";
        int larger = volume.bytes.length + random.nextInt(20_000);
        opened.resize(larger);
        volume.bytes = Arrays.copyOf(volume.bytes, larger);
        yield "grow %s to %d".formatted(name, larger);
      }
      case 3 -> {
        opened.flush();
        yield "flush " + name;
      }
      default -> {
        byte[] written = SnapshotFixture.bytes(random.nextLong(), length);
        opened.write(at, ByteBuffer.wrap(written));
        System.arraycopy(written, 0, volume.bytes, at, length);
        yield "write" + range;
      }
    };
  }

  /** A trimmed byte is zero or as before; which of the two is settled by looking. */
  private static void adoptTrimmed(Volume opened, Modelled volume, int at, int length) {
    ByteBuffer seen = ByteBuffer.allocate(length);
    opened.read(at, seen);
    for (int i = 0; i < length; i++) if (seen.get(i) == 0) volume.bytes[at + i] = 0;
  }

  private String take(String name, Modelled volume) {
    if (volume.snapshots.size() >= SNAPSHOTS_MAX) return destroy(name, volume);
    SnapshotInfo info = snapshots().create(name, "s" + names++);
    Kept kept = new Kept(info, volume.bytes.clone(), volume.base);
    volume.snapshots.add(kept);
    volume.base = Optional.of(kept);
    return "take %s of %s".formatted(info.name(), name);
  }

  private String destroy(String name, Modelled volume) {
    List<Kept> some = volume.snapshots.stream().filter(_ -> random.nextInt(3) == 0).toList();
    List<UUID> guids = some.stream().map(kept -> kept.info.guid()).toList();
    assertThat(snapshots().destroy(name, guids).values()).allMatch(Optional::isEmpty);
    volume.snapshots.removeAll(some);
    return "destroy %s of %s".formatted(some.stream().map(kept -> kept.info.name()).toList(), name);
  }

  private String rollBack(String name, Modelled volume) {
    if (volume.snapshots.isEmpty()) return "nothing";
    Kept to = any(volume.snapshots);
    close(volume);
    snapshots().rollback(name, to.info.guid());
    volume.bytes = to.bytes.clone();
    volume.base = Optional.of(to);
    return "roll %s back to %s".formatted(name, to.info.name());
  }

  private String clone(String name, Modelled volume) {
    if (volume.snapshots.isEmpty() || volumes.size() == VOLUMES_MAX) return "nothing";
    Kept origin = any(volume.snapshots);
    String clone = "clone" + names++;
    snapshots().clone(name, origin.info.guid(), clone);
    // What a clone says of its origin's snapshots is its own affair.
    volumes.put(clone, new Modelled(origin.bytes.clone(), Optional.empty()));
    return "clone %s of %s as %s".formatted(origin.info.name(), name, clone);
  }

  private String remove(String name, Modelled volume) {
    if (volumes.size() == 1) return "nothing";
    close(volume);
    store.remove(name);
    volumes.remove(name);
    return "remove " + name;
  }

  void closeAll() {
    volumes.values().forEach(this::close);
  }

  private void close(Modelled volume) {
    volume.open.ifPresent(opened -> {
      opened.flush();
      opened.close();
    });
    volume.open = Optional.empty();
  }

  private Volume open(String name, Modelled volume) {
    Volume opened = volume.open.orElseGet(() -> store.openVolume(name));
    volume.open = Optional.of(opened);
    return opened;
  }

  /** Every volume and snapshot is what it should be, and nothing that differs is missed. */
  void assertSame(String when) {
    volumes.forEach((name, volume) -> {
      assertThat(snapshots().list(name))
          .as(when)
          .containsExactlyElementsOf(volume.snapshots.stream().map(kept -> kept.info).toList());
      Volume opened = open(name, volume);
      SnapshotFixture.assertSame(SnapshotFixture.content(opened), volume.bytes, name + "; " + when);
      for (Kept kept : volume.snapshots) {
        String what = name + "@" + kept.info.name();
        byte[] shown = SnapshotFixture.shown(store, name, kept.info);
        SnapshotFixture.assertSame(shown, kept.bytes, what + "; " + when);
        assertDiffs(name, volume, kept, when);
      }
      assertChanges(opened, volume, when);
    });
  }

  private void assertDiffs(String name, Modelled volume, Kept to, String when) {
    for (Kept from : volume.snapshots) {
      List<Extent> told = new ArrayList<>();
      snapshots().diff(name, Optional.of(from.info.guid()), to.info.guid(), 0, told::add);
      String what = "%s to %s of %s; %s".formatted(from.info.name(), to.info.name(), name, when);
      SnapshotDiffContract.assertCovers(told, from.bytes, to.bytes, what);
    }
  }

  private static void assertChanges(Volume opened, Modelled volume, String when) {
    if (!opened.capabilities().contains(VolumeCapability.CHANGES)) return;
    for (Optional<Kept> at = volume.base; at.isPresent(); at = at.get().parent) {
      Kept since = at.get();
      if (!volume.snapshots.contains(since)) continue;
      SnapshotDiffContract.assertCovers(
          SnapshotDiffContract.changed(opened, since.info.guid()),
          since.bytes,
          volume.bytes,
          "since %s; %s".formatted(since.info.name(), when));
    }
  }

  private SnapshotStore snapshots() {
    return store.snapshots().orElseThrow();
  }

  private Modelled modelled(String name) {
    return Optional.ofNullable(volumes.get(name)).orElseThrow();
  }

  private <T> T any(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }
}
