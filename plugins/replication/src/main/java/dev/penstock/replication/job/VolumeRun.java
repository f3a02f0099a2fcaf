package dev.penstock.replication.job;

import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.replication.plan.Step;
import dev.penstock.replication.plan.Version;
import dev.penstock.spi.volume.Partial;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * How far one volume is in a run. Belongs to whoever has its turn: the run's own thread, or the one
 * that takes its step.
 */
final class VolumeRun {
  private final String name;
  private Optional<Planned> planned = Optional.empty();
  private int stepsDone;
  private int consecutiveErrors;
  private int replans;
  private boolean needsPlan;
  private boolean gotFarther;

  /** The best that was ever reached, of which snapshot: what comes again below is no progress. */
  private Optional<UUID> reachedOf = Optional.empty();

  private long reachedBytes;

  /**
   * What is to be done.
   *
   * @param volume its guid at the sender
   * @param partial what the receiver has of the first step's target
   */
  record Planned(
      UUID volume, List<Preparation> before, List<Step> steps, Optional<Partial> partial) {
    Planned {
      before = List.copyOf(before);
      steps = List.copyOf(steps);
    }
  }

  VolumeRun(String name) {
    this.name = name;
  }

  String name() {
    return name;
  }

  void plan(Planned what) {
    planned = Optional.of(what);
    stepsDone = 0;
    needsPlan = false;
  }

  Planned planned() {
    return planned.orElseThrow();
  }

  boolean isPlanned() {
    return planned.isPresent();
  }

  boolean needsPlan() {
    return needsPlan;
  }

  void planAgain() {
    needsPlan = true;
  }

  /** What is not done yet of the plan; empty if there never was one. */
  List<Step> left() {
    return planned.map(its -> its.steps().subList(stepsDone, its.steps().size())).orElse(List.of());
  }

  Optional<Step> next() {
    List<Step> left = left();
    return left.isEmpty() ? Optional.empty() : Optional.of(left.getFirst());
  }

  boolean isFirstStep() {
    return stepsDone == 0;
  }

  /** What both sides have now: what was confirmed last. */
  void stepDone() {
    stepsDone++;
    consecutiveErrors = 0;
    replans = 0;
    gotFarther = false;
  }

  /** When the next target was taken; now if nothing is planned. */
  Instant target(Instant now) {
    return next().map(step -> step.to().createdAt()).orElse(now);
  }

  /** The snapshots that the step needs, and those that come after it lead to. */
  List<Version> needed() {
    List<Version> needed = new ArrayList<>();
    next().flatMap(Step::from).filter(Version::isSnapshot).ifPresent(needed::add);
    next().map(Step::to).ifPresent(needed::add);
    if (!left().isEmpty()) needed.add(left().getLast().to());
    return needed;
  }

  /**
   * Notes how far a snapshot has come.
   *
   * @return whether that is farther than ever
   */
  boolean reached(UUID snapshot, long bytes) {
    if (!reachedOf.equals(Optional.of(snapshot))) {
      reachedOf = Optional.of(snapshot);
      reachedBytes = 0;
    }
    if (bytes <= reachedBytes) return false;
    reachedBytes = bytes;
    gotFarther = true;
    return true;
  }

  /** A volume that got farther than ever before it failed has not failed in a row. */
  int failed() {
    consecutiveErrors = gotFarther ? 1 : consecutiveErrors + 1;
    gotFarther = false;
    needsPlan = true;
    return consecutiveErrors;
  }

  int consecutiveErrors() {
    return consecutiveErrors;
  }

  /** What was planned with has changed; how often that happened without a step between. */
  int replanned() {
    needsPlan = true;
    return ++replans;
  }
}
