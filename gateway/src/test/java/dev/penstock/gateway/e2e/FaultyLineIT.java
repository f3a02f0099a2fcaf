package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.e2e.FaultyLine.Fault;
import dev.penstock.gateway.e2e.FaultyLine.Kind;
import dev.penstock.gateway.e2e.FaultyLine.Way;
import dev.penstock.gateway.house.Repository;
import io.vertx.core.json.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever the line between two gateways does: copies are what they should be, in the end. */
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class FaultyLineIT {
  private static final int MIB = 1 << 20;
  private static final int WHOLE_BYTES = 48 * MIB;
  private static final int CHANGE_BYTES = 2 * MIB;

  /** Of a request: more than that is what it brings. */
  private static final int HEAD_BYTES_MAX = 2000;

  private static final String PUSHED = "/peer/v1/receiver/volumes";
  private static final String FETCHED = "/peer/v1/sender/volumes";
  private static final String STREAM = "PUT " + PUSHED + "/vm/stream";

  /** A place in the conversation at which something happens. */
  private record Phase(String name, Way way, String request, long afterBytes) {
    Fault with(Kind kind) {
      return new Fault(kind, way, request, afterBytes);
    }

    boolean isContent() {
      return way == Way.THERE && afterBytes > HEAD_BYTES_MAX;
    }
  }

  private static final List<Phase> PUSH =
      List.of(
          new Phase("hello", Way.BACK, "GET /peer HTTP", 20),
          new Phase("listing", Way.BACK, "GET " + PUSHED + " HTTP", 20),
          new Phase("plan", Way.BACK, "POST " + PUSHED + "/vm/retention", 20),
          new Phase("beginning", Way.THERE, STREAM, 20),
          new Phase("early", Way.THERE, STREAM, 10_000),
          new Phase("middle", Way.THERE, STREAM, CHANGE_BYTES / 2),
          new Phase("end", Way.THERE, STREAM, CHANGE_BYTES - 1000),
          new Phase("answer", Way.BACK, STREAM, 20));

  private static final List<Phase> PULL =
      List.of(
          new Phase("middle", Way.BACK, "GET " + FETCHED + "/vm/stream", CHANGE_BYTES / 2),
          new Phase("anchor", Way.BACK, "POST " + FETCHED + "/vm/anchor", 20));

  private TwoSites sites;
  private int taken;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    sites = new TwoSites(folder);
  }

  @AfterAll
  void stop() throws Exception {
    sites.close();
  }

  private String change(int bytes) throws Exception {
    sites.write(++taken, bytes);
    String name = "s" + taken;
    sites.snapshot(name);
    return name;
  }

  private static JsonObject volume(JsonObject job) {
    return job.getJsonObject("last_run")
        .getJsonArray("attempts")
        .getJsonObject(0)
        .getJsonArray("volumes")
        .getJsonObject(0);
  }

  /** First, since everything later is a change of what it sends. */
  @Test
  @Order(1)
  void whatWasCutInItsMiddleGoesOnThereInTheSameRun() throws Exception {
    String name = change(WHOLE_BYTES);
    sites.line.arm(new Fault(Kind.CUT, Way.THERE, STREAM, 40 * MIB));

    JsonObject job = TwoSites.run(sites.home, "patient");

    Path report = Repository.root().resolve("gateway/target/faulty-line-report.json");
    Files.writeString(report, job.getJsonObject("last_run").encodePrettily());
    assertThat(job.getString("last_outcome")).as("%s", job).isEqualTo("succeeded");
    assertThat(sites.line.struck().getCount()).isZero();
    sites.assertSame("home.vm", name, "anchor.patient", WHOLE_BYTES);
    assertThat(sites.line.bytes(Way.THERE))
        .as("resumed, not restarted")
        .isLessThan(WHOLE_BYTES * 3L / 2);
    sites.assertNothingLeft();
  }

  @Test
  @Order(2)
  void whateverHappensToAPushItsCopyIsRightInTheEnd() throws Exception {
    for (Phase phase : PUSH)
      for (Kind kind : List.of(Kind.CUT, Kind.DELAY, Kind.CORRUPT, Kind.HALF_OPEN)) {
        String before = change(4096);
        String name = change(CHANGE_BYTES);
        sites.line.arm(phase.with(kind));

        JsonObject first = TwoSites.run(sites.home, "once");

        String what = "%s at %s: %s".formatted(kind, phase.name(), first.encode());
        assertThat(sites.line.struck().await(0, TimeUnit.SECONDS)).as(what).isTrue();
        if (kind == Kind.DELAY)
          assertThat(first.getString("last_outcome")).as(what).isEqualTo("succeeded");
        if (kind == Kind.CORRUPT && phase.isContent())
          assertThat(TwoSites.has(sites.away, "home.vm", name)).as(what).isFalse();
        sites.line.heal();
        TwoSites.runUntilGood(sites.home, "once");
        assertThat(TwoSites.has(sites.away, "home.vm", before)).as(what).isTrue();
        sites.assertSame("home.vm", name, "anchor.once", CHANGE_BYTES);
        sites.assertNothingLeft();
      }
  }

  @Test
  @Order(3)
  void aPeerThatOnlySaysHelloIsGivenUp() throws Exception {
    String name = change(CHANGE_BYTES);
    sites.line.arm(new Fault(Kind.HELLO_ONLY, Way.THERE, STREAM, CHANGE_BYTES / 2));

    JsonObject job = TwoSites.run(sites.home, "patient");

    assertThat(job.getString("last_outcome")).isEqualTo("failed");
    assertThat(volume(job).getJsonObject("error").encode()).contains("peer away");
    sites.line.heal();
    TwoSites.runUntilGood(sites.home, "patient");
    sites.assertSame("home.vm", name, "anchor.patient", CHANGE_BYTES);
    sites.assertNothingLeft();
  }

  @Test
  @Order(4)
  void whateverHappensToAPullItsCopyIsRightInTheEnd() throws Exception {
    TwoSites.runUntilGood(sites.away, "fetched");
    for (Phase phase : PULL)
      for (Kind kind : List.of(Kind.CUT, Kind.CORRUPT)) {
        String name = change(CHANGE_BYTES);
        sites.fetching.arm(phase.with(kind));

        JsonObject first = TwoSites.run(sites.away, "fetched");

        String what = "%s at %s: %s".formatted(kind, phase.name(), first.encode());
        assertThat(sites.fetching.struck().getCount()).as(what).isZero();
        sites.fetching.heal();
        TwoSites.runUntilGood(sites.away, "fetched");
        sites.assertSame("fetched.vm", name, "anchor.away.fetched", CHANGE_BYTES);
        sites.assertNothingLeft();
      }
  }
}
