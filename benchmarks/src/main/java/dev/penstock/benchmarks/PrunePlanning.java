package dev.penstock.benchmarks;

import dev.penstock.pruner.config.PrunerConfig;
import dev.penstock.pruner.config.Rules;
import dev.penstock.pruner.plan.VolumePlan;
import dev.penstock.pruner.rule.GridRule;
import dev.penstock.pruner.rule.LastRule;
import dev.penstock.pruner.rule.RegexRule;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import dev.penstock.spi.module.Extensions;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.volume.SnapshotInfo;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.pf4j.ExtensionPoint;

/**
 * Planning a prune of a million snapshots with grid, last and regex: of one volume, or of many.
 * Every tenth was taken by hand; the others a minute after each other, or with a clock that jumped.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(jvmArgsAppend = "-Xmx1g") // the snapshots themselves take 200 MiB
public class PrunePlanning {
  private static final int SNAPSHOTS = 1_000_000;
  private static final Mark HERE = new Mark("benchmark.yaml", 1);

  @Param({"1", "1000"})
  private int volumes;

  @Param({"false", "true"})
  private boolean clockJumps;

  private final Rules rules = new Rules(new ThreeRules());
  private final PrunerConfig config = config();
  private final List<Series> all = new ArrayList<>();

  /** What is planned for. */
  @Setup
  public void take() {
    for (int volume = 0; volume < volumes; volume++) {
      List<SnapshotInfo> snapshots = new ArrayList<>();
      for (int i = 0; i < SNAPSHOTS / volumes; i++) snapshots.add(snapshot(i));
      all.add(new Series("vm-" + volume, snapshots, Instant.ofEpochSecond(60L * SNAPSHOTS)));
    }
  }

  private SnapshotInfo snapshot(int i) {
    long second = 60L * i + (clockJumps && i % 1000 < 10 ? 86_400 : 0);
    String name = (i % 10 == 0 ? "by-hand-" : "auto-") + i;
    return new SnapshotInfo(new UUID(1, i), name, 1, Instant.ofEpochSecond(second), Set.of());
  }

  /** All of them, once. */
  @Benchmark
  public int million() {
    int go = 0;
    for (Series series : all)
      go += VolumePlan.of(series, config.policies(), rules).goes().cardinality();
    return go;
  }

  private PrunerConfig config() {
    var keep =
        List.of(
            rule("grid", "spec", "1x1h(keep=all) | 24x1h | 14x1d | 52x1w", "regex", "^auto-"),
            rule("last", "count", "100", "regex", "^auto-"),
            rule("regex", "regex", "^by-hand-.*7$"));
    Block policy =
        Block.named("policies.all", HERE)
            .put("volumes", HERE, new Setting.Text("*", HERE))
            .put("keep", HERE, new Setting.Items(keep, HERE))
            .build();
    Block policies = Block.named("policies", HERE).put("all", HERE, policy).build();
    var problems = new Problems();
    var read =
        PrunerConfig.read(
            Block.named("pruner", HERE).put("policies", HERE, policies).build(), rules, problems);
    if (!problems.isEmpty()) throw new IllegalStateException(problems.inOrder().toString());
    return read;
  }

  private static Setting rule(String key, String... settings) {
    Block.Builder block = Block.named(key, HERE);
    for (int i = 0; i < settings.length; i += 2)
      block.put(settings[i], HERE, new Setting.Text(settings[i + 1], HERE));
    return Block.named("rule", HERE).put(key, HERE, block.build()).build();
  }

  private static final class ThreeRules implements Extensions {
    @Override
    public <T extends ExtensionPoint> List<T> of(Class<T> type) {
      List<RetentionRule> made = List.of(new GridRule(), new LastRule(), new RegexRule());
      return made.stream().map(type::cast).toList();
    }
  }
}
