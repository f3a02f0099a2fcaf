package dev.penstock.p2p.cluster;

import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.Removal;
import io.vertx.core.Future;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongSupplier;

/** Content that goes from all nodes of a cluster, each by its own clock. */
final class Removing {
  private final Nodes nodes;
  private final LongSupplier seconds;
  private final TimestampBook timestamps = new TimestampBook();

  /**
   * @param seconds the cluster's own clock
   */
  Removing(Nodes nodes, LongSupplier seconds) {
    this.nodes = nodes;
    this.seconds = seconds;
  }

  /** Removed only if every node says so: one that cannot be reached may still have it. */
  Future<Removal> remove(Key key, OptionalLong before, Caller caller) {
    List<Member> asked = nodes.of(caller);
    if (asked.isEmpty()) return Future.succeededFuture(Removal.REFUSED);
    return nodes
        .<Removal>askAll(asked, (member, store) -> removeFrom(member, store, key, before, caller))
        .map(Removing::together);
  }

  private static Removal together(Map<Member, Future<Removal>> answers) {
    Set<String> removed = new HashSet<>();
    boolean all = true;
    for (var answer : answers.entrySet()) {
      boolean gone = answer.getValue().succeeded() && answer.getValue().result().removed();
      all &= gone;
      if (gone) removed.add(answer.getKey().uuid());
      if (answer.getValue().succeeded()) removed.addAll(answer.getValue().result().also());
    }
    return new Removal(all, removed);
  }

  private Future<Removal> removeFrom(
      Member member, KeyStore store, Key key, OptionalLong before, Caller caller) {
    if (before.isEmpty()) return store.remove(key, before, nodes.from(caller));
    return translated(member, store, before.getAsLong(), caller)
        .compose(there -> store.remove(key, OptionalLong.of(there), nodes.from(caller)));
  }

  /** In the time of the node: as was remembered, or as its clock shows now. */
  private Future<Long> translated(Member member, KeyStore store, long before, Caller caller) {
    OptionalLong known =
        timestamps
            .of(caller, seconds.getAsLong())
            .map(reading -> reading.translate(before, member.name()))
            .orElseGet(OptionalLong::empty);
    if (known.isPresent()) return Future.succeededFuture(known.getAsLong());
    return store.timestamp(nodes.from(caller)).map(now -> now + (before - seconds.getAsLong()));
  }

  Future<Long> timestamp(Caller caller) {
    List<Member> asked = nodes.of(caller);
    if (asked.isEmpty()) return Future.succeededFuture(seconds.getAsLong());
    return nodes
        .<Long>askAll(asked, (_, store) -> store.timestamp(nodes.from(caller)))
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
}
