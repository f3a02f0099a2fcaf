package dev.penstock.p2p.cluster;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.RawText;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Content of a cluster, from one of the nodes that have it. */
final class Getting {
  private final Nodes nodes;

  Getting(Nodes nodes) {
    this.nodes = nodes;
  }

  /**
   * Whether one of them has it. Nodes that cannot be reached count as without it, as long as one
   * can: nothing is ever dropped for content that is missing.
   */
  Future<Boolean> isPresent(Key key, Caller caller) {
    List<Member> asked = nodes.of(caller);
    if (asked.isEmpty()) return Future.succeededFuture(false);
    return nodes
        .<Boolean>askAll(asked, (_, store) -> store.isPresent(key, nodes.from(caller)))
        .map(answers -> {
          if (answers.values().stream().allMatch(Future::failed))
            throw Nodes.firstFailure(answers.values());
          return answers.values().stream().anyMatch(one -> one.succeeded() && one.result());
        });
  }

  Future<Content> get(Key key, Optional<RawText> file, long offset, Caller caller) {
    List<Member> order = new CheapestFirst(nodes.of(caller)).order();
    GatewayError absent =
        new GatewayError.NotFound(
            "no node of cluster %s has content for %s".formatted(nodes.cluster(), key));
    return nodes.permitted(
        1,
        permit ->
            next(
                order,
                absent,
                member ->
                    nodes
                        .<Content>ask(
                            member,
                            store -> store.get(key, file, offset, nodes.from(caller)),
                            Content::close)
                        .map(content -> new ClusterContent(content, member, permit))));
  }

  /** The first that succeeds. One that fails otherwise than by not having it tells more. */
  private static Future<Content> next(
      List<Member> order, Throwable failure, Function<Member, Future<Content>> opening) {
    if (order.isEmpty()) return Future.failedFuture(failure);
    Member first = order.getFirst();
    first.transferBegins();
    return opening
        .apply(first)
        .recover(why -> {
          first.transferEnds();
          Throwable telling = why instanceof GatewayError.NotFound ? failure : why;
          return next(order.subList(1, order.size()), telling, opening);
        });
  }
}
