package dev.penstock.p2p.access;

/** Whether something may be done, and what is answered if not. */
public sealed interface Decision {
  record Allowed() implements Decision {}

  /** Credentials would help: 401. */
  record WhoAreYou() implements Decision {}

  /** Nothing helps: 403. */
  record Refused(String why) implements Decision {}

  /** Who asks. */
  sealed interface Visitor {
    /** Who says nothing of himself. */
    record Anonymous() implements Visitor {}

    /** Whose credentials are those of nobody. */
    record Mistaken() implements Visitor {}

    record Known(User user) implements Visitor {}
  }

  Decision ALLOWED = new Allowed();
  Visitor ANONYMOUS = new Visitor.Anonymous();
  Visitor MISTAKEN = new Visitor.Mistaken();

  /**
   * The table of the specification. Pure.
   *
   * @param anonymous what anybody may do there; a user may as much
   * @param anybodyKnown whether there is a user at all
   */
  static Decision of(
      Visitor visitor,
      String repository,
      Operation operation,
      Right anonymous,
      boolean readersLock,
      boolean anybodyKnown) {
    Right right =
        switch (visitor) {
          case Visitor.Known(User user) -> user.right(repository).atLeast(anonymous);
          case Visitor.Anonymous _, Visitor.Mistaken _ -> anonymous;
        };
    if (right.allows(operation, readersLock)) return ALLOWED;
    return switch (visitor) {
      case Visitor.Known(User user) ->
          new Refused(
              "%s has not the right to %s in %s; it takes %s"
                  .formatted(
                      user.name(), operation.word(), repository, needed(operation, readersLock)));
      case Visitor.Anonymous _ ->
          anybodyKnown
              ? new WhoAreYou()
              : new Refused("nobody may %s here".formatted(operation.word()));
      // A second offer would not end: the client has just been asked.
      case Visitor.Mistaken _ ->
          anonymous == Right.NONE && anybodyKnown
              ? new WhoAreYou()
              : new Refused("the credentials are those of nobody here");
    };
  }

  private static String needed(Operation operation, boolean readersLock) {
    for (Right right : Right.values())
      if (right.allows(operation, readersLock)) return right.word();
    throw new IllegalStateException(operation + " needs no right");
  }
}
