package dev.penstock.p2p.admin;

import dev.penstock.p2p.access.PasswordHash;
import dev.penstock.p2p.access.Right;
import dev.penstock.p2p.access.Token;
import dev.penstock.p2p.access.User;
import dev.penstock.p2p.access.Users;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.module.FileWorkers;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code /v1/p2p/users}. On the module's context. Who is in the configuration is shown, and changed
 * there.
 */
public final class UserRoutes {
  /** A machine or two each; the state of a user is one small text. */
  static final int TOKENS_MAX = 64;

  private static final int PASSWORD_CHARACTERS_MAX = 1024;

  private final Users users;
  private final FileWorkers workers;
  private final Set<String> repositories;
  private Future<?> lastChange = Future.succeededFuture();

  /**
   * @param repositories names of repositories and clusters
   */
  public UserRoutes(Users users, FileWorkers workers, Set<String> repositories) {
    this.users = users;
    this.workers = workers;
    this.repositories = Set.copyOf(repositories);
  }

  public List<Route> routes() {
    return List.of(
        new Route(Method.GET, "/v1/p2p/users", Role.ADMIN, this::list),
        new Route(Method.PUT, "/v1/p2p/users/{user}", Role.ADMIN, this::put),
        new Route(Method.DELETE, "/v1/p2p/users/{user}", Role.ADMIN, this::remove),
        new Route(Method.POST, "/v1/p2p/users/{user}/tokens", Role.ADMIN, this::addToken),
        new Route(
            Method.DELETE, "/v1/p2p/users/{user}/tokens/{token}", Role.ADMIN, this::removeToken));
  }

  /**
   * One change after the other: each begins with what the one before has left, once that is
   * durable.
   */
  private <T> Future<T> inTurn(Supplier<Future<T>> change) {
    Future<T> done = lastChange.transform(_ -> change.get());
    lastChange = done;
    return done;
  }

  private Future<Reply> list(Call call) {
    return Future.succeededFuture(
        Reply.items("users", users.all().stream().map(this::json).iterator()));
  }

  private JsonObject json(User user) {
    var rights = new JsonObject();
    user.rights().forEach((repository, right) -> rights.put(repository, right.word()));
    var tokens = new JsonArray();
    user.tokens().stream().map(Token::id).sorted().forEach(tokens::add);
    return new JsonObject()
        .put("name", user.name())
        .put("configured", users.isConfigured(user.name()))
        .put("password", user.password().isPresent())
        .put("tokens", tokens)
        .put("rights", rights);
  }

  /** What is left out stays as it was. */
  private Future<Reply> put(Call call) {
    String name = call.path("user");
    if (!User.isName(name))
      throw new GatewayError.Invalid(
          "\"%s\" is no name of a user; it takes up to 64 letters, digits and . _ @ + -"
              .formatted(name));
    JsonObject body = call.body();
    for (String key : body.fieldNames())
      if (!key.equals("password") && !key.equals("rights"))
        throw new GatewayError.Invalid("%s is no part of a user".formatted(key));
    Optional<Map<String, Right>> rights =
        body.containsKey("rights")
            ? Optional.of(rights(body.getValue("rights")))
            : Optional.empty();
    // It takes a while, in which others may change the same user.
    return hash(body.getValue("password"))
        .compose(password -> inTurn(() -> change(name, password, rights)));
  }

  private Future<Reply> change(
      String name, Optional<PasswordHash> password, Optional<Map<String, Right>> rights) {
    Optional<User> before = users.find(name);
    var user =
        new User(
            name,
            password.or(() -> before.flatMap(User::password)),
            before.map(User::tokens).orElse(Set.of()),
            rights.or(() -> before.map(User::rights)).orElse(Map.of()));
    return users.put(user).map(_ -> Reply.ok(json(user)));
  }

  private Future<Optional<PasswordHash>> hash(@Nullable Object password) {
    if (password == null) return Future.succeededFuture(Optional.empty());
    if (!(password instanceof String clear)
        || clear.isEmpty()
        || clear.length() > PASSWORD_CHARACTERS_MAX)
      throw new GatewayError.Invalid(
          "password takes a text of 1 to %d characters".formatted(PASSWORD_CHARACTERS_MAX));
    return workers.run(() -> Optional.of(PasswordHash.of(clear, PasswordHash.ITERATIONS)));
  }

  private Map<String, Right> rights(@Nullable Object value) {
    if (!(value instanceof JsonObject json))
      throw new GatewayError.Invalid("rights takes an object of repositories and rights");
    Map<String, Right> rights = new HashMap<>();
    for (String repository : json.fieldNames()) {
      if (!repository.equals(User.EVERYWHERE) && !repositories.contains(repository))
        throw new GatewayError.Invalid("there is no repository " + repository);
      String word = String.valueOf(json.getValue(repository));
      rights.put(
          repository,
          Right.parse(word)
              .orElseThrow(() ->
                  new GatewayError.Invalid(
                      "%s: \"%s\" is no right; there are %s"
                          .formatted(repository, word, Right.EXAMPLES))));
    }
    return rights;
  }

  private Future<Reply> remove(Call call) {
    return inTurn(() -> users.remove(call.path("user")).map(_ -> Reply.done()));
  }

  private Future<Reply> addToken(Call call) {
    return inTurn(() -> withToken(call));
  }

  /** The only time that it is seen in clear text. */
  private Future<Reply> withToken(Call call) {
    User user = known(call);
    if (user.tokens().size() >= TOKENS_MAX)
      throw new GatewayError.Conflict(
          "%s has %d tokens, as many as may be".formatted(user.name(), TOKENS_MAX));
    String clear = Token.make();
    Token token = Token.of(clear);
    Set<Token> tokens = new HashSet<>(user.tokens());
    tokens.add(token);
    return users
        .put(new User(user.name(), user.password(), tokens, user.rights()))
        .map(_ ->
            Reply.created(
                call.path() + "/" + token.id(),
                new JsonObject().put("id", token.id()).put("token", clear)));
  }

  private Future<Reply> removeToken(Call call) {
    return inTurn(() -> withoutToken(call));
  }

  private Future<Reply> withoutToken(Call call) {
    User user = known(call);
    Set<Token> tokens = new HashSet<>(user.tokens());
    if (!tokens.removeIf(token -> token.id().equals(call.path("token"))))
      throw new GatewayError.NotFound(
          "%s has no token %s".formatted(user.name(), call.path("token")));
    return users
        .put(new User(user.name(), user.password(), tokens, user.rights()))
        .map(_ -> Reply.done());
  }

  private User known(Call call) {
    String name = call.path("user");
    return users
        .find(name)
        .orElseThrow(() -> new GatewayError.NotFound("there is no user " + name));
  }
}
