package dev.penstock.volumes;

import dev.penstock.volumes.claim.ClaimMap;
import dev.penstock.volumes.claim.Claims;
import dev.penstock.volumes.claim.GrainState;
import dev.penstock.volumes.claim.Grains;
import dev.penstock.volumes.claim.Run;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.head.ClaimingHead;
import dev.penstock.volumes.head.Head;
import dev.penstock.volumes.head.RootHead;
import dev.penstock.volumes.layer.ClaimFiles;
import dev.penstock.volumes.layer.Layer;
import dev.penstock.volumes.layer.View;
import dev.penstock.volumes.manifest.Manifest;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/**
 * Puts two layers together, the lower of which nobody names.
 *
 * <p><b>Up</b>, into the upper one: what the lower one claims and the upper one does not is copied,
 * synced and claimed; then every manifest does without the lower one. Until it is claimed, the
 * upper one shows the same bytes by showing the lower one's.
 *
 * <p><b>Down</b>, into a root: what the upper one claims is copied over what it hides anyway, and
 * synced; then every manifest has the root in the upper one's place. The result is a plain file.
 *
 * <p>The end of a layer says what a claim of zeroes would say, and must not be lost with it.
 */
final class Merge {
  private static final int COPY_BYTES = 256 << 10;

  /** A writer that outruns the copying in so many passes does so in any number. */
  private static final int PASSES_MAX = 16;

  /** What is left for the time in which nobody writes: milliseconds. */
  private static final long LAST_PASS_GRAINS = 256;

  private final Disk disk;
  private final Catalogue catalogue;
  private final OpenVolumes open;
  private final Facilities facilities;
  private final Merging.Pair pair;
  private final Layer below;
  private final Layer above;

  Merge(
      Disk disk, Catalogue catalogue, OpenVolumes open, Facilities facilities, Merging.Pair pair) {
    this.disk = disk;
    this.catalogue = catalogue;
    this.open = open;
    this.facilities = facilities;
    this.pair = pair;
    Manifest manifest = pair.anyManifest();
    this.below = catalogue.layers().get(pair.below(), manifest.layer(pair.below()));
    this.above = catalogue.layers().get(pair.above(), manifest.layer(pair.above()));
  }

  void carryOut(Merging.Progress progress) {
    Optional<String> writer = writer();
    if (writer.isEmpty()) stillOf(progress);
    else
      open.merging(
          writer.get(),
          volume -> online(writer.get(), volume, progress),
          isAwaited ->
              stillOf(bytes -> {
                if (isAwaited.getAsBoolean()) throw Merging.interrupted("volume " + writer.get());
                progress.copied(bytes);
              }));
  }

  /** The volume whose head the upper layer is now: since it was chosen it may have been frozen. */
  private Optional<String> writer() {
    return catalogue.volumes().entrySet().stream()
        .filter(entry -> entry.getValue().head().equals(pair.above()))
        .map(Map.Entry::getKey)
        .findFirst();
  }

  private void stillOf(Merging.Progress progress) {
    if (pair.goesDown()) stillDown(progress);
    else stillUp(progress);
  }

  private void online(String name, StoredVolume volume, Merging.Progress progress) {
    try {
      if (pair.goesDown()) downFromHead(volume, progress);
      else upIntoHead(volume, progress);
    } catch (IllegalStateException _) { // it was closed
      throw Merging.interrupted("volume " + name);
    }
  }

  /** That of the upper layer, and of no other: that one's claims say nothing of these two. */
  private ClaimingHead headOf(StoredVolume volume) {
    Head head = volume.head(); // first: a new layer is on top before it has a head
    if (head instanceof ClaimingHead its && volume.view().top().equals(above)) return its;
    throw Merging.interrupted("volume " + volume.name());
  }

  private void upIntoHead(StoredVolume volume, Merging.Progress progress) {
    ClaimingHead head = headOf(volume);
    Claims claims = below.claims().copy();
    keepEnd(claims);
    claims.forEach(run -> {
      for (long at = run.first(); at < run.end(); ) {
        long from = at;
        long[] to = new long[1];
        volume.use(() -> {
          if (volume.head() != head) throw Merging.interrupted(volume.name());
          to[0] = head.takeOver(below, from, run.end());
        });
        progress.copied(Grains.offsetOf(to[0] - from));
        at = to[0];
      }
      return true;
    });
    volume.flush();
    commitUp();
  }

