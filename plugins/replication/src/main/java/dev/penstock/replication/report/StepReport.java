package dev.penstock.replication.report;

import dev.penstock.replication.plan.Step;
import dev.penstock.replication.plan.Version;
import io.vertx.core.json.JsonObject;

/**
 * A snapshot that is sent.
 *
 * @param from what it follows; empty if it brings everything
 * @param bytesExpected of one that brings everything; 0 of a difference, since nobody knows
 * @param bytesSent in all attempts together: more than expected if something was sent twice
 */
public record StepReport(
    String from, String to, boolean resumed, long bytesExpected, long bytesSent) {
  /**
   * Nothing of it is sent yet.
   *
   * @param offset what the receiver has of it already
   */
  static StepReport of(Step step, long offset) {
    return new StepReport(
        step.from().map(Version::name).orElse(""),
        step.to().name(),
        step.resumed(),
        step.from().isPresent() ? 0 : step.to().sizeBytes() - offset,
        0);
  }

  /** It is planned anew: what was sent was sent, and what was expected for it was, too. */
  StepReport after(StepReport before) {
    return new StepReport(from, to, resumed, before.bytesExpected, before.bytesSent);
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
