package dev.penstock.p2p.access;

import static dev.penstock.spi.testing.Settled.done;
import static dev.penstock.spi.testing.Settled.failure;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.access.Decision.Visitor;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.module.FileWorkers;
import dev.penstock.spi.testing.FakeState;
import dev.penstock.spi.testing.FakeWorkers;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VerifierTest {
  private static final Credentials RIGHT = new Credentials.Basic("alice", "s3cret");
  private static final Credentials WRONG = new Credentials.Basic("alice", "secret");

  private final AtomicInteger checks = new AtomicInteger();
  private final Users users = new Users(new FakeState());
  private final String token = Token.make();
  private final Vertx vertx = Vertx.vertx();
  private final Verifier verifier = new Verifier(users, vertx, counting(), () -> 2);
  private final User alice =
      new User(
          "alice",
          Optional.of(PasswordHash.of("s3cret", 1000)),
          Set.of(Token.of(token)),
          Map.of("*", Right.READ));

  VerifierTest() {
    users.configured(List.of(alice));
  }

  private FileWorkers counting() {
    return new FileWorkers() {
      @Override
      public <T> Future<T> run(Callable<T> calls) {
        checks.incrementAndGet();
        return FakeWorkers.run(calls);
      }
    };
  }

  @AfterEach
  void close() {
    done(vertx.close());
  }

  @Test
  void theRightPasswordIsTheUsers() {
    assertThat(done(verifier.verify(RIGHT))).isEqualTo(new Visitor.Known(alice));
  }

  @Test
  void aPasswordThatWasRightIsNotCheckedAgain() {
    done(verifier.verify(RIGHT));

    assertThat(verifier.known(RIGHT)).contains(new Visitor.Known(alice));
    done(verifier.verify(RIGHT));
    assertThat(checks).hasValue(1);
  }

  @Test
  void aWrongPasswordIsNobodysAndCheckedEachTime() {
    assertThat(done(verifier.verify(WRONG))).isEqualTo(Decision.MISTAKEN);
    assertThat(done(verifier.verify(WRONG))).isEqualTo(Decision.MISTAKEN);
    assertThat(checks).hasValue(2);
  }

  @Test
  void aUserThatThereIsNotTakesACheckToo() {
    var bob = new Credentials.Basic("bob", "s3cret");

    assertThat(done(verifier.verify(bob))).isEqualTo(Decision.MISTAKEN);
    assertThat(checks).hasValue(1);
  }

  @Test
  void aTokenIsTheUsersAsBearerAndAsPassword() {
    assertThat(verifier.known(new Credentials.Bearer(token))).contains(new Visitor.Known(alice));
    assertThat(verifier.known(new Credentials.Basic("alice", token)))
        .contains(new Visitor.Known(alice));
    assertThat(checks).hasValue(0);
  }

  @Test
  void aTokenOfAnotherIsNoPassword() {
    assertThat(done(verifier.verify(new Credentials.Basic("bob", token))))
        .isEqualTo(Decision.MISTAKEN);
  }

  @Test
  void whoIsRemovedIsForgottenAtOnce() {
    done(verifier.verify(RIGHT));

    users.configured(List.of());

    assertThat(verifier.known(RIGHT)).contains(Decision.MISTAKEN);
    assertThat(verifier.known(new Credentials.Bearer(token))).contains(Decision.MISTAKEN);
  }

  @Test
  void noMoreChecksAreUnderWayThanMayBeAndTheSameOneOnce() {
    Promise<Boolean> busy = Promise.promise();
    var begun = new AtomicInteger();
    var slow =
        new Verifier(
            users,
            vertx,
            new FileWorkers() {
              @Override
              public <T> Future<T> run(Callable<T> calls) {
                begun.incrementAndGet();
                return busy.future().compose(_ -> FakeWorkers.run(calls));
              }
            },
            () -> 1);
    Future<Visitor> first = slow.verify(RIGHT);
    Future<Visitor> same = slow.verify(RIGHT);
    Future<Visitor> other = slow.verify(WRONG);
    assertThat(begun).hasValue(1);

    busy.complete(true);

    assertThat(done(first)).isEqualTo(new Visitor.Known(alice));
    assertThat(done(same)).isEqualTo(new Visitor.Known(alice));
    assertThat(done(other)).isEqualTo(Decision.MISTAKEN);
    assertThat(begun).hasValue(2);
    assertThat(slow.checks()).isZero();
  }

  @Test
  void whoComesWhenTooManyWaitIsRefused() {
    Promise<Boolean> busy = Promise.promise();
    var slow =
        new Verifier(
            users,
            vertx,
            new FileWorkers() {
              @Override
              public <T> Future<T> run(Callable<T> calls) {
                return busy.future().compose(_ -> FakeWorkers.run(calls));
              }
            },
            () -> 1);
    Future<Visitor> first = slow.verify(RIGHT);
    for (int i = 0; i < Verifier.WAITING_MAX; i++)
      slow.verify(new Credentials.Basic("mallory", "guess " + i));

    assertThat(failure(slow.verify(WRONG))).isInstanceOf(GatewayError.Unavailable.class);

    busy.fail("the test is over");
    assertThat(failure(first)).isNotNull();
  }
}
