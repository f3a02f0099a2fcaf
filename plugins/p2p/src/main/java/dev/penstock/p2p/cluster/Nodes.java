package dev.penstock.p2p.cluster;

import dev.penstock.p2p.flow.Deadline;
import dev.penstock.p2p.flow.Home;
import dev.penstock.p2p.flow.Permits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.KeyStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * The nodes of a cluster, and how they are asked: each with a permit, within a limit.
 *
 * <p><b>Threads.</b> Any context; answers come on the one that asked.
 */
final class Nodes {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(5);

  private final String cluster;
  private final List<Member> members;
  private final Set<String> gateway;
  private final Permits permits;
  private final ClusterLimits limits;
  private final Supplier<Vertx> vertx;

  /**
   * @param cluster its name, for messages
   * @param gateway uuids by which nodes that are gateways know this one
   * @param vertx once the cluster is open
   */
  Nodes(
      String cluster,
      List<Member> members,
      Set<String> gateway,
      Permits permits,
      ClusterLimits limits,
      Supplier<Vertx> vertx) {
    this.cluster = cluster;
    this.members = List.copyOf(members);
    this.gateway = Set.copyOf(gateway);
    this.permits = permits;
    this.limits = limits;
    this.vertx = vertx;
  }

  String cluster() {
    return cluster;
  }

  ClusterLimits limits() {
    return limits;
  }

  Vertx vertx() {
    return vertx.get();
  }

  List<NodeState> states() {
    return members.stream().map(Member::state).toList();
  }

  /** Those that the client has not come through. */
  List<Member> of(Caller caller) {
    return members.stream()
        .filter(
            one -> one.store().filter(store -> caller.bypass().contains(store.uuid())).isEmpty())
        .toList();
  }

  /** As whom nodes are asked: whatever they pass on does not come back to this gateway. */
  Caller from(Caller caller) {
    Set<String> bypass = new HashSet<>(caller.bypass());
    bypass.addAll(gateway);
    return new Caller(caller.client(), bypass, caller.version());
  }

  GatewayError none() {
    return new GatewayError.Unavailable(
        Scope.RESOURCE, ASK_AGAIN, "no node of cluster %s can be reached".formatted(cluster));
  }

  /** Asks on the caller's context, with as many permits as are needed; whoever gets them gives. */
  <T> Future<T> permitted(int count, Function<Permits.Permit, Future<T>> asking) {
    return Home.here(vertx())
        .call(() ->
            permits
                .acquire(count)
                .compose(permit -> asking.apply(permit).onFailure(_ -> permit.close())));
  }

  /** What a node answers within the limit, or a failure that is noted. */
  <T> Future<T> ask(Member member, Function<KeyStore, Future<T>> question, Consumer<T> tooLate) {
    return within(limits.answer(), member, question, tooLate).onFailure(member::failed);
  }

  /**
   * What a node says to whether it wants something; one that cannot say, or does not in time, does.
   * That is no failure of a node: it is not the worse for reading and writing.
   */
  Future<Boolean> wants(Member member, Function<KeyStore, Future<Boolean>> question) {
    return within(limits.preference(), member, question, _ -> {}).otherwise(true);
  }

  private <T> Future<T> within(
      Duration limit, Member member, Function<KeyStore, Future<T>> question, Consumer<T> tooLate) {
    return member
        .store()
        .map(store ->
            Deadline.within(
                vertx(),
                limit,
                Future.succeededFuture().compose(_ -> question.apply(store)),
                member::silent,
                tooLate))
        .orElseGet(() -> Future.failedFuture(member.away()));
  }

  /** Asks all of them at once; completes when all have answered, and does not fail. */
  <T> Future<Map<Member, Future<T>>> askAll(
      List<Member> nodes, BiFunction<Member, KeyStore, Future<T>> question) {
    return permitted(
        nodes.size(),
        permit -> {
          Map<Member, Future<T>> answers = new HashMap<>();
          for (Member one : nodes)
            answers.put(one, ask(one, store -> question.apply(one, store), _ -> {}));
          return settled(answers.values()).map(answers).onComplete(_ -> permit.close());
        });
  }

  static Future<Void> settled(Collection<? extends Future<?>> futures) {
    return Future.join(List.copyOf(futures)).<Void>mapEmpty().otherwiseEmpty();
  }

  static RuntimeException firstFailure(Collection<? extends Future<?>> answers) {
    Throwable why = answers.stream().filter(Future::failed).findFirst().orElseThrow().cause();
    return why instanceof RuntimeException known
        ? known
        : new GatewayError.Failed(Scope.REQUEST, String.valueOf(why), why);
  }
}
