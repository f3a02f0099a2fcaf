package dev.penstock.volumes;

import dev.penstock.spi.volume.Change;
import dev.penstock.spi.volume.Extent;
import dev.penstock.volumes.claim.ClaimPage;
import dev.penstock.volumes.claim.Claims;
import dev.penstock.volumes.claim.GrainState;
import dev.penstock.volumes.claim.Grains;
import dev.penstock.volumes.layer.Layer;
import dev.penstock.volumes.layer.Layers;
import dev.penstock.volumes.layer.View;
import dev.penstock.volumes.manifest.Manifest;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * What differs between two states of a volume, told from what the layers between them claim: from
 * the one down to the layer that both come from, and up to the other. No data is read. Nothing that
 * differs is missed; what was written with the same bytes counts as different.
 */
final class Differences {
  /** Bytes, from the one to before the other. */
  record Range(long from, long to) {}

  /**
   * Two states of a volume, as the manifest has them now.
   *
   * @param older empty for nothing at all
   * @param ahead of the newer one's top layer
   */
  record Ends(Manifest manifest, Optional<String> older, String newer, View.Ahead ahead) {}

  private final Catalogue catalogue;
  private final OpenVolumes open;
  private final Layers layers;

  Differences(Catalogue catalogue, OpenVolumes open) {
    this.catalogue = catalogue;
    this.open = open;
    this.layers = catalogue.layers();
  }

  /**
   * The whole range, as changed or not.
   *
   * @param ends asked while no manifest changes
   */
  void changes(Supplier<Ends> ends, Range range, Change.Sink sink) {
    if (range.from() == range.to()) return;
    try (Comparison comparison = comparison(ends)) {
      Filling filling = new Filling(range, sink);
      long last = Grains.pageOf(Grains.holding(range.to()) - 1);
      for (long page = Grains.pageOf(Grains.of(range.from())); page <= last; page++)
        if (!comparison.page(page, filling)) return;
      filling.finish();
    }
  }

  private Comparison comparison(Supplier<Ends> ends) {
    synchronized (catalogue) {
      return new Comparison(ends.get());
    }
  }

  /**
   * What differs at or after an offset, as it is in the newer one.
   *
   * @param ends asked while no manifest changes
   */
  void extents(Supplier<Ends> ends, long offset, Extent.Sink sink) {
    Ends now;
    synchronized (catalogue) {
      now = ends.get();
    }
    if (now.older().isEmpty()) {
      everything(ends, offset, sink);
      return;
    }
    try (Comparison comparison = comparison(ends)) {
      long sizeBytes = now.manifest().layer(now.newer()).sizeBytes();
      Joining joining = new Joining(offset, sizeBytes, sink);
      for (long page : comparison.pages(Grains.pageOf(Grains.of(offset))))
        if (!comparison.page(page, joining)) return;
      var _ = joining.finish();
    }
  }

  private void everything(Supplier<Ends> ends, long offset, Extent.Sink sink) {
    View view;
    synchronized (catalogue) {
      Ends now = ends.get();
      view = open.view(layers.chain(now.manifest(), now.newer()), now.ahead());
    }
    try {
      long sizeBytes = view.top().sizeBytes();
      if (offset < sizeBytes)
        view.extents(
            offset,
            sizeBytes - offset,
            extent -> extent.kind() != Extent.Kind.DATA || sink.accept(extent));
    } finally {
      open.close(view);
    }
  }

  /** Takes runs of grains that changed, in order. */
  private interface Grained {
    /**
     * @return false to be given no more
     */
    boolean changed(long first, long end, GrainState now);
  }

  /** Holds on to the claims, and to a view: layers may be merged while they are compared. */
  private final class Comparison implements AutoCloseable {
    private final List<Claims> above = new ArrayList<>(); // of the newer one, the newest first
    private final List<Claims> aside = new ArrayList<>(); // of the older one
    private final Optional<View> newest; // if what the newer one shows has to be looked up
    private final View.Ahead ahead;
    private final long addedFrom; // what the newer one is longer by, with the grain the end cuts
    private final long newerEnd;

    Comparison(Ends ends) {
      Manifest manifest = ends.manifest();
      String older = ends.older().orElseThrow();
      ahead = ends.ahead();
      long olderBytes = manifest.layer(older).sizeBytes();
      long newerBytes = manifest.layer(ends.newer()).sizeBytes();
      newerEnd = Grains.holding(newerBytes);
      addedFrom = olderBytes < newerBytes ? Grains.of(olderBytes) : newerEnd;
      List<String> of = manifest.chain(older);
      List<String> to = manifest.chain(ends.newer());
      addClaims(manifest, to, of, above);
      addClaims(manifest, of, to, aside);
      boolean isLookedUp = !aside.isEmpty() || addedFrom < newerEnd;
      newest =
          isLookedUp
              ? Optional.of(open.view(layers.chain(manifest, ends.newer()), ahead))
              : Optional.empty();
    }

    /** Of the layers that the one has and the other has not; a root claims nothing. */
    private void addClaims(
        Manifest manifest, List<String> chain, List<String> other, List<Claims> claims) {
      for (String id : chain) {
        if (other.contains(id)) return;
        Layer layer = layers.get(id, manifest.layer(id));
        if (!layer.isRoot()) claims.add(layer.claims());
      }
    }

