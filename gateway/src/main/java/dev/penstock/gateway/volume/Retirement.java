package dev.penstock.gateway.volume;

import dev.penstock.spi.volume.Access;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves the users of a volume to another one, those who write first. Whether they moved decides: a
 * reader that did not keeps what it has. Where it fails half-way, some have moved: it is done
 * again.
 */
final class Retirement {
  /** How much later than it was told a user may answer for itself. */
  static final Duration GRACE = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(Retirement.class);

  private final VolumeSlot slot;
  private final SharedVolume successor;
  private final TimeLeft deadline;

  Retirement(VolumeSlot slot, SharedVolume successor, TimeLeft deadline) {
    this.slot = slot;
    this.successor = successor;
    this.deadline = deadline;
  }

  Future<Void> run() {
    List<LentVolume> users = slot.users().stream().filter(user -> !user.uses(successor)).toList();
    if (users.isEmpty()) return Future.succeededFuture();
    Future<Void> moved = Future.succeededFuture();
    for (LentVolume user : users)
      moved =
          moved.compose(_ ->
              user.access() == Access.WRITE
                  ? move(user)
                  : move(user).recover(failure -> left(user, failure)));
    return moved;
  }

  private Future<Void> move(LentVolume user) {
    if (!successor.hold()) throw new IllegalStateException("the successor was closed meanwhile");
    LentVolume next = slot.lend(successor, user.terms(), Future::succeededFuture);
    return deadline
        .within(
            GRACE,
            "%s letting go".formatted(user.user().name()),
            user.ask(itself -> itself.retire(next, deadline.left())))
        .compose(_ -> moved(user), failure -> refused(next, failure));
  }

  /** It has said that no call is under way: nobody has to wait for the old volume to close. */
  private static Future<Void> moved(LentVolume user) {
    user.close();
    return Future.succeededFuture();
  }

  private static Future<Void> refused(LentVolume next, Throwable failure) {
    return next.close().transform(_ -> Future.failedFuture(failure));
  }

  private static Future<Void> left(LentVolume user, Throwable failure) {
    log.atWarn()
        .addKeyValue("user", user.user().name())
        .addKeyValue("reason", failure.toString())
        .log("a reader stayed on a retired volume");
    return Future.succeededFuture();
  }
}
