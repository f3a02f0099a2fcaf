package dev.penstock.gateway.module;

import dev.penstock.spi.module.ModuleContext.Rest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** What modules were about when they stopped, and had not done. Threads: any. */
public final class Unfinished {
  private final Map<String, List<Left>> left = new ConcurrentSkipListMap<>();

  /**
   * One of them.
   *
   * @param what a line for an operator
   */
  public record Left(Rest rest, String what) {}

  /** A life begins: what was left before is its own matter now. */
  public void begins(String module) {
    left.remove(module);
  }

  public void note(String module, Left one) {
    left.computeIfAbsent(module, _ -> new CopyOnWriteArrayList<>()).add(one);
  }

  /**
   * What a next start finishes comes last; else by module, each in the order in which it was said.
   */
  public List<Left> all() {
    List<Left> all = new ArrayList<>();
    left.values().forEach(all::addAll);
    all.sort(Comparator.comparing(Left::rest));
    return all;
  }
}
