package dev.penstock.gateway.admin;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** {@code /v1/tokens}: who may what is for admins to decide. */
final class TokenRoutes implements CoreRoutes {
  private static final String ONE = "/v1/tokens/{token}";

  private final Subjects.TokenBook tokens;

  TokenRoutes(Subjects.TokenBook tokens) {
    this.tokens = tokens;
  }

  @Override
  public List<Operation> operations(Context context) {
    return new Rows(context)
        .get("/v1/tokens", Role.ADMIN, _ -> list())
        .put(ONE, Role.ADMIN, this::create)
        .delete(ONE, Role.ADMIN, call -> tokens.revoke(call.path("token")).map(_ -> Reply.done()))
        .all();
  }

  private Future<Reply> list() {
    return Future.succeededFuture(
        Reply.items("tokens", tokens.all().stream().map(TokenRoutes::json).iterator()));
  }

  /** The secret is in this answer and nowhere else. */
  private Future<Reply> create(Call call) {
    String name = call.path("token");
    Role role = role(Fields.of(call.body(), "role").requiredText("role"));
    return tokens
        .create(name, role)
        .map(secret ->
            Reply.created(
                call.path(),
                new JsonObject().put("name", name).put("role", lower(role)).put("secret", secret)));
  }

  private static Role role(String text) {
    return Arrays.stream(Role.values())
        .filter(role -> lower(role).equals(text))
        .findFirst()
        .orElseThrow(() ->
            new GatewayError.Invalid(
                "\"%s\" is no role; there are reader, operator and admin"
                    .formatted(Plain.text(text))));
  }

  private static String lower(Role role) {
    return role.name().toLowerCase(Locale.ROOT);
  }

  private static JsonObject json(Subjects.Token token) {
    return new JsonObject()
        .put("name", token.name())
        .put("role", lower(token.role()))
        .put("created_at", token.createdAt().toString());
  }
}
