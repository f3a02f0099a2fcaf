package dev.penstock.pruner;

import static dev.penstock.spi.testing.Settled.done;
import static dev.penstock.spi.testing.Settled.failure;
import static dev.penstock.spi.testing.Settled.settled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.pruner.run.FakeSnapshots;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.retention.Retention;
import dev.penstock.spi.testing.FakeModuleContext;
import dev.penstock.spi.testing.TestSettings;
import dev.penstock.spi.volume.SnapshotInfo;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The module as its host and its callers see it. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PrunerModuleTest {
  private static final Pattern LINE =
      Pattern.compile("  (/\\S+):|    (get|put|post|patch|delete):");
  private static final String RUNS = "/v1/prune/runs";

  private final Vertx vertx = Vertx.vertx();
  private final FakeSnapshots snapshots = new FakeSnapshots();
  private final AtomicReference<Retention.Foresight> foresight = new AtomicReference<>();
  private FakeModuleContext host = started(Map.of());

  private FakeModuleContext started(Map<String, ?> more) {
    Map<String, Object> policy =
        new HashMap<>(
            Map.of(
                "volumes", List.of("vm-*", "!vm-scratch*"),
                "keep", List.of(Map.of("last", Map.of("count", 2, "regex", "^auto")))));
    policy.putAll(more);
    var context =
        new FakeModuleContext(
            vertx,
            "pruner",
            TestSettings.block("modules.pruner", Map.of("policies", Map.of("vms", policy))));
    context.lend(snapshots);
    context.lend(new OwnRules());
    context.lend(
        new Retention() {
          @Override
          public void offer(Foresight offered) {
            foresight.set(offered);
          }

          @Override
          public Future<Set<UUID>> letsGo(String volume, List<SnapshotInfo> planned) {
            return NONE.letsGo(volume, planned);
          }
        });
    done(context.start(new PrunerModule()));
    return context;
  }

  private void restart(Map<String, ?> more) {
    done(host.stop());
    host.close();
    host = started(more);
  }

  @AfterEach
  void stop() {
    settled(host.stop());
    host.close();
    settled(vertx.close());
  }

  private List<JsonObject> items(Future<Reply> reply) {
    var items = (Reply.Body.Items) done(reply).body();
    List<JsonObject> all = new ArrayList<>();
    items.items().forEachRemaining(all::add);
    return all;
  }

  private List<JsonObject> get(String path, Map<String, String> query) {
    return items(host.admin().call(Method.GET, path, new JsonObject(), query));
  }

  private void runToItsEnd(JsonObject body) {
    Reply reply = done(host.admin().call(Method.POST, RUNS, body));
    assertThat(reply.status()).isEqualTo(202);
    await().until(() -> host.tasks().all().stream().allMatch(task -> task.hasEnded()));
  }

  @Test
  void theDocumentDescribesExactlyTheRoutes() {
    Set<String> mounted = new TreeSet<>();
    for (var route : host.admin().routes())
      mounted.add(route.method().name().toLowerCase(Locale.ROOT) + " " + route.path());
    Set<String> documented = new TreeSet<>();
    String path = "";
    for (String line : PrunerModule.openapi().lines().toList()) {
      var found = LINE.matcher(line);
      if (!found.matches()) continue;
      if (found.group(1) != null) path = found.group(1);
      else documented.add(found.group(2) + " " + path);
    }
    assertThat(host.admin().documents()).containsExactly(PrunerModule.openapi());
    assertThat(documented).isEqualTo(mounted);
  }

  @Test
  void showsPoliciesAsTheyAreWritten() {
    restart(Map.of("every", "10m"));
    assertThat(get("/v1/prune/policies", Map.of()))
        .containsExactly(
            new JsonObject()
                .put("name", "vms")
                .put("volumes", "vm-*, !vm-scratch*")
                .put("after_snapshot", false)
                .put("at_least", 1)
                .put("keep", get("/v1/prune/policies", Map.of()).getFirst().getJsonArray("keep"))
                .put("every_seconds", 600.0));
    assertThat(get("/v1/prune/policies", Map.of()).getFirst().getJsonArray("keep").getString(0))
        .startsWith("last: ")
        .contains("count 2", "regex ^auto");
  }

  @Test
  void aPlanSaysOfEachSnapshotWhatBecomesOfItAndWhyAndChangesNothing() {
    snapshots.volume(
        "vm-1", Taken.all("by-hand@1 auto-1@2 auto-2@3+keep auto-3@4 auto-4@5 last@6"));
    snapshots.lease(Taken.at("auto-1", 2).guid(), "job offsite");

    List<JsonObject> plan = get("/v1/prune/plan", Map.of("volume", "vm-1"));

    assertThat(plan)
        .extracting(one ->
            "%s %s: %s"
                .formatted(one.getString("name"), one.getString("fate"), one.getString("why")))
        .containsExactly(
            "vm-1@by-hand goes: no rule is for such a name",
            "vm-1@auto-1 deferred: needed by job offsite",
            "vm-1@auto-2 stays: held: keep",
            "vm-1@auto-3 stays: kept by vms: last",
            "vm-1@auto-4 stays: kept by vms: last",
            "vm-1@last stays: among the 1 newest");
    assertThat(plan.getFirst().getJsonArray("let_go_by"))
        .isEqualTo(new JsonArray().add("vms: last"));
    assertThat(snapshots.destroys()).isEmpty();
  }

  @Test
  void aPlanOfAllVolumesIsALineForEachThatAPolicyMeans() {
    snapshots.volume("vm-1", Taken.all("by-hand@1 auto-1@2"));
    snapshots.volume("vm-scratch", Taken.all("a@1 b@2"));
    assertThat(get("/v1/prune/plan", Map.of()))
        .containsExactly(
            new JsonObject()
                .put("volume", "vm-1")
                .put("policies", new JsonArray().add("vms"))
                .put("snapshots", 2)
                .put("stay", 1)
                .put("go", 1)
                .put("unmatched", new JsonObject().put("by-hand", 1)));
    assertThat(
            failure(
                host.admin()
                    .call(
                        Method.GET, "/v1/prune/plan", new JsonObject(), Map.of("volume", "none"))))
        .isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void runsWhatSomebodyAsksForAndReportsIt() {
    snapshots.volume("vm-1", Taken.all("auto-1@1 auto-2@2 auto-3@3"));
    snapshots.volume("vm-2", Taken.all("auto-1@1 auto-2@2 auto-3@3"));

    runToItsEnd(new JsonObject().put("volumes", new JsonArray().add("vm-1")));

    assertThat(snapshots.names("vm-1")).containsExactly("auto-2", "auto-3");
    assertThat(snapshots.names("vm-2")).hasSize(3);
    JsonObject run = get(RUNS, Map.of()).getFirst();
    assertThat(run.getString("task")).isEqualTo(host.tasks().all().getFirst().guid().toString());
    assertThat(run.getString("state")).isEqualTo("done");
    assertThat(run.getInteger("destroyed")).isEqualTo(1);
    assertThat(run.getJsonArray("volumes").getJsonObject(0).getJsonArray("destroyed"))
        .containsExactly("auto-1");
    assertThat(host.metrics().counted("pruner_snapshots_destroyed")).isEqualTo(1);
    assertThat(host.metrics().gauged("pruner_snapshots_kept")).isEqualTo(2);
    assertThat(host.metrics().gauged("pruner_last_success_seconds"))
        .isEqualTo((double) host.clock().instant().getEpochSecond());
    assertThat(host.events().await(PrunerObserver.RUN_ENDED).details())
        .containsEntry("destroyed", "1")
        .containsEntry("state", "done");
  }

  @Test
  void aRunThatFailsIsCountedAndDoesNotPassForASuccess() {
    snapshots.volume("vm-1", Taken.all("auto-1@1 auto-2@2 auto-3@3"));
    snapshots.failDestroys("vm-1", new GatewayError.Failed(Scope.RESOURCE, "bad"));
    runToItsEnd(new JsonObject());
    assertThat(host.metrics().counted("pruner_errors", "what", "snapshot")).isEqualTo(1);
    assertThat(host.metrics().counted("pruner_errors", "what", "volume")).isEqualTo(1);
    assertThat(host.metrics().counted("pruner_errors", "what", "run")).isEqualTo(1);
    assertThat(host.metrics().gauged("pruner_last_success_seconds")).isZero();
    assertThat(host.metrics().gauged("pruner_volumes_failing")).isEqualTo(1);
    assertThat(host.events().await(PrunerObserver.VOLUME_FAILED).details())
        .containsEntry("volume", "vm-1")
        .containsEntry("passes", "false");
  }

  @Test
  void refusesARunOfWhatNobodyKnows() {
    for (var body :
        List.of(
            new JsonObject().put("policies", new JsonArray().add("none")),
            new JsonObject().put("volumes", new JsonArray().add("vm-scratch1"))))
      assertThat(failure(host.admin().call(Method.POST, RUNS, body)))
          .isInstanceOf(GatewayError.NotFound.class);
    for (var body :
        List.of(
            new JsonObject().put("policy", "vms"),
            new JsonObject().put("volumes", "vm-1"),
            new JsonObject().put("volumes", new JsonArray().add(1))))
      assertThat(failure(host.admin().call(Method.POST, RUNS, body)))
          .isInstanceOf(GatewayError.Invalid.class);
    assertThat(host.tasks().all()).isEmpty();
  }

  @Test
  void runsEverySoOften() {
    snapshots.volume("vm-1", Taken.all("auto-1@1 auto-2@2 auto-3@3"));
    restart(Map.of("every", "1s"));
    host.events().await(PrunerObserver.RUN_ENDED);
    assertThat(snapshots.names("vm-1")).containsExactly("auto-2", "auto-3");
  }

  @Test
  void runsAfterASnapshotWasTaken() {
    snapshots.volume("vm-1", Taken.all("auto-1@1 auto-2@2 auto-3@3"));
    snapshots.volume("vm-2", Taken.all("auto-1@1 auto-2@2 auto-3@3"));
    restart(Map.of("after_snapshot", true));
    host.events()
        .publish(
            new GatewayEvent.SnapshotCreated(
                Instant.EPOCH,
                "vm-1@auto-3",
                new UUID(0, 1),
                new UUID(0, 2),
                Duration.ofMillis(1)));
    host.events().await(PrunerObserver.RUN_ENDED);
    assertThat(snapshots.names("vm-1")).containsExactly("auto-2", "auto-3");
    assertThat(snapshots.names("vm-2")).hasSize(3);
  }

  @Test
  void whatWasDeferredGoesSoonAfterATaskThatMayHaveNeededIt() {
    snapshots.volume("vm-1", Taken.all("auto-1@1 auto-2@2 auto-3@3"));
    snapshots.lease(Taken.at("auto-1", 1).guid(), "job offsite");
    runToItsEnd(new JsonObject());
    snapshots.release(Taken.at("auto-1", 1).guid());

    host.events()
        .publish(
            new GatewayEvent.TaskEnded(Instant.EPOCH, "send", UUID.randomUUID(), true, "done"));

    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> snapshots.names("vm-1").equals(List.of("auto-2", "auto-3")));
  }

  @Test
  void saysBeforehandWhatWouldGoOfWhatIsToBeReceived() {
    snapshots.volume("vm-1", Taken.all("auto-1@1"));
    var planned = Taken.all("auto-2@2 auto-3@3 auto-4@4");
    assertThat(done(foresight.get().letsGo("vm-1", planned)))
        .containsExactly(Taken.at("auto-2", 2).guid());
    assertThat(done(foresight.get().letsGo("vm-new", planned)))
        .containsExactly(Taken.at("auto-2", 2).guid());
    assertThat(done(foresight.get().letsGo("elsewhere", planned))).isEmpty();
    assertThat(snapshots.destroys()).isEmpty();
  }

  @Test
  void takesOtherSettingsLive() {
    snapshots.volume("vm-1", Taken.all("auto-1@1 auto-2@2 auto-3@3"));
    var module = new PrunerModule();
    done(host.stop());
    done(host.start(module));
    var keepOne =
        Map.of(
            "policies",
            Map.of(
                "vms",
                Map.of("volumes", "vm-*", "keep", List.of(Map.of("last", Map.of("count", 1))))));
    assertThat(
            done(
                host.onModule(
                    () -> module.reconfigure(TestSettings.block("modules.pruner", keepOne)))))
        .isTrue();
    runToItsEnd(new JsonObject());
    assertThat(snapshots.names("vm-1")).containsExactly("auto-3");
  }

  @Test
  void whatOtherSettingsDoNotMeanIsForgottenAtOnce() {
    snapshots.volume("vm-1", Taken.all("auto-1@1 auto-2@2 auto-3@3"));
    snapshots.lease(Taken.at("auto-1", 1).guid(), "job offsite");
    var module = new PrunerModule();
    done(host.stop());
    done(host.start(module));
    runToItsEnd(new JsonObject());
    assertThat(host.metrics().gauged("pruner_volumes_deferred")).isEqualTo(1);
    done(host.onModule(() -> module.reconfigure(TestSettings.block("modules.pruner", Map.of()))));
    assertThat(host.metrics().gauged("pruner_volumes_deferred")).isZero();
    assertThat(host.metrics().gauged("pruner_snapshots_kept")).isZero();
  }
}
