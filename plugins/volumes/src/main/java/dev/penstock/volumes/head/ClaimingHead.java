package dev.penstock.volumes.head;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.ZeroMode;
import dev.penstock.volumes.claim.ClaimLog;
import dev.penstock.volumes.claim.ClaimMap;
import dev.penstock.volumes.claim.ClaimPage;
import dev.penstock.volumes.claim.Claims;
import dev.penstock.volumes.claim.GrainState;
import dev.penstock.volumes.claim.Grains;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.DiskFile;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.layer.ClaimFiles;
import dev.penstock.volumes.layer.Layer;
import dev.penstock.volumes.layer.View;
import java.nio.ByteBuffer;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A layer upon others. A grain that is touched first is written whole and claimed; a claim is
 * durable only after its grain:
 *
 * <pre>
 *   write    lock the grain · write all of it · claim it · acknowledge
 *   sync     take the claims · sync the data · log the claims, and sync · punch what is zero now
 * </pre>
 *
 * So what a claim says that survives a crash is there, and what was written without a claim that
 * survives is as if it had not been.
 */
public final class ClaimingHead implements Head {
  private static final Logger log = LoggerFactory.getLogger(ClaimingHead.class);

  /** A log this long is put into a map: reading it bounds how long opening a volume takes. */
  static final long LOG_BYTES_MAX = 16L << 20;

  /** A claim can cut one run of another state in two. */
  private static final int RECORDS_PER_CLAIM = 2;

  private final Disk disk;
  private final Layer layer;
  private final View view;
  private final DiskFile data;
  private final ClaimLog claimLog;
  private final PendingClaims claims;
  private final Facilities facilities;
  private final GrainLocks locks = new GrainLocks();
  private final ChangeNotes notes = new ChangeNotes();
  private long checkpointAtBytes = LOG_BYTES_MAX;

  ClaimingHead(
      Disk disk,
      Layer layer,
      View view,
      ClaimLog claimLog,
      PendingClaims claims,
      Facilities facilities) {
    this.disk = disk;
    this.layer = layer;
    this.view = view;
    this.data = layer.data().data();
    this.claimLog = claimLog;
    this.claims = claims;
    this.facilities = facilities;
  }

  @Override
  public void write(long offset, ByteBuffer source) {
    int lengthBytes = source.remaining();
    try {
      writeOrTouch(offset, source);
    } finally {
      notes.add(offset, lengthBytes);
    }
  }

  private void writeOrTouch(long offset, ByteBuffer source) {
    long end = offset + source.remaining();
    long at = offset;
    while (at < end) {
      long owned = Grains.offsetOf(view.ownedByTop(Grains.of(at), Grains.holding(end)));
      at = owned > at ? writeOver(at, Math.min(owned, end), source) : touch(at, end, source);
    }
  }

  private long writeOver(long at, long end, ByteBuffer source) {
    data.write(at, next(source, end - at));
    return end;
  }

  /** The next so many bytes, which count as taken from the source. */
  private static ByteBuffer next(ByteBuffer source, long lengthBytes) {
    ByteBuffer part = source.slice(source.position(), (int) lengthBytes);
    source.position(source.position() + (int) lengthBytes);
    return part;
  }

  /** Writes up to the end of a stripe, of which something is touched for the first time. */
  private long touch(long at, long end, ByteBuffer source) {
    long grain = Grains.of(at);
    long to = Math.min(end, Grains.offsetOf(GrainLocks.endOfStripe(grain)));
    locks.inStripe(grain, () -> touchLocked(at, to, source));
    return to;
  }

  private void touchLocked(long from, long to, ByteBuffer source) {
    long at = from;
    while (at < to) {
      long grain = Grains.of(at);
      long whole = isWholeEnd(to) ? Grains.holding(to) : Grains.of(to);
      if (view.ownedByTop(grain, grain + 1) > grain)
        at = writeOver(at, Math.min(to, Grains.offsetOf(grain + 1)), source);
      else if (Grains.isAligned(at) && whole > grain)
        at = writeWhole(at, Math.min(to, Grains.offsetOf(whole)), grain, whole, source);
      else at = writePart(at, Math.min(to, Grains.offsetOf(grain + 1)), grain, source);
    }
  }

  /** Whether a grain that is written up to here is written whole. */
  private boolean isWholeEnd(long offset) {
    return Grains.isAligned(offset) || offset == layer.sizeBytes();
  }

  private long writeWhole(long at, long end, long first, long endGrain, ByteBuffer source) {
    claimAfter(first, endGrain, GrainState.DATA, () -> data.write(at, next(source, end - at)));
    return end;
  }

