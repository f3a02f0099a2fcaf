package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Turns;
import dev.penstock.gateway.volume.VolumeStatus.User;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.VolumeInfo;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What happens to the volume of one name: who uses it and in which state it is. Everything but
 * giving it back happens one step after another.
 */
final class VolumeSlot {
  /** A volume has few users; a caller that forgets to close has many. */
  static final int USERS_MAX = 256;

  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  private final String name;
  private final Turns steps;
  private final List<LentVolume> lent = new ArrayList<>();
  private VolumeState state = VolumeState.SERVING;
  private Optional<String> trouble = Optional.empty();
  private int reserved;
  private @Nullable SharedVolume shared;
  private Future<Void> closing = Future.succeededFuture();
  private @Nullable SharedVolume still;
  private boolean ledOn;
  private Object freeze = new Object();
  private String lastStore = "";

  VolumeSlot(String name) {
    this.name = name;
    this.steps = new Turns("volume " + name);
  }

  <T> Future<T> next(Supplier<Future<T>> step) {
    return steps.take(step);
  }

  /** Somebody is about to use it, or no longer is. */
  synchronized void reserve(int more) {
    reserved += more;
  }

  /** Nothing of it is worth remembering. */
  synchronized boolean isForgettable() {
    return reserved == 0
        && lent.isEmpty()
        && shared == null
        && state == VolumeState.SERVING
        && trouble.isEmpty();
  }

  synchronized VolumeState state() {
    return state;
  }

  synchronized void moveTo(VolumeState to) {
    if (state == VolumeState.FREEZING && to == VolumeState.FROZEN) freeze = new Object();
    state = state.moveTo(to);
  }

  /** Which freeze it is in, or was in last: each is equal to itself alone. */
  synchronized Object freeze() {
    return freeze;
  }

  /** A freeze keeps it open, whoever lets go of it. Takes over one hold on it. */
  synchronized void keepStill(SharedVolume frozen) {
    still = frozen;
  }

  /** It is no longer frozen. */
  Future<Void> letGoOfStill() {
    SharedVolume kept;
    synchronized (this) {
      kept = still;
      still = null;
    }
    return kept == null ? Future.succeededFuture() : kept.release();
  }

  /** Whether what is used is a successor, elsewhere. */
  synchronized boolean isLedOn() {
    return ledOn;
  }

  /** Completes once what was used before a successor is closed. */
  synchronized Future<Void> closing() {
    return closing;
  }

  synchronized Optional<SharedVolume> shared() {
    return Optional.ofNullable(shared);
  }

  /** Who writes it, and then the readers. */
  synchronized List<LentVolume> users() {
    return lent.stream().sorted((a, b) -> b.access().compareTo(a.access())).toList();
  }

  /** Everybody who may write. */
  List<LentVolume> writers() {
    return users().stream().filter(user -> user.access() == Access.WRITE).toList();
  }

  /** Who has it for itself; others who write do so for clients of another gateway. */
  private Optional<LentVolume> writer() {
    return writers().stream().filter(user -> !user.isBeside()).findFirst();
  }

  List<User> userNames() {
    return users().stream().map(user -> new User(user.user().name(), user.access())).toList();
  }

  synchronized Optional<String> trouble() {
    return shared == null ? trouble : shared.trouble();
  }

  synchronized void note(Throwable failure) {
    if (SharedVolume.concernsAll(failure)) trouble = Optional.of(((GatewayError) failure).what());
  }

  synchronized void opened(SharedVolume opened, OpenStore from) {
    lastStore = from.name();
    uses(opened, false);
    opened.closed().onComplete(_ -> from.closed(name));
  }

  /** What is elsewhere is used in its place. */
  synchronized void ledOn(SharedVolume successor) {
    uses(successor, true);
  }

  private void uses(SharedVolume opened, boolean elsewhere) {
    if (shared != null) closing = shared.closed();
    shared = opened;
    ledOn = elsewhere;
    trouble = Optional.empty();
    opened.closed().onComplete(_ -> closed(opened));
  }

