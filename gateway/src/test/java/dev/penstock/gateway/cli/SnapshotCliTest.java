package dev.penstock.gateway.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.penstock.gateway.ExitCode;
import dev.penstock.gateway.admin.FakeSubjects;
import dev.penstock.gateway.admin.TestAdmin;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.Finding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What operators type about snapshots and leases, and what they read. */
@SuppressWarnings({"NullAway.Init", "StringConcatToTextBlock"}) // made before each test; lines
class SnapshotCliTest {
  @TempDir Path folder;

  private final FakeSubjects gateway = new FakeSubjects();
  private TestAdmin admin;

  @BeforeEach
  void start() {
    admin = new TestAdmin(folder, gateway);
    type("volume create demo 1MiB");
  }

  @AfterEach
  void stop() {
    admin.close();
  }

  private Typed type(String line) {
    return type(line, Optional.empty());
  }

  /**
   * @param answer of somebody at a terminal; nobody is there if it is empty
   */
  private Typed type(String line, Optional<String> answer) {
    return Typed.line(admin, line, answer);
  }

  @Test
  void aSnapshotsLifeFromCreateToDestroy() {
    assertThat(type("snapshot create demo@monday").out())
        .isEqualTo("created demo@monday; writes waited for 12.0 ms\n");
    assertThat(type("snapshot list").out())
        .contains("SNAPSHOT", "NEEDED BY", "demo@monday", "1MiB", "offsite", "module nbd (read)");
    assertThat(type("snapshot list demo").out()).contains("demo@monday");
    assertThat(type("snapshot show demo@monday").out()).contains("size_bytes  1MiB");
    assertThat(type("snapshot space demo").out()).contains("demo@monday    4KiB    1MiB");
    assertThat(type("snapshot hold demo@monday offsite").out())
        .isEqualTo("demo@monday is held: offsite\n");
    assertThat(type("snapshot release demo@monday offsite").out())
        .isEqualTo("demo@monday is not held by offsite\n");
    assertThat(type("snapshot destroy demo@monday --yes").out())
        .isEqualTo("destroyed demo@monday\n");
    assertThat(type("snapshot list").out()).isEqualTo("none\n");
    assertThat(gateway.asked)
        .containsExactly(
            "snapshot [demo@monday] PT10S",
            "hold demo@monday offsite",
            "release demo@monday offsite");
  }

  @Test
  void severalAreOneGroupAndHooksAreHeard() {
    gateway.snapshots.warnings = List.of("hook db (post) ended with 1");

    Typed ended = type("snapshot create demo@monday other@monday --limit 2s");

    assertThat(ended.out()).startsWith("created demo@monday, other@monday;");
    assertThat(ended.err()).isEqualTo("penstock: hook db (post) ended with 1\n");
    assertThat(gateway.asked).containsExactly("snapshot [demo@monday, other@monday] PT2S");
  }

  @Test
  void whatStaysIsNamedAndTheCommandFails() {
    type("snapshot create demo@monday");
    type("snapshot create demo@tuesday");
    gateway.snapshots.inUse =
        Map.of(
            "demo@monday", new GatewayError.Conflict("demo@monday is in use by module nbd (read)"));

    Typed ended = type("snapshot destroy demo@monday demo@tuesday", Optional.of("y"));

    assertThat(ended.exit()).isEqualTo(ExitCode.FAILED);
    assertThat(ended.out())
        .contains("Destroy demo@monday, demo@tuesday?", "destroyed demo@tuesday");
    assertThat(ended.err())
        .isEqualTo(
            "penstock: demo@monday stays: demo@monday is in use by module nbd (read)\n"
                + "penstock: not destroyed: 1\n");
  }

  @ParameterizedTest
  @CsvSource({
    "snapshot destroy demo@monday",
    "volume rollback demo@monday",
    "lease release 00000000-0000-0000-0000-00000000000b"
  })
  void whatCannotBeUndoneIsAskedFor(String line) {
    type("snapshot create demo@monday");
    gateway.asked.clear();

    assertThat(type(line).exit()).isEqualTo(ExitCode.USAGE);
    assertThat(type(line, Optional.of("n")).err()).contains("left as it was");
    assertThat(gateway.asked).isEmpty();
    assertThat(type("snapshot list").out()).contains("demo@monday");
  }

  @Test
  void aDifferenceIsReadInPartsToItsEnd() throws IOException {
    type("snapshot create demo@a");
    type("snapshot create demo@b");

    assertThat(type("snapshot diff demo@a demo@b").out())
        .isEqualTo(
            "               0         4KiB data\n"
                + "            8192         4KiB zero\n"
                + "           16384         8KiB data\n"
                + "           65536         4KiB hole\n"
                + "12KiB of data, 8KiB of zeroes\n");
    List<String> lines = type("snapshot diff demo@b --json").out().lines().toList();
    assertThat(lines).hasSize(4);
    JsonNode first = AdminClient.JSON.readTree(lines.getFirst());
    assertThat(first.path("length_bytes").asLong()).isEqualTo(4096);
  }

  @Test
  void clonesAndRollsBack() {
    type("snapshot create demo@monday");

    assertThat(type("volume clone demo@monday copy").out())
        .isEqualTo("created copy from demo@monday: 1MiB in store disk\n");
    assertThat(type("volume rollback demo@monday", Optional.of("y")).out())
        .contains("What was written since its last snapshot is lost.")
        .contains("demo is what it was: demo@monday");
    assertThat(gateway.asked).contains("clone demo@monday copy", "rollback demo@monday");
  }

