package dev.penstock.p2p.cluster;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/** In which order nodes are tried. Those that cost the same share the work by chance. */
record CheapestFirst(List<Member> members) {
  private record Weighed(Member member, double weight) {}

  List<Member> order() {
    List<Weighed> weighed = new ArrayList<>();
    for (Member one : members) weighed.add(new Weighed(one, one.weight()));
    Collections.shuffle(weighed, ThreadLocalRandom.current());
    weighed.sort(Comparator.comparingDouble(Weighed::weight));
    return weighed.stream().map(Weighed::member).toList();
  }
}
