package dev.penstock.p2p.config;

import dev.penstock.p2p.access.PasswordHash;
import dev.penstock.p2p.access.Right;
import dev.penstock.p2p.access.Token;
import dev.penstock.p2p.access.User;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One of the {@code users}. */
final class UserSettings {
  private UserSettings() {}

  /**
   * @param repositories names of repositories and clusters
   */
  static User read(Block.Named named, Set<String> repositories, Problems problems) {
    Block block = named.block();
    if (!User.isName(named.name()))
      problems.add(
          named.at(),
          "%s: \"%s\" is no name of a user; it takes up to 64 letters, digits and . _ @ + -"
              .formatted(block.name(), named.name()));
    Optional<PasswordHash> password = password(block, problems);
    Set<Token> tokens = tokens(block, problems);
    if (!block.has("password_hash") && tokens.isEmpty())
      problems.add(
          block.at(), "%s: there is neither a password_hash nor a token".formatted(block.name()));
    Map<String, Right> rights = rights(block, repositories, problems);
    block.refuseOtherKeys(problems);
    return new User(named.name(), password, tokens, rights);
  }

  private static Optional<PasswordHash> password(Block block, Problems problems) {
    Optional<String> text = block.optionalText("password_hash", problems);
    Optional<PasswordHash> hash = text.flatMap(PasswordHash::parse);
    if (text.isPresent() && hash.isEmpty())
      // Not what stands there: it may be a password.
      problems.add(
          block.at("password_hash"),
          "%s: password_hash takes %s".formatted(block.name(), PasswordHash.EXAMPLE));
    return hash;
  }

  private static Set<Token> tokens(Block block, Problems problems) {
    Set<Token> tokens = new HashSet<>();
    for (Setting.Text one : block.texts("tokens", List.of(), problems))
      Token.parse(one.text())
          .ifPresentOrElse(
              tokens::add,
              () ->
                  problems.add(
                      one.at(), "%s: each of tokens is %s".formatted(block.name(), Token.EXAMPLE)));
    return tokens;
  }

  /** A block by repository, or one word for all of them. */
  private static Map<String, Right> rights(
      Block block, Set<String> repositories, Problems problems) {
    if (block.setting("rights").orElse(null) instanceof Setting.Text)
      return Map.of(User.EVERYWHERE, ServedSettings.right(block, "rights", Right.NONE, problems));
    Map<String, Right> rights = new HashMap<>();
    Block by = block.block("rights", problems);
    for (String name : by.keys()) {
      if (!name.equals(User.EVERYWHERE) && !repositories.contains(name))
        problems.add(by.at(name), "%s: there is no repository \"%s\"".formatted(by.name(), name));
      rights.put(name, ServedSettings.right(by, name, Right.NONE, problems));
    }
    return rights;
  }
}
