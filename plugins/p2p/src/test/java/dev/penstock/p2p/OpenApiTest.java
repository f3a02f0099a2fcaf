package dev.penstock.p2p;

import static dev.penstock.spi.testing.Settled.done;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.line.ShellStore;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route.Method;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the document says of the API, and what the API has. */
class OpenApiTest {
  /** Paths stand at the first level below {@code paths}, their methods at the next. */
  private static final Pattern LINE =
      Pattern.compile("  (/\\S+):|    (get|put|post|patch|delete):");

  private static TestServer server() {
    var store = new TestStore();
    Map<String, Object> repositories =
        Map.of(
            "photos",
            Map.of("kind", "memory"),
            "attic",
            Map.of("kind", "shell", "command", "false", "directory", "/a", "uuid", "u-2"));
    var cluster =
        Map.of("uuid", "ac3c9f4e-0a1b-8c2d-9e3f-4a5b6c7d8e9f", "nodes", List.of("photos", "attic"));
    return TestServer.with(
        store,
        Map.of("repositories", repositories, "clusters", Map.of("both", cluster)),
        host -> host.lend(TestServer.kinds(List.of(store, new ShellStore()))));
  }

  private static JsonObject item(TestServer server, String path, String name) {
    var body = (Reply.Body.Items) done(server.host.admin().call(Method.GET, path)).body();
    List<JsonObject> items = new ArrayList<>();
    body.items().forEachRemaining(items::add);
    return items.stream()
        .filter(one -> one.getString("name").equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theDocumentDescribesExactlyTheRoutes() {
    try (var server = server()) {
      Set<String> mounted = new TreeSet<>();
      for (var route : server.host.admin().routes())
        mounted.add(route.method().name().toLowerCase(Locale.ROOT) + " " + route.path());
      assertThat(server.host.admin().documents()).containsExactly(P2pModule.openapi());
      assertThat(documented()).isEqualTo(mounted);
    }
  }

  private static Set<String> documented() {
    Set<String> operations = new TreeSet<>();
    String path = "";
    for (String line : P2pModule.openapi().lines().toList()) {
      var found = LINE.matcher(line);
      if (!found.matches()) continue;
      if (found.group(1) != null) path = found.group(1);
      else operations.add(found.group(2) + " " + path);
    }
    return operations;
  }

  @Test
  void aRepositoryThatIsReachedByConnectionsIsShownWithThem() {
    try (var server = server()) {
      JsonObject attic = item(server, "/v1/p2p/repositories", "attic");

      assertThat(attic.getJsonObject("pool"))
          .hasToString(
              "{\"size\":16,\"keeps\":1,\"in_use\":0,\"idle\":0,\"waiting\":0,\"evicted\":0}");
      assertThat(properties("P2pPool")).isEqualTo(attic.getJsonObject("pool").fieldNames());
      assertThat(properties("P2pRepository")).containsAll(attic.fieldNames());
      assertThat(item(server, "/v1/p2p/repositories", "photos").containsKey("pool")).isFalse();
    }
  }

  @Test
  void aClusterIsShownWithItsNodes() {
    try (var server = server()) {
      JsonObject both = item(server, "/v1/p2p/clusters", "both");

      JsonArray nodes = both.getJsonArray("nodes");
      assertThat(nodes)
          .hasToString(
              "[{\"name\":\"photos\",\"state\":\"served\",\"transfers\":0,\"errors\":0.0},{\"name\":\"attic\",\"state\":\"served\",\"transfers\":0,\"errors\":0.0}]");
      assertThat(properties("P2pNode")).isEqualTo(nodes.getJsonObject(0).fieldNames());
      assertThat(properties("P2pRepository")).containsAll(both.fieldNames());
    }
  }

  private static Set<String> properties(String schema) {
    String document = P2pModule.openapi();
    int from = document.indexOf("\n    %s:\n".formatted(schema));
    assertThat(from).as(schema).isPositive();
    Set<String> names = new TreeSet<>();
    for (String line : document.substring(from + 1).lines().skip(1).toList()) {
      if (!line.startsWith("      ")) break;
      var name = Pattern.compile("        (\\w+): .*").matcher(line);
      if (name.matches()) names.add(name.group(1));
    }
    return names;
  }
}