  private long writePart(long at, long end, long grain, ByteBuffer source) {
    ByteBuffer whole = grain(grain);
    whole.put((int) (at - Grains.offsetOf(grain)), source, source.position(), (int) (end - at));
    claimAfter(grain, grain + 1, GrainState.DATA, () -> data.write(Grains.offsetOf(grain), whole));
    source.position(source.position() + (int) (end - at));
    return end;
  }

  /** All bytes of a grain, as they are now. */
  private ByteBuffer grain(long grain) {
    long offset = Grains.offsetOf(grain);
    int lengthBytes = (int) Math.min(Grains.BYTES, layer.sizeBytes() - offset);
    ByteBuffer whole = ByteBuffer.allocateDirect(lengthBytes);
    view.read(offset, whole);
    return whole.flip();
  }

  /** The room for the record comes first: a claim must not fail once its bytes are there. */
  private void claimAfter(long first, long end, GrainState state, Runnable step) {
    claimLog.reserve(RECORDS_PER_CLAIM);
    try {
      step.run();
    } catch (RuntimeException e) {
      claimLog.release(RECORDS_PER_CLAIM);
      throw e;
    }
    claim(first, end, state);
  }

  private void claim(long first, long end, GrainState state) {
    view.own(
        first,
        end,
        state == GrainState.ZERO,
        () -> claims.claim(first, end - first, state, RECORDS_PER_CLAIM));
  }

  /** Only where the layer has all of it, durably, is there nothing to claim. */
  @Override
  public boolean writeDurably(long offset, ByteBuffer source) {
    long first = Grains.of(offset);
    long end = Grains.holding(offset + source.remaining());
    if (view.ownedByTop(first, end) < end || !claims.isDurable(first, end)) return false;
    int lengthBytes = source.remaining();
    try {
      data.writeDurably(offset, source);
    } finally {
      notes.add(offset, lengthBytes);
    }
    return true;
  }

  /** Parts of grains stay as they are. */
  @Override
  public void trim(long offset, long lengthBytes) {
    long end = offset + lengthBytes;
    long endGrain = isWholeEnd(end) ? Grains.holding(end) : Grains.of(end);
    clear(Grains.holding(offset), endGrain);
  }

  @Override
  public void zero(long offset, long lengthBytes, ZeroMode mode) {
    long end = offset + lengthBytes;
    long first = Grains.holding(offset);
    long endGrain = isWholeEnd(end) ? Grains.holding(end) : Grains.of(end);
    if (first >= endGrain) {
      Zeroes.write(this, offset, lengthBytes);
      return;
    }
    Zeroes.write(this, offset, Grains.offsetOf(first) - offset);
    if (mode == ZeroMode.MAY_PUNCH) clear(first, endGrain);
    else reserveRoom(first, endGrain);
    if (end > Grains.offsetOf(endGrain))
      Zeroes.write(this, Grains.offsetOf(endGrain), end - Grains.offsetOf(endGrain));
  }

  /** The grains are zero: claimed to be so, and punched once that is durable. */
  private void clear(long first, long end) {
    if (first >= end) return;
    locks.forEach(first, end, this::clearLocked);
    notes.add(Grains.offsetOf(first), Grains.offsetOf(end - first));
  }

  /** Only what is not zero already: the rest has not changed, and is no difference. */
  private void clearLocked(long first, long end) {
    for (long at = first; at < end; ) {
      long from = view.zeroUpTo(at, end);
      long to = Math.min(end, view.notZeroUpTo(from, end));
      if (from < to) claimAfter(from, to, GrainState.ZERO, () -> {});
      at = Math.max(to, from);
    }
  }

  /** The grains are zero and have room. */
  private void reserveRoom(long first, long end) {
    if (!facilities.zeroRange()) {
      long from = Grains.offsetOf(first);
      Zeroes.write(this, from, Math.min(Grains.offsetOf(end), layer.sizeBytes()) - from);
      return;
    }
    locks.forEach(first, end, this::reserveRoomLocked);
    notes.add(Grains.offsetOf(first), Grains.offsetOf(end - first));
  }

  private void reserveRoomLocked(long first, long end) {
    long from = Grains.offsetOf(first);
    long to = Math.min(Grains.offsetOf(end), layer.sizeBytes());
    claimAfter(first, end, GrainState.DATA, () -> data.zeroRange(from, to - from));
  }

  @Override
  public void writeSoon(long offset, long lengthBytes) {
    data.writeSoon(offset, lengthBytes);
  }

  @Override
  public void sync() {
    Claims round = claims.beginRound();
    Head.syncForGood(data);
    if (round.isEmpty()) return;
    try {
      claimLog.append(round);
    } catch (GatewayError.NoSpace e) {
      claims.roundPutOff();
      throw e;
    }
    claims.roundDone(claimLog);
    if (facilities.punch()) round.forEach(run -> punch(run.first(), run.end(), run.state()));
    if (claimLog.recordsBytes() > checkpointAtBytes) checkpoint();
  }

