package dev.penstock.pruner.rule;

import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.snapshot.Snapshots;
import dev.penstock.spi.volume.SnapshotInfo;
import java.util.BitSet;
import org.pf4j.Extension;

/** Keeps what a job has not brought to its receiver yet. */
@Extension
public final class NotReplicatedRule implements RetentionRule {
  @Override
  public String key() {
    return "not_replicated";
  }

  @Override
  public String summary() {
    return "Keeps snapshots until a job has replicated them";
  }

  @Override
  public ConfiguredRule read(Block settings, Problems problems) {
    String job = settings.requiredText("job", problems);
    boolean keepAtCursor = settings.bool("keep_snapshot_at_cursor", true, problems);
    settings.refuseOtherKeys(problems);
    return new NotReplicated(Snapshots.ANCHOR_PREFIX + job, keepAtCursor);
  }

  /**
   * What came before the job's cursor, the newest snapshot that its receiver has confirmed, is
   * replicated; the one at the cursor too, unless it is to be kept. Without a cursor nothing is.
   *
   * @param tag of the hold that is the cursor
   */
  record NotReplicated(String tag, boolean keepAtCursor) implements ConfiguredRule {
    @Override
    public BitSet letsGo(Series series) {
      BitSet replicated = new BitSet();
      int cursor = series.where(one -> one.holds().contains(tag)).length() - 1;
      if (cursor >= 0) replicated.set(0, keepAtCursor ? cursor : cursor + 1);
      return replicated;
    }

    /** It says from when on a snapshot may go, and not for how long any is kept. */
    @Override
    public boolean isFor(SnapshotInfo snapshot) {
      return false;
    }
  }
}
