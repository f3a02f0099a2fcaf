package dev.penstock.p2p.cluster;

import dev.penstock.p2p.flow.Permits;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.content.RawText;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Content that is put into a cluster. */
final class Offering {
  private final Nodes nodes;

  Offering(Nodes nodes) {
    this.nodes = nodes;
  }

  /**
   * Content goes to every node that wants it and does not have it. If none wants it, or none of
   * those can be asked, it goes to the others: nothing is refused for what somebody prefers.
   */
  Future<Putting> put(Key key, Optional<RawText> file, Caller caller) {
    List<Member> all = nodes.of(caller);
    if (all.isEmpty()) return Future.failedFuture(nodes.none());
    Function<KeyStore, Future<Putting>> offer = store -> store.put(key, file, nodes.from(caller));
    return nodes.permitted(
        all.size(),
        permit ->
            wanting(all, key, file, caller)
                .compose(first -> {
                  List<Member> others = all.stream().filter(one -> !first.contains(one)).toList();
                  return offered(first, offer)
                      .recover(why ->
                          others.isEmpty() ? Future.failedFuture(why) : offered(others, offer));
                })
                .map(offers -> answer(offers, all.size(), permit)));
  }

  /** Those that want it, or do not say; all if that is none. */
  private Future<List<Member>> wanting(
      List<Member> all, Key key, Optional<RawText> file, Caller caller) {
    Set<Member> wanting = new HashSet<>();
    List<Future<Boolean>> answers =
        all.stream()
            .map(one ->
                nodes
                    .wants(one, store -> store.wants(key, file, nodes.from(caller)))
                    .onSuccess(wants -> {
                      if (wants) wanting.add(one);
                    }))
            .toList();
    return Nodes.settled(answers)
        .map(_ -> wanting.isEmpty() ? all : all.stream().filter(wanting::contains).toList());
  }

  /** What the nodes say to it. Fails if they all do. */
  private Future<Map<Member, Putting>> offered(
      List<Member> asked, Function<KeyStore, Future<Putting>> offer) {
    Map<Member, Future<Putting>> answers = new HashMap<>();
    for (Member one : asked) answers.put(one, nodes.ask(one, offer, Offering::close));
    return Nodes.settled(answers.values())
        .map(_ -> {
          Map<Member, Putting> offers = new HashMap<>();
          answers.forEach((member, answer) -> {
            if (answer.succeeded()) offers.put(member, answer.result());
          });
          if (offers.isEmpty()) throw Nodes.firstFailure(answers.values());
          return offers;
        });
  }

  private static void close(Putting putting) {
    if (putting instanceof Putting.Upload upload) upload.close();
  }

  /** A permit stays for each node that content goes to. */
  private Putting answer(Map<Member, Putting> offers, int permits, Permits.Permit permit) {
    Set<String> there = new HashSet<>();
    List<Branch> branches = new ArrayList<>();
    offers.forEach((member, offer) -> {
      switch (offer) {
        case Putting.Upload upload -> branches.add(new Branch(member, member.uuid(), upload));
        case Putting.There(var also) -> {
          there.add(member.uuid());
          there.addAll(also);
        }
      }
    });
    for (int i = branches.size(); i < permits; i++) permit.giveBackOne();
    return branches.isEmpty()
        ? new Putting.There(there)
        : new FanOut(nodes.vertx(), branches, there, permit, nodes.limits());
  }

  Future<Putting.Stored> cameOtherwise(Key key, Optional<RawText> file, Caller caller) {
    List<Member> asked = nodes.of(caller);
    if (asked.isEmpty()) return Future.failedFuture(nodes.none());
    return nodes
        .<Putting.Stored>askAll(
            asked, (_, store) -> store.cameOtherwise(key, file, nodes.from(caller)))
        .map(answers -> {
          if (answers.values().stream().allMatch(Future::failed))
            throw Nodes.firstFailure(answers.values());
          Set<String> also = new HashSet<>();
          answers.forEach((member, answer) -> {
            if (answer.failed() || !answer.result().stored()) return;
            also.add(member.uuid());
            also.addAll(answer.result().also());
          });
          return new Putting.Stored(!also.isEmpty(), also);
        });
  }
}
