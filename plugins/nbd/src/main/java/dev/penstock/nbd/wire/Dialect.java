package dev.penstock.nbd.wire;

/** How requests and replies look, as it was negotiated. */
public enum Dialect {
  /** There was no negotiation, and who sends what is no request is told so before the end. */
  OLD_STYLE,
  /** What a client gets that asked for nothing. */
  SIMPLE,
  /** STRUCTURED_REPLY. */
  STRUCTURED,
  /** EXTENDED_HEADERS. */
  EXTENDED;

  public RequestForm requests() {
    return this == EXTENDED ? RequestForm.EXTENDED : RequestForm.COMPACT;
  }

  public Replies replies() {
    return switch (this) {
      case OLD_STYLE, SIMPLE -> Replies.SIMPLE;
      case STRUCTURED -> Replies.STRUCTURED;
      case EXTENDED -> Replies.EXTENDED;
    };
  }
}
