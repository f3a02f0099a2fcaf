package dev.penstock.p2p.access;

import dev.penstock.p2p.access.Decision.Visitor;
import dev.penstock.p2p.flow.Home;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.module.FileWorkers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/**
 * Finds out who somebody is. Any thread; a password is checked on a worker, unless it was found
 * right before.
 *
 * <p><b>Errors.</b> {@link GatewayError.Unavailable} if too many wait for it already. Few are
 * checked at once: whoever guesses passwords is not to take all the workers there are.
 */
public final class Verifier {
  /** A check takes a few tenths of a second. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  /** Checked in the place of a user's that there is not, so that it takes as long. */
  private static final String NOBODY =
      "pbkdf2-sha256$%d$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
          .formatted(PasswordHash.ITERATIONS);

  /** So many others are before whoever comes then; it takes minutes. */
  static final int WAITING_MAX = 1024;

  private final Users users;
  private final Vertx vertx;
  private final FileWorkers workers;
  private final IntSupplier checksMax;
  private final PasswordHash nobody = PasswordHash.parse(NOBODY).orElseThrow();
  private final VerifiedCredentials verified = new VerifiedCredentials();
  private final AtomicInteger checks = new AtomicInteger();

  private final Deque<Waiting> waiting = new ArrayDeque<>(); // guarded by this
  private final Map<String, Future<Visitor>> underWay = new HashMap<>(); // guarded by this

  private record Waiting(
      Home asking, Credentials.Basic basic, String digest, Promise<Visitor> promise) {}

  public Verifier(Users users, Vertx vertx, FileWorkers workers, IntSupplier checksMax) {
    this.users = users;
    this.vertx = vertx;
    this.workers = workers;
    this.checksMax = checksMax;
    users.onChange(verified::forgetAll);
  }

  /** Without asking a worker; empty if that does not do. */
  public Optional<Visitor> known(Credentials credentials) {
    return switch (credentials) {
      case Credentials.Bearer(String token) ->
          Optional.of(
              users
                  .byToken(Token.of(token))
                  .<Visitor>map(Visitor.Known::new)
                  .orElse(Decision.MISTAKEN));
      case Credentials.Basic basic -> knownBasic(basic);
    };
  }

  private Optional<Visitor> knownBasic(Credentials.Basic basic) {
    Optional<User> before = verified.find(verified.digest(basic));
    if (before.isPresent()) return before.map(Visitor.Known::new);
    Optional<User> byToken =
        users.byToken(Token.of(basic.password())).filter(user -> user.name().equals(basic.user()));
    if (byToken.isPresent()) return byToken.map(Visitor.Known::new);
    return basic.password().isEmpty() || users.isEmpty()
        ? Optional.of(Decision.MISTAKEN)
        : Optional.empty();
  }

  /**
   * On a worker, if it takes one. The same credentials are checked once for all who bring them
   * meanwhile; others wait their turn.
   */
  public Future<Visitor> verify(Credentials credentials) {
    Optional<Visitor> known = known(credentials);
    if (known.isPresent()) return Future.succeededFuture(known.get());
    if (!(credentials instanceof Credentials.Basic basic))
      return Future.succeededFuture(Decision.MISTAKEN);
    Home asking = Home.here(vertx);
    Future<Visitor> coming = coming(asking, basic, verified.digest(basic));
    next();
    return asking.answer(coming);
  }

  private synchronized Future<Visitor> coming(Home asking, Credentials.Basic basic, String digest) {
    Future<Visitor> same = underWay.get(digest);
    if (same != null) return same;
    if (waiting.size() == WAITING_MAX)
      return Future.failedFuture(
          new GatewayError.Unavailable(
              Scope.MODULE,
              ASK_AGAIN,
              "%d passwords wait to be checked, as many as may".formatted(WAITING_MAX)));
    var one = new Waiting(asking, basic, digest, Promise.promise());
    waiting.add(one);
    underWay.put(digest, one.promise().future());
    return one.promise().future();
  }

  /** As many as may be at once. */
  private void next() {
    for (Optional<Waiting> begun = begun(); begun.isPresent(); begun = begun()) {
      Waiting one = begun.get();
      check(one.basic())
          .onComplete(result -> {
            ended(one);
            one.promise().handle(result);
            // Not from here: a thousand that fail at once would stand on one stack.
            one.asking().context().runOnContext(_ -> next());
          });
    }
  }

  private synchronized Optional<Waiting> begun() {
    if (waiting.isEmpty() || checks.get() >= checksMax.getAsInt()) return Optional.empty();
    checks.incrementAndGet();
    return Optional.of(waiting.removeFirst());
  }

  private synchronized void ended(Waiting one) {
    checks.decrementAndGet();
    underWay.remove(one.digest());
  }

  private Future<Visitor> check(Credentials.Basic basic) {
    int before = verified.generation();
    Optional<User> user = users.find(basic.user());
    PasswordHash hash = user.flatMap(User::password).orElse(nobody);
    return workers
        .run(() -> hash.matches(basic.password()))
        .map(matches -> {
          if (!matches || user.flatMap(User::password).isEmpty()) return Decision.MISTAKEN;
          verified.add(verified.digest(basic), user.get(), before);
          return new Visitor.Known(user.get());
        });
  }

  /** How many passwords are being checked. */
  public int checks() {
    return checks.get();
  }
}
