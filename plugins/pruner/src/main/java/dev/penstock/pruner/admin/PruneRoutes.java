package dev.penstock.pruner.admin;

import dev.penstock.pruner.config.PrunerConfig;
import dev.penstock.pruner.run.Foreseen;
import dev.penstock.pruner.run.Pruner;
import dev.penstock.pruner.run.Wanted;
import dev.penstock.pruner.run.Wanted.Trigger;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.admin.Call;
import dev.penstock.spi.admin.Reply;
import dev.penstock.spi.admin.Role;
import dev.penstock.spi.admin.Route;
import dev.penstock.spi.admin.Route.Method;
import dev.penstock.spi.snapshot.Snapshots;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** {@code /v1/prune/…}. On the module's context. */
public final class PruneRoutes {
  private static final String POLICIES = "policies";
  private static final String VOLUMES = "volumes";

  private final Supplier<PrunerConfig> config;
  private final Pruner pruner;
  private final Foreseen foreseen;
  private final Snapshots snapshots;

  public PruneRoutes(
      Supplier<PrunerConfig> config, Pruner pruner, Foreseen foreseen, Snapshots snapshots) {
    this.config = config;
    this.pruner = pruner;
    this.foreseen = foreseen;
    this.snapshots = snapshots;
  }

  public List<Route> routes() {
    return List.of(
        new Route(Method.GET, "/v1/prune/policies", Role.READER, this::policies),
        new Route(Method.GET, "/v1/prune/plan", Role.READER, this::plan),
        new Route(Method.GET, "/v1/prune/runs", Role.READER, this::runs),
        new Route(Method.POST, "/v1/prune/runs", Role.OPERATOR, this::run));
  }

  private Future<Reply> policies(Call call) {
    var all = config.get().policies().stream().map(PlanJson::policy).iterator();
    return Future.succeededFuture(Reply.items(POLICIES, all));
  }

  /** Of one volume everything; of all volumes a line each. */
  private Future<Reply> plan(Call call) {
    var volume = call.query("volume");
    if (volume.isEmpty())
      return foreseen
          .outlooks()
          .map(all -> Reply.items(VOLUMES, all.stream().map(PlanJson::outlook).iterator()));
    return foreseen
        .plan(volume.get())
        .compose(plan ->
            snapshots
                .needed(volume.get())
                .map(needed -> {
                  var lowSpace = config.get().lowSpaceOf(volume.get());
                  var lines =
                      IntStream.range(0, plan.series().snapshots().size())
                          .mapToObj(place -> PlanJson.snapshot(plan, place, needed, lowSpace));
                  return Reply.items("snapshots", lines.iterator());
                }));
  }

  private Future<Reply> runs(Call call) {
    return Future.succeededFuture(
        Reply.items("runs", pruner.reports().stream().map(ReportJson::run).iterator()));
  }

  private Future<Reply> run(Call call) {
    JsonObject body = call.body();
    for (String key : body.fieldNames())
      if (!key.equals(POLICIES) && !key.equals(VOLUMES))
        throw new GatewayError.Invalid(
            "%s is no part of a run; it takes policies and volumes".formatted(key));
    Set<String> policies = names(body, POLICIES);
    Set<String> volumes = names(body, VOLUMES);
    refuseUnknown(policies, volumes);
    Promise<UUID> begun = Promise.promise();
    pruner
        .ask(new Wanted(Trigger.HAND, policies, volumes), begun::tryComplete)
        .onFailure(begun::tryFail); // if it did not even begin
    return begun.future().map(Reply::accepted);
  }

  private void refuseUnknown(Set<String> policies, Set<String> volumes) {
    PrunerConfig now = config.get();
    Set<String> known = now.policies().stream().map(p -> p.name()).collect(Collectors.toSet());
    for (String policy : policies)
      if (!known.contains(policy)) throw new GatewayError.NotFound("there is no policy " + policy);
    for (String volume : volumes)
      if (now.policiesOf(volume).isEmpty())
        throw new GatewayError.NotFound("no policy means a volume " + volume);
  }

  private static Set<String> names(JsonObject body, String key) {
    Set<String> names = new LinkedHashSet<>();
    switch (body.getValue(key)) {
      case null -> {}
      case JsonArray list -> {
        for (Object one : list) {
          if (!(one instanceof String name)) throw notNames(key);
          names.add(name);
        }
      }
      default -> throw notNames(key);
    }
    return names;
  }

  private static GatewayError notNames(String key) {
    return new GatewayError.Invalid("%s takes a list of names".formatted(key));
  }
}
