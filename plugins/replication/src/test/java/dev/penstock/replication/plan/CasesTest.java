package dev.penstock.replication.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.replication.plan.Cases.Case;
import dev.penstock.replication.plan.Outlook.Met;
import dev.penstock.replication.plan.Plan.Conflict;
import dev.penstock.replication.plan.Plan.Preparation;
import dev.penstock.replication.plan.Plan.Reason;
import dev.penstock.replication.plan.Plan.Steps;
import dev.penstock.replication.plan.Plan.UpToDate;
import dev.penstock.replication.plan.Policies.Initial;
import dev.penstock.replication.plan.Policies.StalePartial;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Partial;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CasesTest {
  private static final Duration SOON = Duration.ofSeconds(4);

  @Test
  void aKindThatNobodyKnowsIsNotPassedOver() {
    var file =
        """
        {"schema": "penstock-cases/1", "topic": "replication-plan",
         "cases": [{"id": "x", "kind": "tea-leaves", "input": {}, "expected": {}}]}
        """;
    assertThatThrownBy(() -> Cases.read(file)).hasMessageContaining("tea-leaves");
  }

  @Test
  void thereAreCases() {
    assertThat(Cases.all()).isNotEmpty();
  }

  static List<Case> incrementalPaths() {
    return Cases.ofKind("incremental-path");
  }

  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("incrementalPaths")
  void findsThePath(Case one) {
    var json =
        switch (Ancestry.between(one.versions("sender"), one.versions("receiver"))) {
          case Ancestry.Path(var versions) -> new JsonObject().put("path", texts(versions));
          case Ancestry.UpToDate(var common) ->
              conflict("MostRecentSnapshotAlreadyPresent")
                  .put("commonAncestor", Histories.text(common));
          case Ancestry.Diverged(var common, var senderOnly, var receiverOnly) ->
              conflict("Diverged")
                  .put("commonAncestor", Histories.text(common))
                  .put("senderOnly", texts(senderOnly))
                  .put("receiverOnly", texts(receiverOnly));
          case Ancestry.NoCommon(var sender, var receiver) ->
              conflict("NoCommonAncestor")
                  .put("sortedSender", texts(sender))
                  .put("sortedReceiver", texts(receiver));
          case Ancestry.NothingToSend() -> conflict("NoSenderSnapshots");
        };
    assertThat(json).isEqualTo(one.expected());
  }

  static List<Case> initialPolicies() {
    return Cases.ofKind("initial-policy");
  }

  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("initialPolicies")
  void beginsAsThePolicySays(Case one) {
    var policies =
        new Policies(
            Initial.valueOf(one.input().getString("policy").toUpperCase(Locale.ROOT)),
            Policies.DEFAULTS.diverged(),
            Policies.DEFAULTS.stalePartial());
    var plan =
        Planner.plan(
            Histories.situation(one.versions("sender"), one.versions("receiver")), policies);
    var json =
        switch (plan) {
          case UpToDate _ -> new JsonObject().put("steps", new JsonArray());
          case Conflict(Reason reason, String _) -> error(reason);
          case Steps(var _, var steps, var _) ->
              new JsonObject()
                  .put(
                      "steps",
                      array(
                          steps.stream()
                              .map(step -> {
                                var pair = new JsonArray();
                                pair.add(step.from().map(CasesTest::name).orElse(null));
                                return pair.add(name(step.to()));
                              })
                              .toList()));
        };
    assertThat(json).isEqualTo(one.expected());
  }

  static List<Case> resumeTokens() {
    return Cases.ofKind("resume-token");
  }

  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("resumeTokens")
  void goesOnWithWhatHasCome(Case one) {
    JsonObject token = one.input().getJsonObject("token");
    Optional<UUID> from = Optional.ofNullable(token.getLong("from")).map(Histories::guid);
    var partial = new Partial(from, Histories.guid(token.getLong("to")), "to", 1 << 20, 512);
    List<Version> receiver =
        token.containsKey("from") ? Histories.of("@r," + token.getLong("from")) : List.of();
    boolean discard = one.input().getBoolean("discardStalePartial");
    var situation =
        new Situation(one.versions("sender"), receiver, Optional.of(partial), Set.of(), false);
    var plan =
        Planner.plan(
            situation,
            new Policies(
                Policies.DEFAULTS.initial(),
                Policies.DEFAULTS.diverged(),
                discard ? StalePartial.DISCARD : StalePartial.FAIL));
    var json =
        switch (plan) {
          case UpToDate _ -> new JsonObject().put("steps", new JsonArray());
          case Conflict(Reason reason, String _) -> error(reason);
          case Steps(var before, var steps, var _) ->
              new JsonObject()
                  .put("steps", array(steps.stream().map(CasesTest::step).toList()))
                  .put("discardPartial", before.contains(new Preparation.DiscardPartial()));
        };
    assertThat(json).isEqualTo(one.expected());
  }

  static List<Case> retryCorrelations() {
    return Cases.ofKind("retry-correlation");
  }

  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("retryCorrelations")
  void aLaterAttemptGoesAsFarAsTheEarlierOneWantedTo(Case one) {
    var json =
        switch (Correlation.of(targets(one, "previousUncompleted"), targets(one, "currentPlan"))) {
          case Correlation.Execute(var steps) ->
              new JsonObject()
                  .put(
                      "executed", array(steps.stream().map(step -> step.to().toString()).toList()));
          case Correlation.None() -> new JsonObject().put("error", "NO_CORRELATION");
        };
    assertThat(json).isEqualTo(one.expected());
  }

  static List<Case> parentOrders() {
    return Cases.ofKind("parent-order");
  }

  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("parentOrders")
  void aChildWaitsForItsParent(Case one) {
    JsonObject parent = one.input().getJsonObject("parent");
    List<Step> steps = new ArrayList<>();
    for (Object kind : parent.getJsonArray("steps"))
      steps.add(
          new Step(
              kind.equals("full") ? Optional.empty() : Optional.of(Histories.version("@f,1")),
              Histories.version("@t,2"),
              false));
    Parents.Progress progress =
        parent.getBoolean("planError")
            ? new Parents.Progress.Unplanned()
            : new Parents.Progress.Sending(
                steps, parent.getInteger("done"), parent.getBoolean("stepError"));
    var json =
        switch (Parents.child(List.of(progress))) {
          case RUNS -> new JsonObject().put("child", "run");
          case WAITS ->
              new JsonObject().put("child", "blocked").put("blockedOn", "parent-initial-repl");
          case FAILS ->
              new JsonObject()
                  .put("child", "failed")
                  .put("error", "PARENT_INITIAL_REPLICATION_FAILED");
        };
    assertThat(json).isEqualTo(one.expected());
  }

  static List<Case> errorClasses() {
    return Cases.ofKind("error-class");
  }

  @ParameterizedTest(name = "{0}", allowZeroInvocations = true)
  @MethodSource("errorClasses")
  void everyErrorIsJudgedOnItsOwn(Case one) {
    List<Met> met = new ArrayList<>();
    var classes = new JsonArray();
    for (Object each : one.input().getJsonArray("errors")) {
      var error = (JsonObject) each;
      var errorClass = ErrorClass.of(thrown(error.getString("kind")));
      met.add(new Met(Optional.ofNullable(error.getString("fs")), errorClass));
      classes.add(
          new JsonObject()
              .put("temporary", errorClass.isTemporary())
              .put("localToFs", errorClass.isOfOneVolume()));
    }
    // In whichever order they come.
    for (int turn = 0; turn < met.size(); turn++) {
      Outlook outlook = Outlook.after(met);
      var volumes = new JsonObject();
      outlook.volumes().forEach((name, again) -> volumes.put(name, again ? "retry" : "failed"));
      assertThat(classes).isEqualTo(one.expected().getJsonArray("classes"));
      assertThat(volumes).isEqualTo(one.expected().getJsonObject("filesystems"));
      assertThat(run(outlook.next())).isEqualTo(one.expected().getString("run"));
      Collections.rotate(met, 1);
    }
  }

  private static GatewayError thrown(String kind) {
    return switch (kind) {
      case "net-timeout" ->
          new GatewayError.Unavailable(GatewayError.Scope.CONNECTION, SOON, "no answer");
      case "other" -> new GatewayError.Failed(GatewayError.Scope.RESOURCE, "no idea");
      default -> throw new IllegalArgumentException(kind);
    };
  }

  private static String run(Outlook.Next next) {
    return switch (next) {
      case DONE -> "done";
      case END_AFTER_OTHERS -> "finish-others-then-end";
      case TRY_AGAIN -> "next-attempt";
      case TRY_AGAIN_WITH_PEER -> "wait-for-connectivity-then-next-attempt";
      case END -> "end";
    };
  }

  private static List<Step> targets(Case one, String key) {
    JsonArray names = one.input().getJsonArray(key);
    return IntStream.range(0, names.size())
        .mapToObj(i -> names.getString(i))
        .map(name -> Step.full(Histories.version("%s,%s".formatted(name, name.substring(1)))))
        .toList();
  }

  private static JsonObject step(Step step) {
    return new JsonObject()
        .put("from", step.from().map(CasesTest::name).orElse(null))
        .put("to", name(step.to()))
        .put("resumed", step.resumed());
  }

  private static JsonObject conflict(String name) {
    return new JsonObject().put("conflict", name);
  }

  private static JsonObject error(Reason reason) {
    return new JsonObject().put("error", reason.name());
  }

  private static String name(Version version) {
    return Histories.text(version);
  }

  private static JsonArray texts(List<Version> versions) {
    return array(Histories.texts(versions));
  }

  private static JsonArray array(List<?> items) {
    return new JsonArray(new ArrayList<>(items));
  }
}
