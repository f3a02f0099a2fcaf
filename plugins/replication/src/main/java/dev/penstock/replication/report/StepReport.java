package dev.penstock.replication.report;

import dev.penstock.replication.plan.Step;
import dev.penstock.replication.plan.Version;
import io.vertx.core.json.JsonObject;

/**
 * A snapshot that is sent.
 *
 * @param from what it follows; empty if it brings everything
 * @param bytesExpected 0 if nobody knows
 * @param bytesSent in all attempts together: more than expected if something was sent twice
 */
public record StepReport(
    String from, String to, boolean resumed, long bytesExpected, long bytesSent) {
  public static StepReport of(Step step) {
    return new StepReport(
        step.from().map(Version::name).orElse(""), step.to().name(), step.resumed(), 0, 0);
  }

  public StepReport expecting(long bytes) {
    return new StepReport(from, to, resumed, bytes, bytesSent);
  }

  public StepReport sent(long bytes) {
    return new StepReport(from, to, resumed, bytesExpected, bytesSent + bytes);
  }

  JsonObject toJson() {
    return new JsonObject()
        .put("from", from)
        .put("to", to)
        .put("resumed", resumed)
        .put("bytes_expected", bytesExpected)
        .put("bytes_sent", bytesSent);
  }
}
