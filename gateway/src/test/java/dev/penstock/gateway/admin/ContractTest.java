package dev.penstock.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.spi.admin.Role;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** The contract, and what is served: each says all of the other. */
@SuppressWarnings("unchecked") // a YAML file is maps of maps
class ContractTest {
  private static final List<String> METHODS = List.of("get", "put", "post", "patch", "delete");

  private static final String SNAPSHOT = "/v1/volumes/demo/snapshots/monday";

  @TempDir Path folder;

  private static Map<String, Object> contract() {
    return new Yaml(new SafeConstructor(new LoaderOptions())).load(Contracts.own());
  }

  private static Map<String, Object> inner(Map<String, Object> outer, String key) {
    return (Map<String, Object>) outer.getOrDefault(key, Map.of());
  }

  private static String described(String method, String path, String role) {
    return "%s %s for %s".formatted(method.toUpperCase(Locale.ROOT), path, role);
  }

  @Test
  void describesEveryRouteWithItsRoleAndNoOther() {
    var written = new TreeSet<String>();
    for (var path : inner(contract(), "paths").entrySet())
      for (var operation : ((Map<String, Object>) path.getValue()).entrySet())
        if (METHODS.contains(operation.getKey()))
          written.add(
              described(
                  operation.getKey(),
                  path.getKey(),
                  String.valueOf(
                      ((Map<String, Object>) operation.getValue()).get("x-penstock-role"))));

    try (var admin = new TestAdmin(folder, new FakeSubjects())) {
      var served = new TreeSet<String>();
      for (Operation one : admin.server.table().operations())
        served.add(described(one.method().name(), one.path(), role(one)));

      assertThat(written).isEqualTo(served);
    }
  }

  private static String role(Operation operation) {
    return switch (operation.needs()) {
      case Operation.Needs.AtLeast(Role role) -> role.name().toLowerCase(Locale.ROOT);
      case Operation.Needs.Nothing() -> "none";
    };
  }

  @Test
  void givesEveryOperationANameOfItsOwn() {
    var names = new ArrayList<String>();
    for (var path : inner(contract(), "paths").values())
      for (var operation : ((Map<String, Object>) path).entrySet())
        if (METHODS.contains(operation.getKey()))
          names.add(
              String.valueOf(((Map<String, Object>) operation.getValue()).get("operationId")));

    assertThat(names).doesNotHaveDuplicates().doesNotContain("null");
  }

  /** An answer has every field that the schema requires, and none that it does not know. */
  @Test
  void answersAreWhatTheSchemasSay() {
    try (var admin = new TestAdmin(folder, new FakeSubjects())) {
      admin.withBody("PUT", "/v1/volumes/demo", "{\"size_bytes\": 1024}");
      admin.withBody("PUT", "/v1/tokens/ci", "{\"role\": \"reader\"}");

      conforms("Gateway", admin.call("GET", "/v1/gateway").json());
      conforms("Module", admin.call("GET", "/v1/modules/nbd").json());
      conforms("Module", admin.call("POST", "/v1/modules/nbd/restart").json());
      conforms("Plugin", admin.call("GET", "/v1/plugins/volumes").json());
      conforms("Volume", admin.call("GET", "/v1/volumes/demo").json());
      conforms("SnapshotMade", admin.call("PUT", SNAPSHOT).json());
      conforms("Snapshot", admin.call("GET", SNAPSHOT).json());
      conforms(
          "SnapshotsMade",
          admin.withBody("POST", "/v1/snapshots", "{\"snapshots\":[\"demo@x\"]}").json());
      conforms("Snapshot", first(admin.call("GET", "/v1/snapshots"), "snapshots"));
      conforms("SnapshotSpace", first(admin.call("GET", "/v1/volumes/demo/space"), "snapshots"));
      conforms("Difference", admin.call("GET", SNAPSHOT + "/diff?extents=1").json());
      conforms("Verified", admin.call("GET", "/v1/volumes/demo/verify").json());
      conforms("Verified", admin.call("GET", "/v1/volumes/demo/repair").json());
      conforms("TaskBegun", admin.call("POST", "/v1/volumes/demo/repair").json());
      conforms("Leftovers", admin.call("POST", "/v1/stores/disk/repair").json());
      conforms("Finding", first(admin.call("POST", "/v1/stores/disk/repair"), "findings"));
      conforms("Lease", first(admin.call("GET", "/v1/leases"), "leases"));
      conforms(
          "SnapshotResult",
          first(
              admin.withBody("POST", "/v1/snapshots/destroy", "{\"snapshots\":[\"demo@no\"]}"),
              "results"));
      conforms("Frozen", admin.call("POST", "/v1/volumes/demo/freeze").json());
      conforms("Task", admin.call("GET", "/v1/tasks/" + FakeSubjects.TASK).json());
      conforms("Config", admin.call("GET", "/v1/config").json());
      conforms("Reloaded", admin.call("POST", "/v1/config/reload").json());
      conforms("Live", admin.as("", "GET", "/health/live").json());
      conforms("Ready", admin.as("", "GET", "/health/ready").json());
      conforms("Problem", admin.call("GET", "/v1/volumes/none").json());
      conforms("TokenMade", admin.withBody("PUT", "/v1/tokens/cd", "{\"role\":\"admin\"}").json());
      conforms("Token", first(admin.call("GET", "/v1/tokens"), "tokens"));
      conforms("Volume", first(admin.call("GET", "/v1/volumes"), "volumes"));
    }
  }

  private static JsonObject first(Answer answer, String list) {
    return answer.json().getJsonArray(list).getJsonObject(0);
  }

  private static void conforms(String name, JsonObject answer) {
    var schema = inner(inner(inner(contract(), "components"), "schemas"), name);
    var known = inner(schema, "properties").keySet();

    assertThat(answer.fieldNames())
        .as("%s: %s", name, answer)
        .containsAll((List<String>) schema.get("required"));
    if (Boolean.FALSE.equals(schema.get("additionalProperties")))
      assertThat(known).as("%s: %s", name, answer).containsAll(answer.fieldNames());
  }

  @Test
  void isServedByTheGatewayItself() {
    try (var admin = new TestAdmin(folder, new FakeSubjects())) {
      assertThat(admin.call("GET", "/v1/openapi").json().getJsonArray("documents"))
          .containsExactly("gateway");
      assertThat(admin.call("GET", "/v1/openapi/gateway").body()).isEqualTo(Contracts.own());
      assertThat(admin.call("GET", "/v1/openapi/none").status()).isEqualTo(404);
    }
  }

  @Test
  void everyTypeOfProblemIsListed() {
    var schema = inner(inner(inner(contract(), "components"), "schemas"), "Problem");
    var types = (List<String>) inner(inner(schema, "properties"), "type").get("enum");

    assertThat(types).contains(Problem.TYPE_PREFIX + "busy", Problem.TYPE_PREFIX + "damaged");
  }
}
