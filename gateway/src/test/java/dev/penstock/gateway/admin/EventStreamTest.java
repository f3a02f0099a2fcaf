package dev.penstock.gateway.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.gateway.config.AdminLimits;
import dev.penstock.spi.admin.Role;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stream of events, to readers of every speed. */
class EventStreamTest {
  @TempDir Path folder;

  private TestAdmin admin(Duration heartbeat) {
    var d = AdminLimits.DEFAULTS;
    var limits =
        new AdminLimits(
            d.requestLineBytesMax(),
            d.headerBytesMax(),
            d.bodyBytesMax(),
            d.archiveBytesMax(),
            d.connectionsMax(),
            d.requestsMax(),
            2,
            d.arrivalLimit(),
            d.archiveLimit(),
            d.idleLimit(),
            d.answerLimit(),
            Duration.ofMinutes(5),
            heartbeat);
    return new TestAdmin(
        folder, limits, TestAdmin.routes(rows -> rows.subscribe("/v1/events", Role.READER)));
  }

  private static RawCaller subscribe(TestAdmin admin, String... headers) {
    var head = new StringBuilder("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n");
    for (String header : headers) head.append(header).append("\r\n");
    var caller = RawCaller.tcp(admin.port(), 4096);
    caller.send(head + "Authorization: Bearer " + TestAdmin.READER + "\r\n\r\n");
    return caller;
  }

  @Test
  void tellsWhatHappensFromNowOn() {
    try (var admin = admin(Duration.ofMinutes(1))) {
      admin.events.publish("before");
      try (var caller = subscribe(admin)) {
        assertThat(caller.readUntil("retry: 2000")).contains("text/event-stream");
        admin.events.publish("nbd");

        assertThat(caller.readUntil("\"subject\":\"nbd\"}"))
            .contains("id: run1-2\nevent: module-started\ndata: {\"type\":\"module-started\"")
            .doesNotContain("before");
      }
    }
  }

  @Test
  void goesOnAfterTheEventThatWasSeenLast() {
    try (var admin = admin(Duration.ofMinutes(1))) {
      for (int i = 1; i <= 5; i++) admin.events.publish("m" + i);
      try (var caller = subscribe(admin, "Last-Event-ID: run1-3")) {
        assertThat(caller.readUntil("\"m5\"}")).contains("run1-4").doesNotContain("run1-3");
      }
    }
  }

  @Test
  void saysHowManyWereForgotten() {
    try (var admin = admin(Duration.ofMinutes(1))) {
      for (int i = 1; i <= 25; i++) admin.events.publish("m" + i); // the log keeps ten
      try (var caller = subscribe(admin, "Last-Event-ID: run1-3")) {
        assertThat(caller.readUntil("\"m25\"}"))
            .contains("event: gap")
            .contains("\"missed\":12")
            .contains("run1-16")
            .doesNotContain("run1-15");
      }
    }
  }

  @Test
  void tellsAReaderOfAnotherRunThatThereIsAGap() {
    try (var admin = admin(Duration.ofMinutes(1))) {
      admin.events.publish("m1");
      try (var caller = subscribe(admin, "Last-Event-ID: run0-77")) {
        assertThat(caller.readUntil("\"m1\"}")).contains("event: gap").contains("started again");
      }
    }
  }

  @Test
  void aReaderWhoIsTooSlowIsToldWhatHeMissedAndHoldsNoMoreThanAQueue() {
    try (var admin = admin(Duration.ofMinutes(1));
        var caller = subscribe(admin)) {
      caller.readUntil("retry: 2000");
      String subject = "m".repeat(1000);
      for (int i = 0; i < 4000; i++) admin.events.publish(subject);
      admin.events.publish("last");

      assertThat(caller.readUntil("\"subject\":\"last\"}")).contains("event: gap");
    }
  }

  @Test
  void aQuietStreamShowsThatItIsThere() {
    try (var admin = admin(Duration.ofMillis(60));
        var caller = subscribe(admin)) {
      assertThat(caller.readUntil(": still here")).contains("200 OK");
    }
  }

  @Test
  void oneSubscriberTooManyIsRefusedUntilOneLeaves() {
    try (var admin = admin(Duration.ofMinutes(1));
        var first = subscribe(admin)) {
      first.readUntil("retry");
      try (var second = subscribe(admin)) {
        second.readUntil("retry");
        try (var third = subscribe(admin)) {
          assertThat(third.readUntil("}")).startsWith("HTTP/1.1 503 ");
        }
      }
      await().until(() -> admin.metrics.gauged("admin_subscribers") == 1);
    }
  }

  @Test
  void endsWithTheServer() {
    var admin = admin(Duration.ofMinutes(1));
    try (var caller = subscribe(admin)) {
      caller.readUntil("retry");
      admin.close();

      assertThat(caller.readAll()).endsWith("0\r\n\r\n");
    }
  }
}
