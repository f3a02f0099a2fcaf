package dev.penstock.gateway.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What came of faults and pairs of them, as a page for people. */
final class HandoffTable {
  private static final String HEAD =
      """
      # What comes of a hand-over when something goes wrong

      Written by `HandoffFaultsIT` of the gateway's end-to-end tests. Again, with all pairs, which takes hours; a number instead tries so many of them, in an order that is the same each time:

      ```sh
      mvn verify -Dit.test=HandoffFaultsIT -Dpenstock.faults=pairs -Dpenstock.faults.lanes=4
      cp gateway/target/HANDOFF-FAULTS.md benchmarks/
      ```

      Two gateways of the distribution hand a volume over to each other, while two clients write it all the time, one connected to each. All that the two say to each other goes over lines that stop at one point:
      a message is held before it reaches the other side (its sender's transition is durable, and nothing is known of it there), or its answer before it comes back (the transition there is durable).
      Then a fault happens: *kill source*, *kill destination* (`kill -9`, and a start at once), *cut* (what is held is lost, and nothing passes for 2.3 s; clients may wait for 2 s), *delay* (what is held arrives after
      2.3 s, whether anybody waits for it or not), *repeat* (it arrives, and once more after 2.3 s). Of a pair, the second happens when its point is next reached; both at once if it is the same point. A volume that
      was settled before is moved on, from whoever owns it, until both have happened.

      In the end, without anybody's help: one owns the volume, the other knows that it does not, and leads clients on or refuses them. Every block holds what was last acknowledged as durable, or something that was
      tried since; both clients go on, from either side. All of that is checked in each case.

      **D**: the destination of the last migration has it. **S**: it stayed at its source. The number is how many migrations were begun until all had happened. **!**: it failed.
      """;

  private final List<HandoffFault> faults = HandoffFault.all();
  private final Map<Integer, Map<Integer, String>> pairs = new TreeMap<>();
  private final Map<Integer, String> singles = new TreeMap<>();
  private int failed;

  void put(List<HandoffFault> what, String outcome) {
    if (outcome.contains("!")) failed++;
    int first = faults.indexOf(what.getFirst());
    if (what.size() == 1) singles.put(first, outcome);
    else
      pairs
          .computeIfAbsent(first, _ -> new TreeMap<>())
          .put(faults.indexOf(what.getLast()), outcome);
  }

  void write(Path page) throws IOException {
    int count = pairs.values().stream().mapToInt(Map::size).sum();
    var text = new StringBuilder(HEAD);
    text.append(
        "\n%d faults, %d of %d pairs; %d failed.\n"
            .formatted(singles.size(), count, HandoffFault.pairs().size(), failed));
    text.append("\n## One fault\n\n| | point | what happens | |\n| --- | --- | --- | --- |\n");
    singles.forEach((fault, outcome) -> {
      HandoffFault one = faults.get(fault);
      text.append("| %d | %s | %s | %s |\n".formatted(fault + 1, one.point(), one.what(), outcome));
    });
    text.append("\n## Pairs\n\nBy the numbers above.\n\n");
    text.append("| first | second, and what came of both |\n| --- | --- |\n");
    pairs.forEach((first, seconds) -> text.append(row(first, seconds)));
    Files.writeString(page, text);
  }

  private static String row(int first, Map<Integer, String> seconds) {
    return seconds.entrySet().stream()
        .map(one -> "%d: %s".formatted(one.getKey() + 1, one.getValue()))
        .collect(Collectors.joining(", ", "| %d | ".formatted(first + 1), " |\n"));
  }
}