    @Override
    public void close() {
      newest.ifPresent(open::close);
    }

    NavigableSet<Long> pages(long from) {
      NavigableSet<Long> pages = new TreeSet<>();
      for (Claims claims : above) pages.addAll(claims.pages().tailMap(from, true).keySet());
      for (Claims claims : aside) pages.addAll(claims.pages().tailMap(from, true).keySet());
      for (long at = addedFrom; at < newerEnd; at = Grains.firstOf(Grains.pageOf(at) + 1))
        if (Grains.pageOf(at) >= from) pages.add(Grains.pageOf(at));
      return pages;
    }

    boolean page(long page, Grained sink) {
      ClaimPage claimed = claimed(page);
      long base = Grains.firstOf(page);
      boolean[] goesOn = {true};
      claimed.forEach(
          0,
          Math.clamp(newerEnd - base, 0, Grains.PER_PAGE),
          (first, end, state) ->
              goesOn[0] = goesOn[0] && sink.changed(base + first, base + end, state));
      return goesOn[0];
    }

    private ClaimPage claimed(long page) {
      ClaimPage found = ClaimPage.EMPTY; // the newest first: what follows is put under it
      for (ClaimPage newest : ahead.pages(page)) found = found.over(newest);
      for (Claims claims : above) found = found.over(claims.page(page));
      ClaimPage elsewhere = elsewhere(page);
      return elsewhere.isEmpty() ? found : found.over(resolved(page, elsewhere));
    }

    /** What the older one has changed, and what lies between the two ends. */
    private ClaimPage elsewhere(long page) {
      ClaimPage claimed = ClaimPage.EMPTY;
      for (Claims claims : aside) claimed = claimed.over(claims.page(page));
      long base = Grains.firstOf(page);
      int from = Math.clamp(addedFrom - base, 0, Grains.PER_PAGE);
      int to = Math.clamp(newerEnd - base, 0, Grains.PER_PAGE);
      return from < to ? claimed.over(ClaimPage.EMPTY.with(from, to, GrainState.DATA)) : claimed;
    }

    /** What the newer one shows where the layers above say nothing. */
    private ClaimPage resolved(long page, ClaimPage elsewhere) {
      View view = newest.orElseThrow();
      long base = Grains.firstOf(page);
      ClaimPage[] states = {ClaimPage.EMPTY};
      elsewhere.forEach(
          0,
          Math.clamp(newerEnd - base, 0, Grains.PER_PAGE),
          (first, end, _) -> resolve(view, base + first, base + end, states));
      return states[0];
    }

    private static void resolve(View view, long first, long end, ClaimPage[] states) {
      for (long at = first; at < end; ) {
        long zero = view.zeroUpTo(at, end);
        long to = zero > at ? zero : at + 1;
        states[0] =
            states[0].with(
                Grains.inPage(at),
                Grains.inPage(at) + (int) (to - at),
                zero > at ? GrainState.ZERO : GrainState.DATA);
        at = to;
      }
    }
  }

  /** Joins runs that touch and are alike, cut to a range. */
  private static final class Joining implements Grained {
    private final long from;
    private final long to;
    private final Extent.Sink sink;
    private long first;
    private long end;
    private GrainState state = GrainState.ABSENT;

    Joining(long from, long to, Extent.Sink sink) {
      this.from = from;
      this.to = to;
      this.sink = sink;
    }

    @Override
    public boolean changed(long firstGrain, long endGrain, GrainState now) {
      if (firstGrain == end && now == state) {
        end = endGrain;
        return true;
      }
      boolean goesOn = finish();
      first = firstGrain;
      end = endGrain;
      state = now;
      return goesOn;
    }

    boolean finish() {
      long start = Math.max(from, Grains.offsetOf(first));
      long stop = Math.min(to, Grains.offsetOf(end));
      if (state == GrainState.ABSENT || start >= stop) return true;
      Extent.Kind kind = state == GrainState.DATA ? Extent.Kind.DATA : Extent.Kind.HOLE;
      return sink.accept(new Extent(start, stop - start, kind));
    }
  }

  /** Fills what lies between the changes. */
  private static final class Filling implements Grained {
    private final Range range;
    private final Change.Sink sink;
    private long toldTo;
    private long end; // of the changes that touch, and are not told yet
    private boolean goesOn = true;

    Filling(Range range, Change.Sink sink) {
      this.range = range;
      this.sink = sink;
      this.toldTo = range.from();
      this.end = range.from();
    }

    @Override
    public boolean changed(long firstGrain, long endGrain, GrainState now) {
      long start = Math.clamp(Grains.offsetOf(firstGrain), range.from(), range.to());
      long stop = Math.clamp(Grains.offsetOf(endGrain), range.from(), range.to());
      if (start >= stop) return goesOn;
      if (start > end) {
        tell(end, true);
        tell(start, false);
      }
      end = stop;
      return goesOn;
    }

    private void tell(long to, boolean changed) {
      if (goesOn && to > toldTo) goesOn = sink.accept(new Change(toldTo, to - toldTo, changed));
      toldTo = Math.max(toldTo, to);
    }

    void finish() {
      tell(end, true);
      tell(range.to(), false);
    }
  }
}
