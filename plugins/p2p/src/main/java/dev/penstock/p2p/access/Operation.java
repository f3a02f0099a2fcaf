package dev.penstock.p2p.access;

/** What is done with content; rights are given for these. */
public enum Operation {
  READ("read"),
  LOCK("lock"),
  WRITE("write"),
  REMOVE("remove");

  private final String word;

  Operation(String word) {
    this.word = word;
  }

  /** As in "the right to …". */
  public String word() {
    return word;
  }
}
