package dev.penstock.nbd.fuzz;

/** As {@link ConversationFuzz}, with a client that gets its export without a word. */
public final class OldStyleFuzz {
  private OldStyleFuzz() {}

  /** What the fuzzer calls. */
  public static void fuzzerTestOneInput(byte[] input) {
    ConversationFuzz.run(input, true);
  }
}