  /** The upper layer is not written: its claims are replaced as a whole. */
  private void stillUp(Merging.Progress progress) {
    ClaimMap read = ClaimFiles.read(disk, above.id());
    Claims merged = read.claims().copy();
    Claims claims = below.claims().copy();
    keepEnd(claims);
    long end = Grains.holding(above.sizeBytes());
    Copying copying = new Copying(below, above, above.sizeBytes(), facilities, progress);
    claims.forEach(
        0,
        end,
        run -> {
          forEachAbsent(
              read.claims(),
              run,
              (first, last) -> {
                if (run.state() == GrainState.DATA) copying.copy(first, last);
                merged.set(first, last - first, run.state());
              });
          return true;
        });
    copying.sync();
    catalogue.change(() -> {
      requireNeeded();
      ClaimFiles.writeMap(disk, above.id(), new ClaimMap(merged, read.lsn(), writer().isEmpty()));
      above.replaceClaims(merged);
      catalogue.stored().forget(above.id());
      return merged;
    });
    commitUp();
  }

  /** Its last snapshot may have been destroyed meanwhile. */
  private void requireNeeded() {
    if (!catalogue.needed().contains(above.id())) throw Merging.interrupted("layer " + above.id());
  }

  @FunctionalInterface
  private interface Range {
    void of(long first, long end);
  }

  /** The parts of a run that the other layer says nothing of. */
  private static void forEachAbsent(Claims other, Run run, Range range) {
    long[] at = {run.first()};
    other.forEach(
        run.first(),
        run.end(),
        claimed -> {
          if (claimed.first() > at[0]) range.of(at[0], claimed.first());
          at[0] = claimed.end();
          return true;
        });
    if (run.end() > at[0]) range.of(at[0], run.end());
  }

  /** Past its end the lower layer said zero, whatever was further down. */
  private void keepEnd(Claims claims) {
    long from = Grains.holding(below.sizeBytes());
    long to = Grains.holding(above.sizeBytes());
    if (from < to) claims.set(from, to - from, GrainState.ZERO);
  }

  private void commitUp() {
    catalogue.change(() -> {
      replaceAll(now -> now.edit().drop(below.id()).done());
      for (View view : open.views()) if (view.layers().contains(below)) view.merged(below, above);
      free();
      return below;
    });
  }

  private void free() {
    for (String name : List.copyOf(catalogue.volumes().keySet())) {
      Manifest now = catalogue.volumes().get(name);
      if (now != null) catalogue.freeDropped(name, now);
    }
  }

  private void stillDown(Merging.Progress progress) {
    var _ = fit();
    copyDown(above.claims(), new Copying(above, below, above.sizeBytes(), facilities, progress));
    commitDown();
  }

  /** Copies what changes meanwhile again, until so little is left that nobody minds waiting. */
  private void downFromHead(StoredVolume volume, Merging.Progress progress) {
    ClaimingHead head = headOf(volume);
    long sizeBytes = fit();
    Copying copying = new Copying(above, below, sizeBytes, facilities, progress);
    head.noteChanges();
    try {
      Claims left = head.claims();
      for (int pass = 0; pass < PASSES_MAX && grains(left) > LAST_PASS_GRAINS; pass++) {
        copyDown(left, copying);
        if (volume.head() != head) throw Merging.interrupted(volume.name());
        left = head.changesNoted();
      }
      Claims last = left;
      volume.switchHead(() -> {
        if (volume.head() != head || above.sizeBytes() != sizeBytes)
          throw Merging.interrupted(volume.name());
        Claims rest = last.copy();
        rest.add(head.changesNoted());
        copyDown(rest, copying);
        return rootHead(head);
      });
    } finally {
      head.forgetChanges();
    }
  }

  private RootHead rootHead(ClaimingHead before) {
    if (!below.data().hold()) throw Merging.interrupted("layer " + below.id());
    try {
      commitDown();
    } catch (RuntimeException e) {
      below.data().release();
      throw e;
    }
    before.freeze();
    return new RootHead(below, facilities);
  }

