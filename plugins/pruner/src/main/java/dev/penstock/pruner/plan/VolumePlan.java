package dev.penstock.pruner.plan;

import dev.penstock.pruner.config.Policy;
import dev.penstock.pruner.config.RuleSettings;
import dev.penstock.pruner.config.Rules;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.retention.ConfiguredRule;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.volume.SnapshotInfo;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What becomes of the snapshots of one volume. A snapshot goes if every rule of every policy that
 * means the volume lets it go, if it is not among the newest that stay in any case, and if nobody
 * holds it. Keeps nothing of the rules' plugins.
 *
 * @param series that it was made for
 * @param policies by name
 * @param rulings what each rule lets go
 * @param atLeast how many of the newest stay
 * @param goes the places of those that are to be destroyed
 * @param unmatched the places of those among them that no rule is for
 */
public record VolumePlan(
    Series series,
    List<String> policies,
    List<Ruling> rulings,
    int atLeast,
    BitSet goes,
    BitSet unmatched) {

  /** One rule's answer. */
  public record Ruling(String rule, BitSet letsGo) {}

  /** More kinds of names say nothing new. */
  private static final int SHAPES_MAX = 10;

  public VolumePlan {
    policies = List.copyOf(policies);
    rulings = List.copyOf(rulings);
  }

  /**
   * Decides.
   *
   * @param policies all that mean the volume; without one everything stays
   * @throws GatewayError if a rule is not there, or failed: then nothing of the volume goes
   */
  public static VolumePlan of(Series series, List<Policy> policies, Rules rules) {
    int size = series.snapshots().size();
    BitSet goes = policies.isEmpty() ? new BitSet() : series.allBut(new BitSet());
    BitSet unmatched = new BitSet();
    unmatched.or(goes);
    List<Ruling> rulings = new ArrayList<>();
    for (Policy policy : policies) {
      if (policy.keep().isEmpty())
        rulings.add(new Ruling(policy.name() + ": it has no rules", new BitSet()));
      for (RuleSettings settings : policy.keep()) {
        ConfiguredRule rule = rules.make(settings);
        rulings.add(new Ruling(settings.label(), asked(rule, series, unmatched)));
      }
    }
    for (Ruling ruling : rulings) goes.and(ruling.letsGo());
    int atLeast = policies.stream().mapToInt(Policy::atLeast).max().orElse(0);
    goes.clear(Math.max(0, size - atLeast), size);
    goes.andNot(series.where(one -> !one.holds().isEmpty()));
    unmatched.and(goes);
    var names = policies.stream().map(Policy::name).toList();
    return new VolumePlan(series, names, rulings, atLeast, goes, unmatched);
  }

  private static BitSet asked(ConfiguredRule rule, Series series, BitSet unmatched) {
    BitSet letsGo = rule.letsGo(series);
    for (int i = unmatched.nextSetBit(0); i >= 0; i = unmatched.nextSetBit(i + 1))
      if (letsGo.get(i) && rule.isFor(series.snapshots().get(i))) unmatched.clear(i);
    return letsGo;
  }

  public Verdict verdict(int place) {
    SnapshotInfo snapshot = series.snapshots().get(place);
    List<String> keeping = new ArrayList<>();
    List<String> letting = new ArrayList<>();
    for (Ruling ruling : rulings)
      (ruling.letsGo().get(place) ? letting : keeping).add(ruling.rule());
    if (!keeping.isEmpty() || rulings.isEmpty()) return new Verdict.Kept(keeping);
    if (place >= series.snapshots().size() - atLeast) return new Verdict.AmongNewest(atLeast);
    if (!snapshot.holds().isEmpty()) return new Verdict.Held(snapshot.holds());
    return new Verdict.Goes(letting, unmatched.get(place));
  }

  /** Those that are to be destroyed, the oldest first. */
  public List<SnapshotInfo> going() {
    return goes.stream().mapToObj(series.snapshots()::get).toList();
  }

  public int stays() {
    return series.snapshots().size() - goes.cardinality();
  }

  /**
   * How many of those that go no rule is for, by what their names look like: {@code
   * before-upgrade-#}.
   */
  public Map<String, Integer> unmatchedNames() {
    Map<String, Integer> shapes = new TreeMap<>();
    for (int i = unmatched.nextSetBit(0); i >= 0; i = unmatched.nextSetBit(i + 1)) {
      String shape = series.snapshots().get(i).name().replaceAll("[0-9]+", "#");
      if (shapes.size() < SHAPES_MAX || shapes.containsKey(shape))
        shapes.merge(shape, 1, Integer::sum);
    }
    return shapes;
  }
}
