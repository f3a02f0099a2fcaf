package dev.penstock.gateway.state;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Role;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;

/**
 * Tokens, stored as hashes. A secret has 256 random bits, so a plain SHA-256 is enough: there is
 * nothing to guess.
 *
 * <p><b>Threads.</b> Any. A token works from the moment its creation is durable, and no longer once
 * its revocation is.
 */
public final class TokenStore {
  static final int TOKENS_MAX = 1000;
  static final int SECRET_BYTES = 32;
  static final String PREFIX = "pst_";

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
  private static final String FIELD = " ";

  private final StateMap tokens;
  private final InstantSource clock;
  private final SecureRandom random = new SecureRandom();
  private final Set<String> beingMade = ConcurrentHashMap.newKeySet();

  public TokenStore(StateFile file, InstantSource clock) {
    this.tokens = file.map("tokens");
    this.clock = clock;
  }

  /** A new token and the only copy of its secret. */
  public record Created(Token token, String secret) {
    @Override
    public String toString() {
      return token.toString(); // never the secret: records end up in logs
    }
  }

  /** {@link GatewayError.Conflict} if there is one of that name: revoke it first. */
  public Future<Created> create(String name, Role role) {
    if (!NAME.matcher(name).matches())
      return Future.failedFuture(
          new GatewayError.Invalid(
              "\"%s\" is no name for a token: it takes up to 64 letters, digits, '.', '_' and '-'"
                  .formatted(name)));
    if (tokens.size() >= TOKENS_MAX)
      return Future.failedFuture(
          new GatewayError.Conflict(
              "there are %d tokens already; revoke some".formatted(TOKENS_MAX)));
    if (!beingMade.add(name)) return Future.failedFuture(taken(name));
    if (tokens.get(name).isPresent()) {
      beingMade.remove(name);
      return Future.failedFuture(taken(name));
    }
    byte[] bytes = new byte[SECRET_BYTES];
    random.nextBytes(bytes);
    String secret = PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    Token token = new Token(name, role, clock.instant());
    return tokens
        .put(name, String.join(FIELD, role.name(), token.createdAt().toString(), hash(secret)))
        .map(new Created(token, secret))
        .onComplete(_ -> beingMade.remove(name));
  }

  public Future<Void> revoke(String name) {
    if (tokens.get(name).isEmpty())
      return Future.failedFuture(new GatewayError.NotFound("there is no token " + name));
    return tokens.remove(name);
  }

  public List<Token> list() {
    return tokens.all().entrySet().stream()
        .map(stored -> token(stored.getKey(), stored.getValue()))
        .sorted(Comparator.comparing(Token::name))
        .toList();
  }

  /** Whose secret this is. Takes as long for a near miss as for a far one. */
  public Optional<Token> authenticate(String secret) {
    byte[] given = hash(secret).getBytes(StandardCharsets.US_ASCII);
    Optional<Token> found = Optional.empty();
    for (var stored : tokens.all().entrySet()) {
      byte[] kept = stored.getValue().split(FIELD, -1)[2].getBytes(StandardCharsets.US_ASCII);
      if (MessageDigest.isEqual(given, kept))
        found = Optional.of(token(stored.getKey(), stored.getValue()));
    }
    return found;
  }

  private static GatewayError taken(String name) {
    return new GatewayError.Conflict(
        "there is a token %s; revoke it, or choose another name".formatted(name));
  }

  private static Token token(String name, String stored) {
    String[] fields = stored.split(FIELD, -1);
    return new Token(name, Role.valueOf(fields[0]), Instant.parse(fields[1]));
  }

  private static String hash(String secret) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