  /**
   * The root becomes as long as what goes into it: longer while what is added is zero, as before;
   * shorter by the manifest that has it in the upper one's place, what is cut being zero by then.
   *
   * @return how long
   */
  private long fit() {
    long sizeBytes = above.sizeBytes();
    if (below.sizeBytes() < sizeBytes) {
      Copying.inFile(
          below,
          file -> {
            file.truncate(sizeBytes);
            file.sync();
          });
      catalogue.change(() -> {
        replaceAll(now -> now.edit().resized(below.id(), sizeBytes).done());
        below.grownTo(sizeBytes);
        return sizeBytes;
      });
    } else if (below.sizeBytes() > sizeBytes && facilities.punch())
      Copying.inFile(
          below,
          file -> {
            file.punch(sizeBytes, below.sizeBytes() - sizeBytes);
            file.sync();
          });
    return sizeBytes;
  }

  /** Every manifest that has both now: a clone may have been made meanwhile. */
  private void replaceAll(UnaryOperator<Manifest> next) {
    for (String name : List.copyOf(catalogue.volumes().keySet())) {
      Manifest now = catalogue.volumes().get(name);
      if (now != null && now.layers().keySet().containsAll(Set.of(above.id(), below.id())))
        catalogue.replace(name, next.apply(now));
    }
  }

  private static long grains(Claims claims) {
    return claims.count(GrainState.DATA) + claims.count(GrainState.ZERO);
  }

  private void copyDown(Claims claims, Copying copying) {
    claims.forEach(run -> {
      if (run.state() == GrainState.DATA) copying.copy(run.first(), run.end());
      else copying.clear(run.first(), run.end());
      return true;
    });
    copying.sync();
  }

  private void commitDown() {
    catalogue.change(() -> {
      requireNeeded();
      replaceAll(now -> now.edit().replace(above.id(), below.id()).done());
      below.grownTo(above.sizeBytes());
      catalogue.stored().forget(below.id());
      for (View view : open.views()) if (view.layers().contains(above)) view.merged(above, below);
      free();
      return below;
    });
  }

  /** Copies grains from one layer's file to the other's. */
  private static final class Copying {
    private final Layer from;
    private final Layer to;
    private final long limitBytes;
    private final Facilities facilities;
    private final Merging.Progress progress;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(COPY_BYTES);

    Copying(
        Layer from, Layer to, long limitBytes, Facilities facilities, Merging.Progress progress) {
      this.from = from;
      this.to = to;
      this.limitBytes = limitBytes;
      this.facilities = facilities;
      this.progress = progress;
    }

    /** Whole grains, as far as the target goes: past the end of its file a layer holds zeroes. */
    void copy(long first, long end) {
      long stop = Math.min(Grains.offsetOf(end), limitBytes);
      for (long at = Grains.offsetOf(first); at < stop; at += COPY_BYTES)
        copy(at, (int) Math.min(COPY_BYTES, stop - at));
    }

    private void copy(long offset, int lengthBytes) {
      buffer.clear().limit(lengthBytes);
      inFile(from, file -> read(file, offset));
      buffer.flip();
      inFile(to, file -> file.write(offset, buffer));
      progress.copied(lengthBytes);
    }

    private void read(DiskFile file, long offset) {
      int limit = buffer.limit();
      buffer.limit(Math.clamp(from.sizeBytes() - offset, 0, limit));
      if (buffer.hasRemaining()) file.read(offset, buffer);
      buffer.limit(limit);
      while (buffer.hasRemaining()) buffer.put((byte) 0);
    }

    void clear(long first, long end) {
      long start = Grains.offsetOf(first);
      long stop = Math.min(Grains.offsetOf(end), limitBytes);
      if (start >= stop) return;
      if (facilities.punch()) inFile(to, file -> file.punch(start, stop - start));
      else for (long at = start; at < stop; at += COPY_BYTES) writeZeroes(at, stop);
    }

    private void writeZeroes(long offset, long stop) {
      buffer.clear().limit((int) Math.min(COPY_BYTES, stop - offset));
      while (buffer.hasRemaining()) buffer.put((byte) 0);
      inFile(to, file -> file.write(offset, buffer.flip()));
    }

    void sync() {
      inFile(to, DiskFile::sync);
    }

    static void inFile(Layer layer, Consumer<DiskFile> step) {
      if (!layer.data().hold()) throw Merging.interrupted("layer " + layer.id());
      try {
        step.accept(layer.data().data());
      } finally {
        layer.data().release();
      }
    }
  }
}
