package dev.penstock.nbd.wire;

/** What a client can ask for while it negotiates. Protocol document, "Option types". */
public enum Option {
  EXPORT_NAME(1),
  ABORT(2),
  LIST(3),
  STARTTLS(5),
  INFO(6),
  GO(7),
  STRUCTURED_REPLY(8),
  LIST_META_CONTEXT(9),
  SET_META_CONTEXT(10),
  EXTENDED_HEADERS(11),
  /** Any other number: answered {@link OptionError#UNSUP}, because clients probe. */
  UNKNOWN(-1);

  private final int code;

  Option(int code) {
    this.code = code;
  }

  /** The number on the wire; -1 for {@link #UNKNOWN}. */
  public int code() {
    return code;
  }

  /** The option with this number. */
  public static Option of(int code) {
    for (Option option : values()) {
      if (option.code == code) return option;
    }
    return UNKNOWN;
  }
}
