package dev.penstock.gateway.module;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What modules have left behind that only their next life can finish. Threads: any. */
public final class Unfinished {
  private final Map<String, List<String>> left = new ConcurrentSkipListMap<>();

  /** A life begins: what was left before is its own matter now. */
  public void begins(String module) {
    left.remove(module);
  }

  public void note(String module, String what) {
    left.computeIfAbsent(module, _ -> new CopyOnWriteArrayList<>()).add(what);
  }

  /** By module, each in the order in which it was said. */
  public List<String> all() {
    List<String> all = new ArrayList<>();
    left.values().forEach(all::addAll);
    return all;
  }
}
