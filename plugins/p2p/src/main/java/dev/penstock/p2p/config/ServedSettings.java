package dev.penstock.p2p.config;

import dev.penstock.p2p.access.Right;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * How something is shown to clients, be it a repository or a cluster.
 *
 * @param anonymous what anybody may do there
 * @param readersLock whether whoever may only read may lock content
 * @param url what clients are told that fetch its {@code config}; empty for the address that they
 *     came by
 */
public record ServedSettings(
    String name, Right anonymous, boolean readersLock, Optional<String> url) {
  static final Set<String> KEYS = Set.of("anonymous", "readers_lock", "advertise");

  /** It stands in URLs, metrics and logs. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  private static final Pattern URL = Pattern.compile("annex\\+https?://[\\x21-\\x7e&&[^\"\\\\]]+");

  static ServedSettings read(Block.Named named, Right otherwise, Problems problems) {
    Block block = named.block();
    if (!NAME.matcher(named.name()).matches())
      problems.add(
          named.at(),
          "%s: \"%s\" is no name; it takes letters, digits, dots, underscores and dashes"
              .formatted(block.name(), named.name()));
    Optional<String> url = block.optionalText("advertise", problems);
    if (url.isPresent() && !URL.matcher(url.get()).matches())
      problems.add(
          block.at("advertise"),
          "%s: advertise is \"%s\"; it takes one such as annex+http://files.example.org:9417"
              .formatted(block.name(), url.get()));
    return new ServedSettings(
        named.name(),
        right(block, "anonymous", otherwise, problems),
        block.bool("readers_lock", true, problems),
        url);
  }

  static Right right(Block block, String key, Right otherwise, Problems problems) {
    Optional<String> text = block.optionalText(key, problems);
    if (text.isEmpty()) return otherwise;
    Optional<Right> right = Right.parse(text.get());
    if (right.isEmpty())
      problems.add(
          block.at(key),
          "%s: %s is \"%s\"; it takes %s".formatted(block.name(), key, text.get(), Right.EXAMPLES));
    return right.orElse(otherwise);
  }
}