  @Test
  void whatWasLostIsBroughtBackAsAVolumeOfItsOwn() {
    type("snapshot create demo@monday");

    assertThat(type("restore demo@monday --as back").out())
        .isEqualTo(
            "back is what demo@monday was: 1MiB in store disk\n"
                + "serve it: penstock export create back\n"
                + "be rid of it: penstock volume delete back\n");
    assertThat(type("restore demo@monday").exit()).isEqualTo(ExitCode.USAGE);
    assertThat(type("restore demo --as back").err()).contains("write VOLUME@SNAPSHOT");
    assertThat(gateway.asked).contains("clone demo@monday back");
  }

  @Test
  void aReplicaIsShownAndPromotedAndDemoted() {
    assertThat(type("volume demote demo").out()).contains("penstock volume promote demo");
    assertThat(type("volume list").out()).contains("REPLICA", "true");
    assertThat(type("volume show demo").out()).contains("replica");
    assertThat(type("volume promote demo").out()).startsWith("demo can be written now");
    assertThat(type("volume list").out()).contains("false");
    assertThat(gateway.asked).containsExactly("demote demo", "promote demo");
  }

  @Test
  void aLookAtAVolumeTellsWhatItFoundAndEndsByIt() {
    Typed sound = type("volume verify demo");
    assertThat(sound.exit()).isEqualTo(ExitCode.DONE);
    assertThat(sound.out()).isEqualTo("leak    a hole\ndemo is sound; findings: 1\n");

    gateway.snapshots.findings = List.of(new Finding(Finding.Weight.DAMAGE, "page 3"));
    Typed damaged = type("volume verify demo");
    assertThat(damaged.exit()).isEqualTo(ExitCode.DAMAGED);
    assertThat(damaged.out()).isEqualTo("damage  page 3\n");
    assertThat(damaged.err()).isEqualTo("penstock: demo is damaged\n");
  }

  @Test
  void aRepairTellsWhatItWouldDoAndDoesItWhenItIsAskedTo() {
    assertThat(type("volume repair demo").out())
        .isEqualTo("leak    a hole\ndemo: nothing was changed; --apply does it; findings: 1\n");
    assertThat(type("volume repair demo --apply").out())
        .isEqualTo("leak    a hole\ndemo is repaired; findings: 1\n");
    assertThat(gateway.asked).containsExactly("repair demo false", "repair demo true");

    gateway.snapshots.findings = List.of(new Finding(Finding.Weight.DAMAGE, "page 3"));
    Typed damaged = type("volume repair demo --apply");
    assertThat(damaged.exit()).isEqualTo(ExitCode.DAMAGED);
    assertThat(damaged.err()).isEqualTo("penstock: demo is damaged; nothing was repaired\n");
  }

  @Test
  void whatIsLeftOverInAStoreIsToldAndMovedAsideByName() {
    assertThat(type("store repair disk").out())
        .isEqualTo("leak    a hole\ndisk: nothing was changed; findings: 1\n");
    assertThat(type("store repair disk --layer 7 --apply").out()).isEqualTo("leak    a hole\n");
    assertThat(type("store repair disk --apply").exit()).isEqualTo(ExitCode.USAGE);
    assertThat(gateway.asked).containsExactly("leftovers disk - false", "leftovers disk 7 true");
  }

  @Test
  void leasesAreListedAndReleased() {
    assertThat(type("lease list").out())
        .contains("SNAPSHOT", "demo@monday", "module nbd", "read", "true");
    assertThat(type("lease release " + FakeSubjects.LEASE + " --yes").out())
        .isEqualTo("released " + FakeSubjects.LEASE + "\n");
    assertThat(gateway.asked).containsExactly("release " + FakeSubjects.LEASE);
  }

  @Test
  void staleLeasesAreListedAndReleasedAndThoseInUseAreNot() {
    assertThat(type("lease release --stale --yes").out()).isEqualTo("none\n");

    gateway.leaseInUse = false;
    assertThat(type("lease release --stale --dry-run").out())
        .contains("demo@monday", FakeSubjects.LEASE.toString());
    assertThat(type("lease release --stale").exit()).isEqualTo(ExitCode.USAGE);
    assertThat(type("lease release --stale", Optional.of("n")).err()).contains("left as it was");
    assertThat(gateway.asked).isEmpty();
    assertThat(type("lease release --stale --yes").out())
        .isEqualTo("released %s of demo@monday\n".formatted(FakeSubjects.LEASE));
    assertThat(gateway.asked).containsExactly("release " + FakeSubjects.LEASE);
  }

  @ParameterizedTest(name = "{0}: {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          snapshot create demo           | USAGE     | write VOLUME@SNAPSHOT
          snapshot create demo@a@b       | USAGE     | write VOLUME@SNAPSHOT
          snapshot create demo@a/b       | USAGE     | is no name for a snapshot
          snapshot create                | USAGE     | VOLUME@SNAPSHOT
          snapshot show demo@never       | NOT_FOUND | there is no snapshot demo@never
          snapshot destroy demo@never -y | NOT_FOUND | there is no snapshot demo@never
          snapshot diff demo@a other@b   | USAGE     | are of two volumes
          volume clone demo copy         | USAGE     | write VOLUME@SNAPSHOT
          lease release                  | USAGE     | write a LEASE, or --stale
          lease release 1 --stale        | USAGE     | write a LEASE, or --stale
          lease release 1 --dry-run      | USAGE     | write a LEASE, or --stale
          """)
  void endsAsTheManualSays(String line, ExitCode exit, String told) {
    Typed ended = type(line.strip());
    assertThat(ended.exit()).isEqualTo(exit);
    assertThat(ended.err()).contains(told).doesNotContain("Exception");
  }
}
