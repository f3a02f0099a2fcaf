package dev.penstock.p2p.cluster;

import dev.penstock.p2p.flow.Deadline;
import dev.penstock.p2p.flow.Home;
import dev.penstock.p2p.flow.Permits;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.KeyStoreContext;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.RawText;
import dev.penstock.spi.content.Removal;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Repositories that are asked as one: what is put goes to all that lack it, what is got comes from
 * the one that costs least at the moment. Not of the kinds that are configured: the module makes it
 * of repositories that it has. The specification, §11.
 *
 * <p><b>Lifecycle.</b> {@link #open} and {@link #close} do nothing to the nodes, whose owner is the
 * module. <b>Threads.</b> Any context; what is under way is confined to the one that asked. A node
 * is asked only with a permit, of which all clusters share a number; nobody waits on a thread.
 */
public final class Cluster implements KeyStore {
  private static final Duration ASK_AGAIN = Duration.ofSeconds(5);

  private final String name;
  private final String uuid;
  private final List<Member> members;
  private final Set<String> gateway;
  private final Permits permits;
  private final ClusterLimits limits;
  private final LongSupplier seconds;
  private final TimestampBook timestamps = new TimestampBook();
  private volatile Optional<Vertx> opened = Optional.empty();

  /**
   * @param name in the configuration
   * @param uuid of the cluster
   * @param nodes in the order of the configuration
   * @param gateway uuids by which nodes that are gateways know this one, so that they do not come
   *     back to it
   * @param permits for asking nodes, of all clusters together
   */
  public Cluster(
      String name,
      String uuid,
      List<Node> nodes,
      Set<String> gateway,
      Permits permits,
      ClusterLimits limits) {
    this(name, uuid, nodes, gateway, permits, limits, System::nanoTime);
  }

  Cluster(
      String name,
      String uuid,
      List<Node> nodes,
      Set<String> gateway,
      Permits permits,
      ClusterLimits limits,
      LongSupplier nanos) {
    this.name = name;
    this.uuid = uuid;
    this.members = nodes.stream().map(node -> new Member(node, nanos)).toList();
    this.gateway = Set.copyOf(gateway);
    this.permits = permits;
    this.limits = limits;
    this.seconds = () -> Duration.ofNanos(nanos.getAsLong()).toSeconds();
  }

  @Override
  public String kind() {
    return "cluster";
  }

  @Override
  public String summary() {
    return "repositories that are asked as one";
  }

  @Override
  public void validate(Block settings, Problems problems) {}

  @Override
  public Future<Void> open(KeyStoreContext context) {
    opened = Optional.of(context.vertx());
    return Future.succeededFuture();
  }

  private Vertx vertx() {
    return opened.orElseThrow(() -> new IllegalStateException("the cluster is not open"));
  }

  @Override
  public String uuid() {
    return uuid;
  }

  /** What is known of the nodes, in the order of the configuration. */
  public List<NodeState> nodes() {
    return members.stream()
        .map(one ->
            new NodeState(one.name(), one.store().isPresent(), one.transfers(), one.errors()))
        .toList();
  }

  /** Those that the client has not come through. */
  private List<Member> nodesFor(Caller caller) {
    return members.stream()
        .filter(
            one -> one.store().filter(store -> caller.bypass().contains(store.uuid())).isEmpty())
        .toList();
  }

  private Caller from(Caller caller) {
    Set<String> bypass = new HashSet<>(caller.bypass());
    bypass.addAll(gateway);
    return new Caller(caller.client(), bypass, caller.version());
  }

  private GatewayError noNodes() {
    return new GatewayError.Unavailable(
        Scope.RESOURCE, ASK_AGAIN, "no node of cluster %s can be reached".formatted(name));
  }

  /** Asks on the caller's context, with as many permits as are needed; whoever gets them gives. */
  private <T> Future<T> permitted(int count, Function<Permits.Permit, Future<T>> asking) {
    return Home.here(vertx())
        .call(() ->
            permits
                .acquire(count)
                .compose(permit -> asking.apply(permit).onFailure(_ -> permit.close())));
  }

  /** What a node answers within the limit, or a failure that is noted. */
  private <T> Future<T> ask(
      Member member, Function<KeyStore, Future<T>> question, Consumer<T> tooLate) {
    Optional<KeyStore> store = member.store();
    if (store.isEmpty()) return Future.failedFuture(member.away());
    return Deadline.within(
            vertx(),
            limits.answer(),
            Future.succeededFuture().compose(_ -> question.apply(store.get())),
            member::silent,
            tooLate)
        .onFailure(member::failed);
  }

  /** Asks all of them at once; completes when all have answered, and does not fail. */
  private <T> Future<Map<Member, Future<T>>> askAll(
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

  private static Future<Void> settled(Collection<? extends Future<?>> futures) {
    return Future.join(List.copyOf(futures)).<Void>mapEmpty().otherwiseEmpty();
  }

  /**
   * Whether one of them has it. Nodes that cannot be reached count as without it, as long as one
   * can: nothing is ever dropped for content that is missing.
   */
  @Override
  public Future<Boolean> isPresent(Key key, Caller caller) {
    List<Member> nodes = nodesFor(caller);
    if (nodes.isEmpty()) return Future.succeededFuture(false);
    return this.<Boolean>askAll(nodes, (_, store) -> store.isPresent(key, from(caller)))
        .map(answers -> {
          if (answers.values().stream().allMatch(Future::failed))
            throw firstFailure(answers.values());
          return answers.values().stream().anyMatch(one -> one.succeeded() && one.result());
        });
  }

  private static RuntimeException firstFailure(Collection<? extends Future<?>> answers) {
    Throwable why = answers.stream().filter(Future::failed).findFirst().orElseThrow().cause();
    return why instanceof RuntimeException known
        ? known
        : new GatewayError.Failed(Scope.REQUEST, String.valueOf(why), why);
  }

  @Override
  public Future<Content> get(Key key, Optional<RawText> file, long offset, Caller caller) {
    List<Member> nodes = new CheapestFirst(nodesFor(caller)).order();
    GatewayError absent =
        new GatewayError.NotFound("no node of cluster %s has content for %s".formatted(name, key));
    return permitted(
        1,
        permit ->
            next(
                nodes,
                absent,
                member ->
                    this.<Content>ask(
                            member,
                            store -> store.get(key, file, offset, from(caller)),
                            Content::close)
                        .map(content -> new ClusterContent(content, member, permit))));
  }

  /** The first that succeeds. One that fails otherwise than by not having it tells more. */
  private Future<Content> next(
      List<Member> nodes, Throwable failure, Function<Member, Future<Content>> opening) {
    if (nodes.isEmpty()) return Future.failedFuture(failure);
    Member first = nodes.getFirst();
    first.transferBegins();
    return opening
        .apply(first)
        .recover(why -> {
          first.transferEnds();
          Throwable telling = why instanceof GatewayError.NotFound ? failure : why;
          return next(nodes.subList(1, nodes.size()), telling, opening);
        });
  }

  /** Content goes to every node that does not have it: which ones want it is not known here. */
  @Override
  public Future<Putting> put(Key key, Optional<RawText> file, Caller caller) {
    List<Member> nodes = nodesFor(caller);
    if (nodes.isEmpty()) return Future.failedFuture(noNodes());
    return permitted(
        nodes.size(),
        permit -> {
          Map<Member, Future<Putting>> answers = new HashMap<>();
          for (Member one : nodes)
            answers.put(one, ask(one, store -> store.put(key, file, from(caller)), Cluster::close));
          return settled(answers.values()).map(_ -> offered(answers, permit));
        });
  }

  private static void close(Putting putting) {
    if (putting instanceof Putting.Upload upload) upload.close();
  }

  private Putting offered(Map<Member, Future<Putting>> answers, Permits.Permit permit) {
    Set<String> there = new HashSet<>();
    List<Branch> branches = new ArrayList<>();
    answers.forEach((member, answer) -> {
      switch (answer.result()) { // null if it failed
        case Putting.Upload upload -> branches.add(new Branch(member, uuidOf(member), upload));
        case Putting.There(var also) -> {
          there.add(uuidOf(member));
          there.addAll(also);
          permit.giveBackOne();
        }
        case null -> permit.giveBackOne();
      }
    });
    if (!branches.isEmpty()) return new FanOut(vertx(), branches, there, permit, limits);
    permit.close();
    if (there.isEmpty()) throw firstFailure(answers.values());
    return new Putting.There(there);
  }

  private static String uuidOf(Member member) {
    return member.store().map(KeyStore::uuid).orElse("");
  }

  @Override
  public Future<Putting.Stored> cameOtherwise(Key key, Optional<RawText> file, Caller caller) {
    List<Member> nodes = nodesFor(caller);
    if (nodes.isEmpty()) return Future.failedFuture(noNodes());
    return this.<Putting.Stored>askAll(
            nodes, (_, store) -> store.cameOtherwise(key, file, from(caller)))
        .map(answers -> {
          if (answers.values().stream().allMatch(Future::failed))
            throw firstFailure(answers.values());
          Set<String> also = new HashSet<>();
          answers.forEach((member, answer) -> {
            if (answer.failed() || !answer.result().stored()) return;
            also.add(uuidOf(member));
            also.addAll(answer.result().also());
          });
          return new Putting.Stored(!also.isEmpty(), also);
        });
  }

  /** Removed only if every node says so: one that cannot be reached may still have it. */
  @Override
  public Future<Removal> remove(Key key, OptionalLong before, Caller caller) {
    List<Member> nodes = nodesFor(caller);
    if (nodes.isEmpty()) return Future.succeededFuture(Removal.REFUSED);
    return this.<Removal>askAll(
            nodes, (member, store) -> removeFrom(member, store, key, before, caller))
        .map(answers -> {
          Set<String> removed = new HashSet<>();
          boolean all = true;
          for (var answer : answers.entrySet()) {
            boolean gone = answer.getValue().succeeded() && answer.getValue().result().removed();
            all &= gone;
            if (gone) removed.add(uuidOf(answer.getKey()));
            if (answer.getValue().succeeded()) removed.addAll(answer.getValue().result().also());
          }
          return new Removal(all, removed);
        });
  }

  private Future<Removal> removeFrom(
      Member member, KeyStore store, Key key, OptionalLong before, Caller caller) {
    if (before.isEmpty()) return store.remove(key, before, from(caller));
    return translated(member, store, before.getAsLong(), caller)
        .compose(there -> store.remove(key, OptionalLong.of(there), from(caller)));
  }

  /** In the time of the node: as was remembered, or as its clock shows now. */
  private Future<Long> translated(Member member, KeyStore store, long before, Caller caller) {
    OptionalLong known =
        timestamps
            .of(caller, seconds.getAsLong())
            .map(reading -> reading.translate(before, member.name()))
            .orElseGet(OptionalLong::empty);
    if (known.isPresent()) return Future.succeededFuture(known.getAsLong());
    return store.timestamp(from(caller)).map(now -> now + (before - seconds.getAsLong()));
  }

  @Override
  public Future<Long> timestamp(Caller caller) {
    List<Member> nodes = nodesFor(caller);
    if (nodes.isEmpty()) return Future.succeededFuture(seconds.getAsLong());
    return this.<Long>askAll(nodes, (_, store) -> store.timestamp(from(caller)))
        .map(answers -> {
          Map<String, Long> byNode = new HashMap<>();
          answers.forEach((member, answer) -> {
            if (answer.succeeded()) byNode.put(member.name(), answer.result());
          });
          var reading = new TimestampBook.Reading(seconds.getAsLong(), byNode);
          timestamps.remember(caller, reading);
          return reading.localSeconds();
        });
  }

  /** Never: clients lock nodes, whose number is what they count. */
  @Override
  public Future<Optional<Hold>> lock(Key key, Caller caller) {
    return Future.succeededFuture(Optional.empty());
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
