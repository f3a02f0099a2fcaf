package dev.penstock.replication.report;

import dev.penstock.replication.plan.Step;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What became of a volume in an attempt.
 *
 * @param waitsFor what keeps it from going on
 * @param error the last; stays until the volume has got on
 * @param stepsDone of {@code steps}; the one after them is the current one
 * @param deferred what was not destroyed since somebody needs it, in words
 * @param consecutiveErrors since the last success, in earlier runs too
 * @param notBefore when it is tried again
 */
public record VolumeReport(
    String name,
    State state,
    WaitsFor waitsFor,
    Optional<ErrorReport> error,
    List<StepReport> steps,
    int stepsDone,
    List<String> deferred,
    int consecutiveErrors,
    Optional<Instant> notBefore) {

  /** Of more steps only the ones around the current one are written. */
  private static final int STEPS_WRITTEN_MAX = 20;

  /** Where it is. */
  public enum State {
    PLANNING,
    PLANNING_ERROR,
    STEPPING,
    STEP_ERROR,
    DONE
  }

  /** What a volume may wait for. */
  public enum WaitsFor {
    NOTHING,
    A_SLOT_TO_PLAN,
    ITS_PARENT,
    A_SLOT_TO_STEP,
    ITS_TIME
  }

  public VolumeReport {
    steps = List.copyOf(steps);
    deferred = List.copyOf(deferred);
  }

  static VolumeReport of(String name) {
    return new VolumeReport(
        name,
        State.PLANNING,
        WaitsFor.NOTHING,
        Optional.empty(),
        List.of(),
        0,
        List.of(),
        0,
        Optional.empty());
  }

  public VolumeReport waitingFor(WaitsFor what) {
    return new VolumeReport(
        name,
        state,
        what,
        error,
        steps,
        stepsDone,
        deferred,
        consecutiveErrors,
        what == WaitsFor.ITS_TIME ? notBefore : Optional.empty());
  }

  /**
   * Its plan is made, or made anew: what is done stays, and what was sent was sent. Without a step
   * it is done.
   *
   * @param offset what the receiver has of the first step already
   */
  public VolumeReport planned(List<Step> plan, long offset) {
    if (plan.isEmpty()) return done();
    List<StepReport> all = new ArrayList<>(steps.subList(0, stepsDone));
    for (Step step : plan) all.add(planned(StepReport.of(step, step.resumed() ? offset : 0)));
    return new VolumeReport(
        name,
        State.STEPPING,
        WaitsFor.NOTHING,
        error,
        all,
        stepsDone,
        deferred,
        consecutiveErrors,
        Optional.empty());
  }

  /** As the plan before had it, if it did. */
  private StepReport planned(StepReport step) {
    return steps.stream()
        .skip(stepsDone)
        .filter(one -> one.to().equals(step.to()))
        .findFirst()
        .map(step::after)
        .orElse(step);
  }

  private VolumeReport done() {
    return new VolumeReport(
        name,
        State.DONE,
        WaitsFor.NOTHING,
        Optional.empty(),
        steps.subList(0, stepsDone),
        stepsDone,
        deferred,
        0,
        Optional.empty());
  }

  /** The receiver turns out to have this snapshot: its step is done, though nobody had heard it. */
  public VolumeReport arrived(String snapshot) {
    for (int i = stepsDone; i < steps.size(); i++)
      if (steps.get(i).to().equals(snapshot))
        return new VolumeReport(
            name, state, waitsFor, error, steps, i + 1, deferred, consecutiveErrors, notBefore);
    return this;
  }

  /** The current step looks like this now. */
  public VolumeReport stepping(StepReport current) {
    List<StepReport> changed = new ArrayList<>(steps);
    changed.set(stepsDone, current);
    return new VolumeReport(
        name,
        State.STEPPING,
        WaitsFor.NOTHING,
        error,
        changed,
        stepsDone,
        deferred,
        consecutiveErrors,
        notBefore);
  }

  /** So many more bytes of the current step are on their way. */
  public VolumeReport sent(long bytes) {
    return stepsDone < steps.size() ? stepping(steps.get(stepsDone).sent(bytes)) : this;
  }

  /** The receiver has confirmed the current step. */
  public VolumeReport stepDone() {
    boolean last = stepsDone + 1 == steps.size();
    return new VolumeReport(
        name,
        last ? State.DONE : State.STEPPING,
        WaitsFor.NOTHING,
        Optional.empty(),
        steps,
        stepsDone + 1,
        deferred,
        0,
        Optional.empty());
  }

  public VolumeReport failed(ErrorReport why, int errorsInARow, Optional<Instant> nextTry) {
    return new VolumeReport(
        name,
        state == State.PLANNING || state == State.PLANNING_ERROR
            ? State.PLANNING_ERROR
            : State.STEP_ERROR,
        nextTry.isPresent() ? WaitsFor.ITS_TIME : WaitsFor.NOTHING,
        Optional.of(why),
        steps,
        stepsDone,
        deferred,
        errorsInARow,
        nextTry);
  }

  public VolumeReport deferring(List<String> what) {
    return new VolumeReport(
        name, state, waitsFor, error, steps, stepsDone, what, consecutiveErrors, notBefore);
  }

  public boolean isDone() {
    return state == State.DONE;
  }

  long bytesSent() {
    return steps.stream().mapToLong(StepReport::bytesSent).sum();
  }

  JsonObject toJson() {
    int first = Math.clamp(stepsDone - STEPS_WRITTEN_MAX / 2, 0, Math.max(0, steps.size() - 1));
    var written = new JsonArray();
    steps.stream().skip(first).limit(STEPS_WRITTEN_MAX).forEach(step -> written.add(step.toJson()));
    var json =
        new JsonObject()
            .put("name", name)
            .put("state", word(state))
            .put("waits_for", word(waitsFor))
            .put("steps_total", steps.size())
            .put("steps_done", stepsDone)
            .put("bytes_sent", bytesSent())
            .put("steps_from", first)
            .put("steps", written)
            .put("deferred", new JsonArray(new ArrayList<>(deferred)))
            .put("consecutive_errors", consecutiveErrors);
    error.ifPresent(one -> json.put("error", one.toJson()));
    notBefore.ifPresent(at -> json.put("not_before", at.toString()));
    return json;
  }

  static String word(Enum<?> one) {
    return one.name().toLowerCase(Locale.ROOT);
  }
}