  /** Gone from its store: what was true of it is true of nothing. */
  synchronized void removed() {
    trouble = Optional.empty();
    state = VolumeState.SERVING;
  }

  synchronized void storeClosed(String closed) {
    if (closed.equals(lastStore) && shared == null) removed();
  }

  /** Refuses what this user may not have now. */
  void requireOpenable(Access access) {
    if (users().size() >= USERS_MAX)
      throw new GatewayError.Unavailable(
          Scope.RESOURCE, ASK_AGAIN, "volume %s has %d users".formatted(name, USERS_MAX));
    if (access == Access.READ) return;
    writer()
        .ifPresent(writer -> {
          throw new GatewayError.Conflict(
              "volume %s is written by %s".formatted(name, writer.user().name()));
        });
    VolumeState now = state();
    if (now != VolumeState.SERVING)
      throw new GatewayError.Unavailable(
          Scope.RESOURCE, ASK_AGAIN, "volume %s is %s".formatted(name, now));
  }

  void requireNotWritten(String what) {
    writers().stream()
        .findFirst()
        .ifPresent(writer -> {
          throw new GatewayError.Conflict(
              "volume %s cannot be %s while it is written by %s; stop that first"
                  .formatted(name, what, writer.user().name()));
        });
  }

  void requireUnused(String what) {
    List<User> users = userNames();
    if (!users.isEmpty())
      throw new GatewayError.Conflict(
          "volume %s cannot be %s: it is used by %s"
              .formatted(name, what, VolumeStatus.usedBy(users)));
    requireNotHeld(what);
  }

  /**
   * {@link GatewayError.Conflict} if it is not here that it is used; {@link
   * GatewayError.Unavailable} while those who use it come back.
   */
  void requireHere(String what) {
    if (state() == VolumeState.RETIRING)
      throw new GatewayError.Unavailable(
          Scope.RESOURCE,
          ASK_AGAIN,
          "volume %s cannot be %s yet: it has come back, and who uses it is on the way"
              .formatted(name, what));
    if (isLedOn())
      throw new GatewayError.Conflict(
          "volume %s cannot be %s here: it was handed over, and who uses it is led on"
              .formatted(name, what));
  }

  void requireNotHeld(String what) {
    if (state() == VolumeState.FROZEN)
      throw new GatewayError.Conflict(
          "volume %s cannot be %s while it is frozen; thaw it first".formatted(name, what));
  }

  /** Takes over one hold on {@code held}. */
  LentVolume lend(SharedVolume held, LentVolume.Terms terms, Supplier<Future<Void>> last) {
    LentVolume one =
        new LentVolume(
            held,
            terms,
            back -> {
              forget(back);
              terms.owner().forget(back);
            },
            last);
    synchronized (this) {
      lent.add(one);
    }
    terms.owner().add(one);
    return one;
  }

  VolumeStatus status(VolumeInfo listed, String store) {
    Optional<SharedVolume> open = shared();
    VolumeInfo info = open.map(o -> withSize(listed, o.volume().sizeBytes())).orElse(listed);
    List<User> users = userNames();
    Optional<String> why = trouble();
    return new VolumeStatus(
        info,
        store,
        VolumeStatus.condition(state(), !users.isEmpty(), isLedOn(), why.isEmpty()),
        users,
        open.map(o -> o.volume().dirtyBytes()).orElse(0L),
        why);
  }

  static VolumeInfo withSize(VolumeInfo info, long sizeBytes) {
    return new VolumeInfo(
        info.guid(), info.name(), sizeBytes, info.storedBytes(), info.createdAt(), info.replica());
  }

  private synchronized void forget(LentVolume back) {
    lent.remove(back);
  }

  /** Keeps the text and lets the plugin's object go. */
  private synchronized void closed(SharedVolume closing) {
    if (shared == null || !shared.equals(closing)) return;
    trouble = ledOn ? Optional.empty() : closing.trouble();
    shared = null;
    ledOn = false;
  }
}
