package dev.penstock.replication.report;

import dev.penstock.replication.plan.ErrorClass;
import dev.penstock.spi.GatewayError;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.Locale;

/**
 * What went wrong, and what was made of it.
 *
 * @param what for people
 */
public record ErrorReport(Instant at, String what, ErrorClass errorClass) {
  /** A message that is longer repeats itself. */
  private static final int CHARACTERS_MAX = 500;

  public ErrorReport {
    if (what.length() > CHARACTERS_MAX) what = what.substring(0, CHARACTERS_MAX) + "…";
  }

  public static ErrorReport of(Throwable error, Instant at) {
    String what = error instanceof GatewayError known ? known.what() : error.toString();
    return new ErrorReport(at, what, ErrorClass.of(error));
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("at", at.toString())
        .put("error", what)
        .put("class", errorClass.name().toLowerCase(Locale.ROOT))
        .put("temporary", errorClass.isTemporary())
        .put("of_one_volume", errorClass.isOfOneVolume());
  }
}
