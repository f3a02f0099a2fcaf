package dev.penstock.p2p.admin;

import static dev.penstock.spi.testing.Settled.done;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.access.Token;
import dev.penstock.p2p.access.User;
import dev.penstock.p2p.access.Users;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.module.FileWorkers;
import dev.penstock.spi.testing.FakeAdmin;
import dev.penstock.spi.testing.FakeState;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes of one user that are made at the same time. */
class UserRoutesTest {
  private static final String BOB = "/v1/p2p/users/bob";
  private static final JsonObject PASSWORD = new JsonObject().put("password", "s3cret");

  private final FakeState state = new FakeState();
  private final Users users = new Users(state);
  private final FakeAdmin api = new FakeAdmin();
  private final Promise<Void> hashing = Promise.promise();

  private final FileWorkers slow =
      new FileWorkers() {
        @Override
        public <T> Future<T> run(Callable<T> calls) {
          return hashing
              .future()
              .map(_ -> {
                try {
                  return calls.call();
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
        }
      };

  @BeforeEach
  void mount() {
    api.mount(new UserRoutes(users, slow, Set.of()).routes(), "");
    done(users.put(new User("bob", Optional.empty(), Set.of(Token.of("t")), Map.of())));
  }

  @Test
  void aTokenThatIsRevokedWhileAPasswordIsHashedStaysRevoked() {
    Future<Reply> changed = api.call(Method.PUT, BOB, PASSWORD);
    done(api.call(Method.DELETE, BOB + "/tokens/" + Token.of("t").id()));
    hashing.complete();
    done(changed);

    assertThat(users.find("bob").orElseThrow().tokens()).isEmpty();
    assertThat(users.find("bob").orElseThrow().password()).isPresent();
  }

  @Test
  void whoIsRemovedWhileAPasswordIsHashedComesBackWithNothingElse() {
    Future<Reply> changed = api.call(Method.PUT, BOB, PASSWORD);
    done(api.call(Method.DELETE, BOB));
    hashing.complete();
    done(changed);

    assertThat(users.byToken(Token.of("t"))).isEmpty();
  }

  @Test
  void twoTokensThatAreAddedAtOnceAreBothKept() {
    Future<Reply> first;
    Future<Reply> second;
    try (FakeState.Hold disk = state.hold()) {
      first = api.call(Method.POST, BOB + "/tokens");
      second = api.call(Method.POST, BOB + "/tokens");
      disk.awaitHeld(1);
    }
    done(first);
    done(second);

    assertThat(users.find("bob").orElseThrow().tokens()).hasSize(3);
  }

  @Test
  void aChangeThatIsRefusedHoldsUpNoOther() {
    Future<Reply> refused = api.call(Method.DELETE, BOB + "/tokens/none");
    done(api.call(Method.POST, BOB + "/tokens"));

    assertThat(refused.failed()).isTrue();
  }
}
