package dev.penstock.gateway.e2e;

import dev.penstock.gateway.e2e.HandoffFault.Kind;
import dev.penstock.gateway.e2e.HandoffFault.Step;
import dev.penstock.gateway.e2e.HandoffStops.Held;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Migrations from whoever owns the volume, until each of some faults has happened, and what comes
 * of it. A fault waits for the one before; two of one point happen at once. The next migration is
 * begun when the one before has come to nothing or to its end, and a fault has not happened yet.
 */
final class HandoffCase {
  private static final int FREEZE_MILLIS = 2000;

  /** Longer than clients may wait for the hand-over. */
  private static final long FAULT_MILLIS = 2300;

  /** How often records are looked at while nothing stops. */
  private static final long LOOK_MILLIS = 10;

  private static final int MIGRATIONS_MAX = 10;
  private static final long SETTLED_MILLIS = 90_000;

  private final HandoffLane lane;
  private final Deque<HandoffFault> left;
  private final Set<Kind> happened = EnumSet.noneOf(Kind.class);
  private PackagedGateway source;
  private PackagedGateway destination;
  private int migrations;
  private boolean waits;
  private boolean wished;

  /**
   * What came of it.
   *
   * @param handedOver whether the last migration did what it should in spite of all
   */
  record Outcome(boolean handedOver, int migrations) {
    @Override
    public String toString() {
      return (handedOver ? "D" : "S") + migrations;
    }
  }

  HandoffCase(HandoffLane lane, List<HandoffFault> faults) {
    this.lane = lane;
    this.left = new ArrayDeque<>(faults);
    this.source = lane.sites.home;
    this.destination = lane.sites.away;
  }

  Outcome run() throws Exception {
    lane.stops.arm(left.getFirst().point());
    while (!left.isEmpty()) {
      if (migrations == MIGRATIONS_MAX)
        throw new AssertionError(
            "after %d migrations, still to come: %s".formatted(migrations, left));
      migrate();
    }
    lane.assertServed();
    return new Outcome(lane.owner().equals(destination), migrations);
  }

  private void migrate() throws IOException, InterruptedException {
    migrations++;
    source = lane.owner();
    destination = lane.other(source);
    waits = left.stream().anyMatch(one -> isOf(one, Step.ASK) || isOf(one, Step.ABORT));
    wished = false;
    lane.start(source, new JsonObject().put("freeze_millis", FREEZE_MILLIS).put("confirm", waits));
    untilSettled();
  }

  private static boolean isOf(HandoffFault fault, Step step) {
    return fault.point().step() == step;
  }

  private void untilSettled() throws InterruptedException {
    long beganNanos = System.nanoTime();
    while (true) {
      var held = lane.stops.take(LOOK_MILLIS);
      if (held.isPresent()) strike(held.get());
      else if (lane.isSettled()) return;
      else steer();
      if (System.nanoTime() - beganNanos > SETTLED_MILLIS * 1_000_000)
        throw new AssertionError("not settled: " + lane.told());
    }
  }

  /** What an operator says, in a migration that waits for it. */
  private void steer() {
    if (wished || !waits || !lane.phase(source).equals("confirm")) return;
    if (!left.isEmpty() && isOf(left.getFirst(), Step.ASK)) return; // it comes by itself
    wished = true;
    lane.wish(source, !left.isEmpty() && isOf(left.getFirst(), Step.ABORT) ? "abort" : "confirm");
  }

  private void strike(Held held) throws InterruptedException {
    HandoffFault first = left.removeFirst();
    happened.clear();
    happened.add(first.kind());
    if (!left.isEmpty() && left.getFirst().point().equals(first.point()))
      if (happened.add(left.getFirst().kind())) left.removeFirst();
    if (!left.isEmpty()) lane.stops.arm(left.getFirst().point());
    happen(held);
  }

  private void happen(Held held) throws InterruptedException {
    if (happened.contains(Kind.REPEAT)) held.pass();
    if (happened.contains(Kind.KILL_SOURCE)) source.kill();
    if (happened.contains(Kind.KILL_DESTINATION)) destination.kill();
    if (happened.contains(Kind.CUT)) lane.cut();
    if (!happened.contains(Kind.DELAY)) held.drop(); // unless it passed
    if (happened.contains(Kind.KILL_SOURCE)) source.start();
    if (happened.contains(Kind.KILL_DESTINATION)) destination.start();
    if (happened.contains(Kind.CUT)
        || happened.contains(Kind.DELAY)
        || happened.contains(Kind.REPEAT)) Thread.sleep(FAULT_MILLIS); // the fault itself
    lane.mend();
    held.pass(); // unless it was lost
    if (happened.contains(Kind.REPEAT) || (happened.contains(Kind.DELAY) && happened.size() > 1))
      held.again();
  }
}
