package dev.penstock.gateway.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Role;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenStoreTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");

  @TempDir Path folder;
  private StateFile state;
  private TokenStore tokens;

  @BeforeEach
  void open() {
    state = StateFile.open(folder);
    tokens = new TokenStore(state, InstantSource.fixed(NOW));
  }

  @AfterEach
  void close() {
    state.close();
  }

  @Test
  void aSecretLetsItsOwnerInAndNobodyElse() throws Exception {
    TokenStore.Created created = await(tokens.create("ops", Role.OPERATOR));

    assertThat(tokens.authenticate(created.secret()))
        .contains(new Token("ops", Role.OPERATOR, NOW));
    assertThat(tokens.authenticate(created.secret() + "x")).isEmpty();
    assertThat(tokens.authenticate("")).isEmpty();
  }

  @Test
  void aTokenSurvivesARestartAndItsSecretIsNotOnDisk() throws Exception {
    TokenStore.Created created = await(tokens.create("ops", Role.ADMIN));
    state.close();

    assertThat(
            new String(
                Files.readAllBytes(folder.resolve(StateFile.FILE)), StandardCharsets.ISO_8859_1))
        .doesNotContain(created.secret());
    open();
    assertThat(tokens.authenticate(created.secret())).contains(created.token());
  }

  @Test
  void aRevokedTokenLetsNobodyIn() throws Exception {
    TokenStore.Created created = await(tokens.create("ops", Role.ADMIN));
    await(tokens.revoke("ops"));

    assertThat(tokens.authenticate(created.secret())).isEmpty();
    assertThat(tokens.list()).isEmpty();
  }

  @Test
  void aNameIsTakenUntilItIsRevoked() throws Exception {
    await(tokens.create("ops", Role.READER));

    assertThat(tokens.create("ops", Role.ADMIN).cause()).isInstanceOf(GatewayError.Conflict.class);
    await(tokens.revoke("ops"));
    await(tokens.create("ops", Role.ADMIN));
  }

  @Test
  void revokingWhatIsNotThereSaysSo() {
    assertThat(tokens.revoke("nobody").cause()).isInstanceOf(GatewayError.NotFound.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "../x", "-x"})
  void aNameThatCannotBeIsRefused(String name) {
    assertThat(tokens.create(name, Role.READER).cause()).isInstanceOf(GatewayError.Invalid.class);
  }

  private static <T> T await(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }
}
