package dev.penstock.p2p.access;

import static dev.penstock.spi.testing.Settled.done;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.testing.FakeState;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UsersTest {
  private final FakeState state = new FakeState();
  private final Users users = new Users(state);
  private final User bob =
      new User(
          "bob",
          Optional.of(PasswordHash.of("s3cret", 1000)),
          Set.of(Token.of("t")),
          Map.of("photos", Right.APPEND, "*", Right.READ));

  @Test
  void whoWasAddedIsThereAfterARestart() {
    done(users.put(bob));

    var again = new Users(state);
    again.configured(List.of());

    assertThat(again.find("bob")).contains(bob);
    assertThat(again.byToken(Token.of("t"))).contains(bob);
  }

  @Test
  void nothingInClearTextIsStored() {
    done(users.put(bob));

    assertThat(state.all().values()).noneMatch(text -> text.contains("s3cret"));
  }

  @Test
  void whoWasRemovedIsGone() {
    done(users.put(bob));
    done(users.remove("bob"));

    assertThat(users.find("bob")).isEmpty();
    assertThat(state.all()).isEmpty();
  }

  @Test
  void usersOfTheConfigurationAreChangedThere() {
    users.configured(List.of(bob));

    assertThatThrownBy(() -> users.put(bob)).isInstanceOf(GatewayError.Conflict.class);
    assertThatThrownBy(() -> users.remove("bob")).isInstanceOf(GatewayError.Conflict.class);
  }

  @Test
  void whatIsNotUnderstoodLetsNobodyIn() {
    done(state.put("user.eve", "{\"rights\":{\"*\":\"everything\"}}"));

    users.configured(List.of());

    assertThat(users.all()).isEmpty();
  }
}
