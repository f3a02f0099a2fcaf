package dev.penstock.p2p.access;

import dev.penstock.spi.GatewayError;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** A user as the module's state has it: hashes, and no clear text. */
final class UserJson {
  private UserJson() {}

  static JsonObject write(User user) {
    var tokens = new JsonArray();
    user.tokens().forEach(token -> tokens.add(token.toString()));
    var json = new JsonObject().put("tokens", tokens).put("rights", rights(user.rights()));
    user.password().ifPresent(hash -> json.put("password_hash", hash.toString()));
    return json;
  }

  private static JsonObject rights(Map<String, Right> rights) {
    var json = new JsonObject();
    rights.forEach((repository, right) -> json.put(repository, right.word()));
    return json;
  }

  static User read(String name, JsonObject json) {
    Optional<PasswordHash> password =
        Optional.ofNullable(json.getString("password_hash"))
            .map(text -> PasswordHash.parse(text).orElseThrow(() -> unknown(text)));
    Set<Token> tokens = new HashSet<>();
    for (Object token : json.getJsonArray("tokens", new JsonArray()))
      tokens.add(Token.parse(String.valueOf(token)).orElseThrow(() -> unknown("a token")));
    Map<String, Right> rights = new HashMap<>();
    var written = json.getJsonObject("rights", new JsonObject());
    for (String repository : written.fieldNames()) {
      String right = String.valueOf(written.getValue(repository));
      rights.put(repository, Right.parse(right).orElseThrow(() -> unknown(right)));
    }
    return new User(name, password, tokens, rights);
  }

  private static GatewayError unknown(String what) {
    return new GatewayError.Invalid(what + " is not understood");
  }
}
