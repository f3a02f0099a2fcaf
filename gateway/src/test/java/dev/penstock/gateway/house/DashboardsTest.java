package dev.penstock.gateway.house;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * Alerts, dashboard and manuals name metrics that there are, under the names that Prometheus sees.
 */
class DashboardsTest {
  private static final Pattern REGISTERED =
      Pattern.compile("\\b(counter|gauge|timer)\\(\\s*\"([a-z0-9_]+)\"");
  private static final Pattern USED = Pattern.compile("\\bpenstock_[a-z0-9_]+");

  /** A timer is a histogram of seconds, with its longest besides; manuals name it as a whole. */
  private static final List<String> TIMER = List.of("", "_bucket", "_count", "_sum", "_max");

  private static Set<String> registered() {
    Set<String> names = new HashSet<>();
    for (Path file : Repository.files(".java")) {
      String path = Repository.root().relativize(file).toString();
      if (!path.contains("src/main/java")) continue;
      REGISTERED
          .matcher(Repository.read(path))
          .results()
          .forEach(made -> seen(made.group(1), "penstock_" + made.group(2)).forEach(names::add));
    }
    return names;
  }

  private static Stream<String> seen(String kind, String name) {
    return switch (kind) {
      case "counter" -> Stream.of(name + "_total");
      case "timer" -> TIMER.stream().map(part -> name + "_seconds" + part);
      default -> Stream.of(name);
    };
  }

  private static Set<String> unknown(List<String> expressions) {
    Set<String> names = new TreeSet<>();
    for (String expression : expressions)
      USED.matcher(expression).results().forEach(name -> names.add(name.group()));
    assertThat(names).isNotEmpty();
    names.removeAll(registered());
    return names;
  }

  private static void assertBalanced(String expression) {
    for (String pair : List.of("()", "[]", "{}"))
      assertThat(expression.chars().filter(c -> c == pair.charAt(0)).count())
          .as(expression)
          .isEqualTo(expression.chars().filter(c -> c == pair.charAt(1)).count());
  }

  private static List<Map<String, Object>> rules() {
    Map<String, List<Map<String, Object>>> file =
        new Yaml(new SafeConstructor(new LoaderOptions()))
            .load(Repository.read("conf/prometheus-alerts.yaml"));
    List<Map<String, Object>> all = new ArrayList<>();
    for (Map<String, Object> group : file.getOrDefault("groups", List.of()))
      if (group.get("rules") instanceof List<?> rules)
        for (Object rule : rules) all.add(keys(rule));
    return all;
  }

  private static Map<String, Object> keys(Object map) {
    Map<String, Object> keys = new TreeMap<>();
    ((Map<?, ?>) map).forEach((key, value) -> keys.put(String.valueOf(key), value));
    return keys;
  }

  @Test
  void alertsAskForMetricsThatThereAre() {
    List<String> expressions =
        rules().stream()
            .map(rule -> String.valueOf(rule.get("expr")))
            .filter(expression -> !expression.startsWith("up"))
            .toList();

    assertThat(unknown(expressions)).isEmpty();
    expressions.forEach(DashboardsTest::assertBalanced);
  }

  @Test
  void everyAlertHasANameOfItsOwnAndSaysWhatToDo() {
    Set<Object> names = new HashSet<>();
    for (Map<String, Object> rule : rules()) {
      assertThat(names.add(rule.get("alert"))).as("%s is there once", rule.get("alert")).isTrue();
      assertThat(keys(rule.getOrDefault("labels", Map.of()))).containsKey("severity");
      assertThat(keys(rule.getOrDefault("annotations", Map.of())))
          .containsKeys("summary", "description");
    }
  }

  @Test
  void theDashboardAsksForMetricsThatThereAre() throws IOException {
    JsonNode dashboard =
        new ObjectMapper().readTree(Repository.read("conf/grafana-dashboard.json"));
    List<String> expressions = new ArrayList<>();
    for (JsonNode panel : dashboard.path("panels")) {
      assertThat(panel.path("title").asText()).isNotEmpty();
      for (JsonNode target : panel.path("targets")) expressions.add(target.path("expr").asText());
    }
    for (JsonNode variable : dashboard.path("templating").path("list"))
      if (variable.path("type").asText().equals("query"))
        expressions.add(variable.path("query").asText());

    assertThat(unknown(expressions)).isEmpty();
    expressions.forEach(DashboardsTest::assertBalanced);
  }

  @Test
  void manualsNameMetricsThatThereAre() {
    List<String> pages =
        Repository.files(".md").stream()
            .map(page -> Repository.read(Repository.root().relativize(page).toString()))
            .toList();

    assertThat(unknown(pages)).isEmpty();
  }
}