  private boolean punch(long first, long end, GrainState state) {
    if (state == GrainState.ZERO) locks.forEach(first, end, this::punchLocked);
    return true;
  }

  /** Not where somebody has written since. */
  private void punchLocked(long first, long end) {
    for (long at = first; at < end; ) {
      long zero = view.zeroUpTo(at, end);
      if (zero > at) {
        long from = Grains.offsetOf(at);
        long to = Math.min(Grains.offsetOf(zero), layer.sizeBytes()); // before what it grows by
        if (from < to) data.punch(from, to - from);
      }
      at = zero + 1;
    }
  }

  private void checkpoint() {
    try {
      ClaimFiles.writeMap(
          disk, layer.id(), new ClaimMap(claims.durable(), claimLog.lastLsn(), false));
    } catch (GatewayError.NoSpace e) {
      checkpointAtBytes += LOG_BYTES_MAX; // the log has room, and goes on
      log.atWarn()
          .addKeyValue("layer", layer.id())
          .addKeyValue("reason", e.what())
          .log("claims stay in the log");
      return;
    }
    claimLog.beginAnew();
    checkpointAtBytes = LOG_BYTES_MAX;
  }

  /**
   * A grain that the old end cut through, and that is not this layer's, becomes so; what is added
   * and would show what is below is claimed to be zero.
   */
  @Override
  public void growTo(long sizeBytes) {
    long before = layer.sizeBytes();
    if (!Grains.isAligned(before)) materialize(Grains.of(before));
    data.truncate(sizeBytes);
    data.sync();
    boolean isCovered = view.layers().stream().skip(1).allMatch(l -> l.sizeBytes() <= before);
    long first = Grains.holding(before);
    long end = Grains.holding(sizeBytes);
    if (!isCovered && first < end) {
      claimLog.reserve(RECORDS_PER_CLAIM);
      claims.claim(first, end - first, GrainState.ZERO, RECORDS_PER_CLAIM);
    }
  }

  private void materialize(long grain) {
    locks.inStripe(
        grain,
        () -> {
          if (view.ownedByTop(grain, grain + 1) > grain) return;
          ByteBuffer whole = grain(grain);
          claimAfter(
              grain, grain + 1, GrainState.DATA, () -> data.write(Grains.offsetOf(grain), whole));
        });
  }

  /** What is claimed of a page and not durable yet, the newest first. */
  public List<ClaimPage> ahead(long page) {
    return claims.ahead(page);
  }

  /** What the layer claims now, durable or not. */
  public Claims claims() {
    return claims.all();
  }

  /** Whether the layer shows what is below it. */
  public boolean claimsNothing() {
    return claims.isEmpty();
  }

  /** From now on what is changed is noted, until {@link #forgetChanges}. */
  public void noteChanges() {
    notes.begin();
  }

  /** What was changed since it was asked last, as it is claimed now. */
  public Claims changesNoted() {
    Claims noted = notes.take(); // first: what is claimed after the look below is noted anew
    Claims all = claims.all();
    Claims changed = new Claims();
    noted.forEach(range -> {
      all.forEach(
          range.first(),
          range.end(),
          run -> {
            changed.set(run.first(), run.count(), run.state());
            return true;
          });
      return true;
    });
    return changed;
  }

  public void forgetChanges() {
    notes.end();
  }

  /**
   * Takes over what the layer right below shows and this one does not say itself, up to the end of
   * a stripe: when all of it is taken over, that layer is not needed.
   *
   * @return where the stripe ends, or {@code end}
   */
  public long takeOver(Layer below, long first, long end) {
    long to = Math.min(end, GrainLocks.endOfStripe(first));
    locks.inStripe(first, () -> takeOverLocked(below, first, to));
    return to;
  }

  private void takeOverLocked(Layer below, long first, long end) {
    for (long at = first; at < end; ) {
      long from = at;
      long owned = view.ownedBy(below, from, end);
      long zero = view.zeroUpTo(from, end);
      if (owned > from) claimAfter(from, owned, GrainState.DATA, () -> copy(from, owned));
      else if (zero > from) claimAfter(from, zero, GrainState.ZERO, () -> {});
      at = Math.max(from + 1, Math.max(owned, zero));
    }
  }

  private void copy(long first, long end) {
    long from = Grains.offsetOf(first);
    long to = Math.min(Grains.offsetOf(end), layer.sizeBytes());
    ByteBuffer bytes = ByteBuffer.allocateDirect((int) (to - from));
    view.read(from, bytes);
    data.write(from, bytes.flip());
  }

  @Override
  public void freeze() {
    close();
  }

  /** Nothing was claimed since the last sync: the claims are in the files. */
  @Override
  public void close() {
    claimLog.close();
    layer.unpin();
    layer.data().release();
  }
}
