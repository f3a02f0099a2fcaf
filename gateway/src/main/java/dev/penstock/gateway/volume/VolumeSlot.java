package dev.penstock.gateway.volume;

import dev.penstock.gateway.bus.Turns;
import dev.penstock.gateway.volume.VolumeStatus.User;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.volume.Access;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeUser;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
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
  private @Nullable OpenStore store;
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
    state = state.moveTo(to);
  }

  synchronized Optional<SharedVolume> shared() {
    return Optional.ofNullable(shared);
  }

  /** Who writes it, and then the readers. */
  synchronized List<LentVolume> users() {
    return lent.stream().sorted((a, b) -> b.access().compareTo(a.access())).toList();
  }

  Optional<LentVolume> writer() {
    return users().stream().filter(user -> user.access() == Access.WRITE).findFirst();
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
    shared = opened;
    store = from;
    lastStore = from.name();
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
    VolumeState now = state();
    if (now == VolumeState.RETIRED)
      throw new GatewayError.Conflict("volume %s was handed over to its successor".formatted(name));
    if (users().size() >= USERS_MAX)
      throw new GatewayError.Unavailable(
          Scope.RESOURCE, ASK_AGAIN, "volume %s has %d users".formatted(name, USERS_MAX));
    if (access == Access.READ) return;
    writer()
        .ifPresent(writer -> {
          throw new GatewayError.Conflict(
              "volume %s is written by %s".formatted(name, writer.user().name()));
        });
    if (now != VolumeState.SERVING)
      throw new GatewayError.Unavailable(
          Scope.RESOURCE, ASK_AGAIN, "volume %s is %s".formatted(name, now));
  }

  void requireNotWritten(String what) {
    writer()
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

  void requireNotHeld(String what) {
    if (state() == VolumeState.FROZEN)
      throw new GatewayError.Conflict(
          "volume %s cannot be %s while it is frozen; thaw it first".formatted(name, what));
  }

  /** Takes over one hold on {@code held}. */
  LentVolume lend(
      SharedVolume held,
      Access access,
      VolumeUser user,
      String owner,
      Consumer<LentVolume> givenBack,
      Supplier<Future<Void>> last) {
    LentVolume one =
        new LentVolume(
            held,
            access,
            user,
            owner,
            back -> {
              forget(back);
              givenBack.accept(back);
            },
            last);
    synchronized (this) {
      lent.add(one);
    }
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
        VolumeStatus.condition(state(), !users.isEmpty(), why.isEmpty()),
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
    trouble = closing.trouble();
    if (store != null) store.closed(name);
    shared = null;
    store = null;
  }
}
