package dev.penstock.p2p.access;

import dev.penstock.p2p.access.Decision.Visitor;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.module.FileWorkers;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntSupplier;

/**
 * Finds out who somebody is. Any thread; a password is checked on a worker, unless it was found
 * right before.
 *
 * <p><b>Errors.</b> {@link GatewayError.Unavailable} while as many passwords are checked as may be:
 * whoever guesses them is not to take all the workers there are.
 */
public final class Verifier {
  /** A check takes a few tenths of a second. */
  private static final Duration ASK_AGAIN = Duration.ofSeconds(1);

  /** Checked in the place of a user's that there is not, so that it takes as long. */
  private static final String NOBODY =
      "pbkdf2-sha256$%d$AAAAAAAAAAAAAAAAAAAAAA==$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
          .formatted(PasswordHash.ITERATIONS);

  private final Users users;
  private final FileWorkers workers;
  private final IntSupplier checksMax;
  private final PasswordHash nobody = PasswordHash.parse(NOBODY).orElseThrow();
  private final VerifiedCredentials verified = new VerifiedCredentials();
  private final AtomicInteger checks = new AtomicInteger();

  public Verifier(Users users, FileWorkers workers, IntSupplier checksMax) {
    this.users = users;
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

  /** On a worker, if it takes one. */
  public Future<Visitor> verify(Credentials credentials) {
    Optional<Visitor> known = known(credentials);
    if (known.isPresent()) return Future.succeededFuture(known.get());
    if (!(credentials instanceof Credentials.Basic basic))
      return Future.succeededFuture(Decision.MISTAKEN);
    if (checks.incrementAndGet() > checksMax.getAsInt()) {
      checks.decrementAndGet();
      return Future.failedFuture(
          new GatewayError.Unavailable(
              Scope.MODULE,
              ASK_AGAIN,
              "%d passwords are being checked, as many as may be".formatted(checksMax.getAsInt())));
    }
    return check(basic).onComplete(_ -> checks.decrementAndGet());
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
