package dev.penstock.nbd.export;

/** A connection, as its export sees it. Any thread; both calls return at once. */
public interface ExportClient {
  /**
   * Asks it to leave: what is under way ends, what comes later is refused, then it closes.
   */
  void leave(String why);

  /** Asks it to leave because it may not have its export any more, which is told. */
  void bar(String why);
}
