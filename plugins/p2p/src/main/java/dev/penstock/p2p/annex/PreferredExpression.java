package dev.penstock.p2p.annex;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a repository's preferred content is, of all the settings that {@code git annex vicfg} shows:
 * the expression, with what {@code standard} and {@code groupwanted} stand for in its place. Those
 * two words alone {@code git annex matchexpression} does not know the meaning of. Source:
 * git-annex's manual page {@code git-annex-preferred-content}.
 */
final class PreferredExpression {
  private static final Pattern SETTING =
      Pattern.compile("(?m)^(group|wanted|groupwanted|# ?standard) (\\S+) = ?(.*)$");

  private static final Pattern WORD =
      Pattern.compile("(?<![^\\s()])(?:standard|groupwanted)(?![^\\s()])");

  private static final String STANDARD = "standard";

  /** What git-annex takes a word for that stands for nothing, or for more than one expression. */
  private static final String AS_IT_IS = "present";

  private final Map<String, String> groups = new HashMap<>();
  private final Map<String, String> wanted = new HashMap<>();
  private final Map<String, String> groupWanted = new HashMap<>();
  private final Map<String, String> standard = new HashMap<>();

  private PreferredExpression(String settings) {
    for (MatchResult one : SETTING.matcher(settings).results().toList())
      (switch (one.group(1)) {
            case "group" -> groups;
            case "wanted" -> wanted;
            case "groupwanted" -> groupWanted;
            default -> standard;
          })
          .put(one.group(2), one.group(3).strip());
  }

  /**
   * Empty if it prefers nothing, or if what it prefers is not to be found out.
   *
   * @param settings as {@code git annex vicfg} gives them to an editor
   */
  static Optional<String> of(String settings, String uuid) {
    var all = new PreferredExpression(settings);
    return Optional.ofNullable(all.wanted.get(uuid))
        .filter(expression -> !expression.isEmpty())
        .filter(expression -> !all.standard.isEmpty() || !WORD.matcher(expression).find())
        .map(expression -> all.expanded(expression, uuid));
  }

  private String expanded(String expression, String uuid) {
    List<String> mine = Arrays.asList(groups.getOrDefault(uuid, "").split(" +"));
    String usual = theOne(standard, mine);
    String ofGroup = replaced(theOne(groupWanted, mine), usual, AS_IT_IS);
    return replaced(expression, usual, ofGroup);
  }

  private static String theOne(Map<String, String> expressions, List<String> groups) {
    List<String> found =
        groups.stream()
            .filter(expressions::containsKey)
            .map(group -> expressions.getOrDefault(group, AS_IT_IS))
            .toList();
    return found.size() == 1 ? found.getFirst() : AS_IT_IS;
  }

  private static String replaced(String expression, String standard, String groupWanted) {
    return WORD.matcher(expression)
        .replaceAll(word ->
            Matcher.quoteReplacement(
                "(" + (word.group().equals(STANDARD) ? standard : groupWanted) + ")"));
  }
}
