package dev.penstock.gateway.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.gateway.e2e.FaultyLine.Fault;
import dev.penstock.gateway.e2e.FaultyLine.Kind;
import dev.penstock.gateway.e2e.FaultyLine.Way;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} of either side between any two steps of a run: the line stops there, and so the
 * moment is known. Nobody helps: the job runs again. {@code -Dkill.cycles=100} for more, at random
 * bytes of the stream.
 */
@Timeout(900)
class KilledReplicationIT {
  private static final int CYCLES = Integer.getInteger("kill.cycles", 0);
  private static final int CHANGE_BYTES = 2 << 20;

  private static final String COPIES = "/peer/v1/receiver/volumes";
  private static final String STREAM = "PUT " + COPIES + "/vm/stream";

  private static final List<Fault> MOMENTS =
      List.of(
          stop(Way.THERE, "GET /peer HTTP", 0),
          stop(Way.BACK, "GET " + COPIES + " HTTP", 0),
          stop(Way.THERE, STREAM, 0),
          stop(Way.THERE, STREAM, CHANGE_BYTES / 2),
          // The receiver has all of it; what the sender knows of that is nothing.
          stop(Way.BACK, STREAM, 0));

  @TempDir Path folder;
  private int taken;

  private static Fault stop(Way way, String request, long afterBytes) {
    return new Fault(Kind.HALF_OPEN, way, request, afterBytes);
  }

  @Test
  void eitherSideMayBeKilledAtAnyStep() throws Exception {
    try (var sites = new TwoSites(folder)) {
      change(sites);
      TwoSites.runUntilGood(sites.home, "once");
      for (Fault moment : MOMENTS) {
        killed(sites, sites.home, moment);
        killed(sites, sites.away, moment);
      }
      var random = new Random(CYCLES);
      for (int i = 0; i < CYCLES; i++)
        killed(
            sites,
            random.nextBoolean() ? sites.home : sites.away,
            stop(Way.THERE, STREAM, random.nextInt(CHANGE_BYTES)));
    }
  }

  private String change(TwoSites sites) throws Exception {
    sites.write(++taken, CHANGE_BYTES);
    String name = "s" + taken;
    sites.snapshot(name);
    return name;
  }

  private void killed(TwoSites sites, PackagedGateway victim, Fault moment) throws Exception {
    String name = change(sites);
    sites.line.arm(moment);
    TwoSites.begin(sites.home, "once");
    assertThat(sites.line.struck().await(30, TimeUnit.SECONDS)).as("%s", moment).isTrue();

    victim.kill();
    sites.line.heal();
    victim.start();

    TwoSites.ended(sites.home, "once");
    TwoSites.runUntilGood(sites.home, "once");
    sites.assertSame("home.vm", name, "anchor.once", CHANGE_BYTES);
    assertThat(sites.away.cli("volume", "verify", "home.vm").exit()).isZero();
    sites.assertNothingLeft();
  }
}
