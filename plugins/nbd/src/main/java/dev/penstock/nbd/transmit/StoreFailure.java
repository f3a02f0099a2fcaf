package dev.penstock.nbd.transmit;

import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.spi.GatewayError;

/** What a client is told when its volume could not do it. Protocol document, "Error values". */
public final class StoreFailure {
  private StoreFailure() {}

  public static ErrorNumber errorNumber(Throwable failure) {
    if (!(failure instanceof GatewayError error)) return ErrorNumber.EIO;
    return switch (error) {
      case GatewayError.Invalid _ -> ErrorNumber.EINVAL;
      case GatewayError.NotFound _ -> ErrorNumber.EIO;
      case GatewayError.Conflict _ -> ErrorNumber.EIO;
      case GatewayError.Denied _ -> ErrorNumber.EPERM;
      case GatewayError.NoSpace _ -> ErrorNumber.ENOSPC;
      case GatewayError.Unsupported _ -> ErrorNumber.ENOTSUP;
      case GatewayError.Unavailable _ -> ErrorNumber.EIO;
      case GatewayError.Failed _ -> ErrorNumber.EIO;
      case GatewayError.Damaged _ -> ErrorNumber.EIO;
    };
  }

  /**
   * What is said to people. Another exception than a GatewayError is a bug, and says what it is.
   */
  public static String reason(Throwable failure) {
    return failure instanceof GatewayError error ? error.what() : failure.toString();
  }
}
