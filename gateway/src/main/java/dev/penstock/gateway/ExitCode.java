package dev.penstock.gateway;

import dev.penstock.spi.GatewayError;

/** What a process of Penstock ends with. 0 always means that what was asked for is complete. */
public enum ExitCode {
  DONE(0, "what was asked for is complete"),
  FAILED(1, "it was tried and failed"),
  USAGE(2, "the command line, or a value in it, makes no sense"),
  CONFIGURATION(3, "the configuration has problems; nothing was started or made"),
  UNREACHABLE(4, "no gateway answers, or it stopped answering in the middle"),
  CONFLICT(5, "something else has the store, the port, the state or the name"),
  DAMAGED(6, "what is stored cannot be vouched for, or is of a newer format; nothing was touched"),
  DENIED(7, "this caller may not"),
  NOT_FOUND(8, "nobody has it under this name"),
  NOT_CLEAN(9, "the gateway stopped, and something did not end within its limit"),
  UNFINISHED(10, "the gateway stopped, and its next start finishes what its last lines name"),
  BROKEN_OFF(11, "the gateway stopped, and broke off what its last lines name");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  public int code() {
    return code;
  }

  /** For {@code --help} and the manual. */
  public String meaning() {
    return meaning;
  }

  /** What a gateway ends with whose start this error ended. */
  public static ExitCode of(GatewayError error) {
    return switch (error) {
      case GatewayError.Invalid _ -> CONFIGURATION;
      case GatewayError.NotFound _ -> NOT_FOUND;
      case GatewayError.Conflict _ -> CONFLICT;
      case GatewayError.Denied _ -> DENIED;
      // What a store or the state cannot do at a start is to read a newer format.
      case GatewayError.Damaged _, GatewayError.Unsupported _ -> DAMAGED;
      case GatewayError.NoSpace _, GatewayError.Unavailable _, GatewayError.Failed _ -> FAILED;
    };
  }
}
