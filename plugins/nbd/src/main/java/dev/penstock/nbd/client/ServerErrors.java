package dev.penstock.nbd.client;

import dev.penstock.nbd.wire.ErrorNumber;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;

/** What an error of a server is to whoever asked: passed on, and never retried. */
public final class ServerErrors {
  private ServerErrors() {}

  /** What is said about why a connection was lost. */
  public static String text(Throwable cause) {
    if (cause instanceof GatewayError error) return error.what();
    return cause.getMessage() == null ? cause.toString() : cause.getMessage();
  }

  public static GatewayError of(ServerUri uri, Request failed) {
    String said = failed.reason.isEmpty() ? "" : ": " + failed.reason;
    for (ErrorNumber number : ErrorNumber.values()) {
      if (number.code() != failed.error) continue;
      String what = "server %s answers %s to %s%s".formatted(uri, number, failed, said);
      return switch (number) {
        case EPERM -> new GatewayError.Denied(what);
        case EINVAL -> new GatewayError.Invalid(what);
        case ENOSPC -> new GatewayError.NoSpace(what);
        case ENOTSUP -> new GatewayError.Unsupported(what);
        case EIO, ENOMEM, EOVERFLOW, EBADMSG, ESHUTDOWN ->
            new GatewayError.Failed(Scope.REQUEST, what);
      };
    }
    return new GatewayError.Failed(
        Scope.REQUEST,
        "server %s answers error %d to %s%s".formatted(uri, failed.error, failed, said));
  }
}
