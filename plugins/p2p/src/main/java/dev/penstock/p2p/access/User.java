package dev.penstock.p2p.access;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Somebody who is known.
 *
 * @param password empty for who comes with tokens alone
 * @param rights by the name of a repository or cluster; {@link #EVERYWHERE} for all others
 */
public record User(
    String name, Optional<PasswordHash> password, Set<Token> tokens, Map<String, Right> rights) {
  /** Stands for every repository that is not named. */
  public static final String EVERYWHERE = "*";

  /** Of a name. No colon: it ends the name in an Authorization header. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}");

  public User {
    tokens = Set.copyOf(tokens);
    rights = Map.copyOf(rights);
  }

  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  public Right right(String repository) {
    Right own = rights.get(repository);
    return own != null ? own : rights.getOrDefault(EVERYWHERE, Right.NONE);
  }
}
