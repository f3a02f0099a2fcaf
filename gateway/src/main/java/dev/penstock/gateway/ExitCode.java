package dev.penstock.gateway;

import dev.penstock.spi.GatewayError;

/** What a process of Penstock ends with. 0 always means that what was asked for is complete. */
public enum ExitCode {
  DONE(0),
  /** It was tried and did not work. */
  FAILED(1),
  /** The command line makes no sense. */
  USAGE(2),
  /** The configuration has problems; nothing was started or made. */
  CONFIGURATION(3),
  /** No gateway answers. */
  UNREACHABLE(4),
  /** Something else has the store, the port or the state. */
  CONFLICT(5),
  /** What is stored cannot be vouched for, or is of a newer format. */
  DAMAGED(6),
  DENIED(7),
  NOT_FOUND(8),
  /** The gateway stopped, and something did not end within its limit. */
  NOT_CLEAN(9);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }

  /** What a process ends with that this error ended. */
  public static ExitCode of(GatewayError error) {
    return switch (error) {
      case GatewayError.Invalid _ -> USAGE;
      case GatewayError.NotFound _ -> NOT_FOUND;
      case GatewayError.Conflict _ -> CONFLICT;
      case GatewayError.Denied _ -> DENIED;
      case GatewayError.Unavailable _ -> UNREACHABLE;
      case GatewayError.Damaged _ -> DAMAGED;
      case GatewayError.NoSpace _, GatewayError.Unsupported _, GatewayError.Failed _ -> FAILED;
    };
  }
}
