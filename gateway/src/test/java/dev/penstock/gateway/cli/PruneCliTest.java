package dev.penstock.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.ExitCode;
import dev.penstock.gateway.admin.FakeSubjects;
import dev.penstock.gateway.admin.TestAdmin;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What operators type about pruning, and what they read; the module is a stand-in. */
@SuppressWarnings("NullAway.Init") // made before each test
class PruneCliTest {
  private static final JsonObject REPORT =
      new JsonObject()
          .put("task", FakeSubjects.TASK.toString())
          .put("state", "failed")
          .put("destroyed", 3)
          .put("deferred", 1)
          .put("volumes_not_done", 1)
          .put("volumes_total", 7)
          .put(
              "volumes",
              new JsonArray()
                  .add(
                      new JsonObject()
                          .put("volume", "vm-1")
                          .put("deferred", stayed("auto-1", "job offsite"))
                          .put("for_room", stayed("auto-0", "job offsite"))
                          .put("failed", stayed("auto-2", "the disk is bad"))));

  @TempDir Path folder;

  private final List<JsonObject> asked = new ArrayList<>();
  private TestAdmin admin;

  private static JsonArray stayed(String snapshot, String why) {
    return new JsonArray().add(new JsonObject().put("snapshot", snapshot).put("why", why));
  }

  @BeforeEach
  void start() {
    admin = new TestAdmin(folder, new FakeSubjects());
    admin.mount(
        "pruner",
        List.of(
            new Route(
                Method.GET, "/v1/prune/policies", Role.READER, _ -> items("policies", policy())),
            new Route(Method.GET, "/v1/prune/plan", Role.READER, this::plan),
            new Route(Method.GET, "/v1/prune/runs", Role.READER, _ -> items("runs", REPORT)),
            new Route(Method.POST, "/v1/prune/runs", Role.OPERATOR, this::run)));
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  private static Future<Reply> items(String name, JsonObject one) {
    return Future.succeededFuture(Reply.items(name, List.of(one).iterator()));
  }

  private static JsonObject policy() {
    return new JsonObject()
        .put("name", "vms")
        .put("volumes", "vm-*, !vm-scratch*")
        .put("every_seconds", 600.0)
        .put("at_least", 1)
        .put("low_space_bytes", 10L << 30)
        .put("keep", new JsonArray().add("last: count 7"));
  }

  private Future<Reply> plan(Call call) {
    if (call.query("volume").isEmpty())
      return items(
          "volumes",
          new JsonObject()
              .put("volume", "vm-1")
              .put("policies", new JsonArray().add("vms"))
              .put("snapshots", 9)
              .put("stay", 7)
              .put("go", 2)
              .put("unmatched", new JsonObject().put("by-hand-#", 2)));
    if (!call.query("volume").equals(Optional.of("vm-1")))
      throw new GatewayError.NotFound("there is no volume " + call.query("volume").orElseThrow());
    return items(
        "snapshots",
        new JsonObject()
            .put("name", "vm-1@auto-1")
            .put("created_at", "2026-01-02T03:04:05Z")
            .put("fate", "goes")
            .put("why", "every rule lets it go"));
  }

  private Future<Reply> run(Call call) {
    asked.add(call.body());
    return Future.succeededFuture(Reply.accepted(FakeSubjects.TASK));
  }

  private Typed type(String line) {
    return Typed.line(admin, line, Optional.empty());
  }

  @Test
  void listsPolicies() {
    assertThat(type("prune policies").out())
        .contains("POLICY", "vms", "vm-*, !vm-scratch*", "600.0", "10GiB", "last: count 7");
  }

  @Test
  void plansForAllVolumesAndForOne() {
    assertThat(type("prune plan").out()).contains("NO RULE FOR", "vm-1", "vms", "by-hand-# 2");
    assertThat(type("prune plan vm-1").out())
        .contains("vm-1@auto-1", "goes", "every rule lets it go");
    assertThat(type("prune plan none").exit()).isEqualTo(ExitCode.NOT_FOUND);
    assertThat(type("--json prune plan vm-1").out()).contains("\"fate\" : \"goes\"");
  }

  @Test
  void asksForARunOfPoliciesAndVolumes() {
    type("prune run vms --volume vm-1 --volume vm-2 --no-wait");
    type("prune run --no-wait");
    assertThat(asked)
        .containsExactly(
            new JsonObject()
                .put("policies", new JsonArray().add("vms"))
                .put("volumes", new JsonArray().add("vm-1").add("vm-2")),
            new JsonObject());
  }

  @Test
  void followsARunAndSaysWhatCameOfIt() {
    var ended = type("prune run");
    assertThat(ended.exit()).isEqualTo(ExitCode.DONE);
    assertThat(ended.out())
        .isEqualTo(
            """
            vm-1@auto-1 is needed by job offsite
            vm-1@auto-0 made room, and was needed by job offsite
            vm-1@auto-2 stays: the disk is bad
            failed: 3 destroyed, 1 deferred; 1 of 7 volumes not pruned
            """);
  }
}
