package dev.penstock.gateway.volume;

import dev.penstock.gateway.plugin.PluginFault;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.SnapshotInfo;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Takes a snapshot of each of several volumes at one instant.
 *
 * <pre>
 *   settle and prepare all ─► hold all ─► snapshot all ─► thaw all ─► undo what was made, if one failed
 * </pre>
 *
 * Comes in the turns of all its volumes. Writes go on by the limit at the latest: a store that has
 * not answered by then is waited for without them, and what it made is undone.
 */
final class GroupSnapshot {
  /** A volume of the group. */
  private record Member(SnapshotName name, OpenStore store, VolumeSlot slot) {}

  /** One that is open, and not frozen already: it is held open, and still. */
  private record Held(SharedVolume shared, Freeze freeze) {}

  /** What the store said. */
  private record Outcome(Member member, Future<SnapshotInfo> kept) {}

  /** Destroys one snapshot that was just made; answers why it is still there, if it is. */
  interface Undo {
    Future<Optional<GatewayError>> undo(OpenStore store, SnapshotName name, SnapshotInfo made);
  }

  /** All of them, and how long writes had to wait for the longest. */
  record Result(List<SnapshotInfo> kept, Duration held) {}

  private final List<Member> members = new ArrayList<>();
  private final List<Held> open = new ArrayList<>();
  private final TimeLeft deadline;
  private final Undo undo;
  private Future<Void> ended = Future.succeededFuture();
  private Duration held = Duration.ZERO;

  GroupSnapshot(TimeLeft deadline, Undo undo) {
    this.deadline = deadline;
    this.undo = undo;
  }

  /** Refuses a volume that cannot be held still now. */
  void add(SnapshotName name, OpenStore store, VolumeSlot slot) {
    slot.requireHere("snapshotted");
    members.add(new Member(name, store, slot));
  }

  /** Answers once writes go on. */
  Future<Result> take() {
    members.forEach(member -> holdOpen(member.slot()));
    return Future.join(each(Freeze::settle), prepareAll())
        .compose(_ -> each(Freeze::hold))
        .transform(frozen ->
            frozen.succeeded()
                ? keepAll()
                : thawAll().transform(_ -> Future.failedFuture(frozen.cause())))
        .onComplete(_ -> open.forEach(one -> one.shared().release()));
  }

  /** What a store cannot do beforehand it does, or refuses, when the snapshot is taken. */
  private Future<Void> prepareAll() {
    List<Future<?>> calls = members.stream().<Future<?>>map(GroupSnapshot::prepare).toList();
    Future<Void> prepared = Future.join(calls).otherwiseEmpty().mapEmpty();
    ended = prepared;
    return deadline.within(Duration.ZERO, "preparing " + called(), prepared);
  }

  private static Future<?> prepare(Member member) {
    String volume = member.name().volume();
    return member
        .store()
        .onSnapshots(
            volume,
            its -> {
              its.prepare(volume);
              return Optional.empty();
            });
  }

  private void holdOpen(VolumeSlot slot) {
    if (slot.state() != VolumeState.SERVING) return;
    slot.shared()
        .filter(SharedVolume::hold)
        .ifPresent(shared -> open.add(new Held(shared, new Freeze(slot, shared, deadline))));
  }

  /** Completes when the stores have answered and what had to be undone is: the turns' end. */
  Future<Void> ended() {
    return ended;
  }

  private Future<Void> each(Function<Freeze, Future<?>> step) {
    return Future.join(open.stream().<Future<?>>map(one -> step.apply(one.freeze())).toList())
        .mapEmpty();
  }

  private Future<Void> thawAll() {
    return each(Freeze::callOff)
        .onComplete(_ ->
            held =
                open.stream()
                    .map(one -> one.freeze().held())
                    .max(Duration::compareTo)
                    .orElse(Duration.ZERO));
  }

  private Future<Result> keepAll() {
    List<Outcome> outcomes = members.stream().map(GroupSnapshot::keep).toList();
    Future<Void> answered =
        Future.join(outcomes.stream().map(Outcome::kept).toList()).otherwiseEmpty().mapEmpty();
    return deadline
        .within(Duration.ZERO, "keeping " + called(), answered)
        .transform(inTime ->
            thawAll()
                .transform(_ ->
                    inTime.succeeded()
                        ? judge(outcomes)
                        : late(answered, outcomes, inTime.cause())));
  }

  private static Outcome keep(Member member) {
    SnapshotName name = member.name();
    return new Outcome(
        member,
        member
            .store()
            .onSnapshots(name.volume(), its -> its.create(name.volume(), name.snapshot())));
  }

  private Future<Result> judge(List<Outcome> outcomes) {
    Optional<Outcome> failed = outcomes.stream().filter(one -> one.kept().failed()).findFirst();
    if (failed.isEmpty())
      return Future.succeededFuture(
          new Result(outcomes.stream().map(one -> one.kept().result()).toList(), held));
    Future<String> told = undoAll(outcomes);
    ended = told.mapEmpty();
    Throwable why = failed.get().kept().cause();
    if (outcomes.size() == 1) return Future.failedFuture(why);
    return told.compose(text -> Future.failedFuture(PluginFault.retold(why, text)));
  }

  /** The caller is answered now; the turns end when all is undone. */
  private Future<Result> late(Future<Void> answered, List<Outcome> outcomes, Throwable why) {
    ended = answered.compose(_ -> undoAll(outcomes)).mapEmpty();
    return Future.failedFuture(
        PluginFault.retold(
            why,
            PluginFault.copy(why).what()
                + "; writes go on, and what its store still makes of it is destroyed again"));
  }

  /** What became of each, in one sentence. */
  private Future<String> undoAll(List<Outcome> outcomes) {
    List<Future<String>> told = outcomes.stream().map(this::undone).toList();
    return Future.join(told)
        .map(_ ->
            told.stream()
                .map(Future::result)
                .collect(Collectors.joining("; ", "not taken of all volumes: ", "")));
  }

  private Future<String> undone(Outcome one) {
    SnapshotName name = one.member().name();
    if (one.kept().failed())
      return Future.succeededFuture(
          "%s: %s".formatted(name, PluginFault.copy(one.kept().cause()).what()));
    return undo.undo(one.member().store(), name, one.kept().result())
        .map(why ->
            why.map(still -> "%s was made and stays: %s".formatted(name, still.what()))
                .orElse("%s was made and destroyed again".formatted(name)));
  }

  private String called() {
    return members.stream().map(m -> m.name().toString()).collect(Collectors.joining(", "));
  }
}
