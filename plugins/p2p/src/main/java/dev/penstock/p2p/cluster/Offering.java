package dev.penstock.p2p.cluster;

import dev.penstock.p2p.flow.Permits;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Key;
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

/** Content that is put into a cluster. */
final class Offering {
  private final Nodes nodes;

  Offering(Nodes nodes) {
    this.nodes = nodes;
  }

  /** Content goes to every node that does not have it: which ones want it is not known here. */
  Future<Putting> put(Key key, Optional<RawText> file, Caller caller) {
    List<Member> asked = nodes.of(caller);
    if (asked.isEmpty()) return Future.failedFuture(nodes.none());
    return nodes.permitted(
        asked.size(),
        permit -> {
          Map<Member, Future<Putting>> answers = new HashMap<>();
          for (Member one : asked)
            answers.put(
                one,
                nodes.ask(
                    one, store -> store.put(key, file, nodes.from(caller)), Offering::close));
          return Nodes.settled(answers.values()).map(_ -> offered(answers, permit));
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
        case Putting.Upload upload -> branches.add(new Branch(member, member.uuid(), upload));
        case Putting.There(var also) -> {
          there.add(member.uuid());
          there.addAll(also);
          permit.giveBackOne();
        }
        case null -> permit.giveBackOne();
      }
    });
    if (!branches.isEmpty())
      return new FanOut(nodes.vertx(), branches, there, permit, nodes.limits());
    permit.close();
    if (there.isEmpty()) throw Nodes.firstFailure(answers.values());
    return new Putting.There(there);
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
