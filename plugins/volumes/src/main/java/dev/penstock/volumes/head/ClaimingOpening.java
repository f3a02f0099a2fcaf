package dev.penstock.volumes.head;

import dev.penstock.volumes.claim.ClaimLog;
import dev.penstock.volumes.claim.ClaimMap;
import dev.penstock.volumes.claim.ClaimPage;
import dev.penstock.volumes.claim.Claims;
import dev.penstock.volumes.disk.Disk;
import dev.penstock.volumes.disk.Facilities;
import dev.penstock.volumes.layer.ClaimFiles;
import dev.penstock.volumes.layer.Layer;
import dev.penstock.volumes.layer.View;
import java.util.List;

/** What a view of a layer that is written has to know before it is made. */
public final class ClaimingOpening implements View.Ahead {
  private final Disk disk;
  private final Layer layer;
  private final ClaimLog claimLog;
  private final PendingClaims claims;

  private ClaimingOpening(Disk disk, Layer layer, ClaimLog claimLog, Claims durable) {
    this.disk = disk;
    this.layer = layer;
    this.claimLog = claimLog;
    this.claims = new PendingClaims(durable);
    layer.pin(durable);
  }

  /** Of a layer that was just made, with its log. */
  public static ClaimingOpening ofNew(Disk disk, Layer layer, ClaimLog log) {
    return new ClaimingOpening(disk, layer, log, new Claims());
  }

  /**
   * Of a layer that was written before. Its log is begun anew: what a crash left behind its end
   * must never be taken for what comes now.
   */
  public static ClaimingOpening of(Disk disk, Layer layer) {
    ClaimFiles.Opened files = ClaimFiles.open(disk, layer.id());
    try {
      if (files.log().recordsBytes() > 0)
        ClaimFiles.writeMap(
            disk, layer.id(), new ClaimMap(files.claims(), files.log().lastLsn(), false));
      files.log().beginAnew();
      return new ClaimingOpening(disk, layer, files.log(), files.claims());
    } catch (RuntimeException e) {
      files.log().close();
      throw e;
    }
  }

  @Override
  public List<ClaimPage> pages(long page) {
    return claims.ahead(page);
  }

  /** Once there is a view; the layer's file is held, and the head holds it from now on. */
  public ClaimingHead head(View view, Facilities facilities) {
    return new ClaimingHead(disk, layer, view, claimLog, claims, facilities);
  }

  /** There will be no head. */
  public void abandon() {
    claimLog.close();
    layer.unpin();
  }
}
