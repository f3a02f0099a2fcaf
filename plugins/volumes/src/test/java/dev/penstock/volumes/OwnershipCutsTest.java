package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.ownership.Counterpart;
import dev.penstock.spi.ownership.Epoch;
import dev.penstock.spi.ownership.Ownership;
import dev.penstock.volumes.disk.PowerCut;
import dev.penstock.volumes.disk.SimulatedDisk;
import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Of who owns a volume there is the old record or the new one, whenever the power goes. */
class OwnershipCutsTest {
  private static final Epoch OFFER = Epoch.FIRST.next(new UUID(7, 9));
  private static final Counterpart OTHER = new Counterpart("server-b", "vm-1");
  private static final Ownership HANDED =
      new Ownership(new Ownership.Handed(OFFER, OTHER), OFFER, Optional.of(Epoch.FIRST));
  private static final Ownership GONE = HANDED.in(new Ownership.Gone(OFFER, OTHER));
  private static final int OPERATIONS_MAX = 200;

  /** What is kept in turn; the volume itself goes before the last but one. */
  private static final List<Optional<Ownership>> LIFE =
      List.of(
          Optional.empty(),
          Optional.of(Ownership.PLAIN),
          Optional.of(HANDED),
          Optional.of(GONE),
          Optional.empty(),
          Optional.of(GONE));

  static Stream<Arguments> everyWayToLosePower() {
    return Arrays.stream(Names.values())
        .flatMap(names -> Arrays.stream(Survivors.values()).map(left -> Arguments.of(left, names)));
  }

  @ParameterizedTest(name = "unsynced sectors that survive: {0}, names: {1}")
  @MethodSource("everyWayToLosePower")
  void aPowerCutAtAnyOperationLeavesTheOldRecordOrTheNew(Survivors survivors, Names names) {
    assertThat(violations(survivors, names, _ -> false)).isEmpty();
  }

  @ParameterizedTest(name = "without: {0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          the bytes are durable before the name | sync owners/demo.tmp
          the name is durable when it is told   | sync directory owners
          so is the folder's                    | 'sync directory '
          """)
  void everyForgottenSyncIsNoticed(String rule, String forgotten) {
    assertThat(
            everyWayToLosePower()
                .map(Arguments::get)
                .flatMap(way ->
                    violations((Survivors) way[0], (Names) way[1], forgotten::equals).stream()))
        .as(rule)
        .isNotEmpty();
  }

  /** What was found that must not be, each with the cut that led to it. */
  private static List<String> violations(
      Survivors survivors, Names names, Predicate<String> forgotten) {
    List<String> violations = new ArrayList<>();
    for (int cut = 0; cut < OPERATIONS_MAX; cut++) {
      var disk = new SimulatedDisk(survivors, names);
      Store store = CrashRun.open(disk);
      store.create("demo", 8192);
      disk.forgetting(forgotten).cutPowerAfter(disk.operations() + cut);
      int[] told = {0};
      boolean finished = live(store, kept -> told[0] = kept);
      int[] again = {0};
      while (!recovers(disk, again[0], told[0], "cut after " + cut, violations)) again[0]++;
      if (finished) return violations;
    }
    throw new AssertionError("the life has no end");
  }

  /**
   * @param told how many of its changes were acknowledged
   */
  private static boolean live(Store store, Consumer<Integer> told) {
    try {
      for (int i = 1; i < LIFE.size(); i++) {
        if (i == LIFE.size() - 2) store.remove("demo");
        if (LIFE.get(i).isPresent()) store.ownerships().keep("demo", LIFE.get(i).get());
        else store.ownerships().forget("demo");
        told.accept(i);
      }
      return true;
    } catch (PowerCut _) {
      return false;
    }
  }

  /** Cuts the power in the recovery too; true if that comes to its end before. */
  private static boolean recovers(
      SimulatedDisk crashed, int again, int told, String when, List<String> violations) {
    SimulatedDisk disk = crashed.powerOn().cutPowerAfter(again);
    boolean finished = true;
    try {
      CrashRun.open(disk).close();
    } catch (PowerCut _) {
      finished = false;
    }
    try (Store store = CrashRun.open(disk.powerOn())) {
      Optional<Ownership> found = store.ownerships().find("demo");
      boolean isNew = told + 1 < LIFE.size() && found.equals(LIFE.get(told + 1));
      if (!found.equals(LIFE.get(told)) && !isNew)
        violations.add("%s: %s after %s".formatted(when, found, LIFE.get(told)));
    } catch (GatewayError e) {
      violations.add(when + ": " + e.what());
    }
    return finished;
  }

  /**
   * A failed sync says nothing of what is there: neither is the volume owned here, nor is it not.
   */
  @Test
  void afterAFailedSyncOfTheNameNobodyIsToldTheOldRecordNorTheNew() {
    var disk = new SimulatedDisk(Survivors.NONE, Names.STRICT);
    Store store = CrashRun.open(disk);
    store.create("demo", 8192);
    store.ownerships().keep("demo", Ownership.PLAIN);
    store.ownerships().keep("other", Ownership.PLAIN);
    disk.failNext("sync directory owners"::equals);

    assertDamaged(() -> store.ownerships().keep("demo", HANDED));

    assertDamaged(() -> store.ownerships().find("demo"));
    assertDamaged(() -> store.ownerships().keep("demo", Ownership.PLAIN));
    assertDamaged(() -> store.ownerships().forget("demo"));
    assertDamaged(() -> store.openVolume("demo"));
    assertThat(store.ownerships().names()).containsExactlyInAnyOrder("demo", "other");
    assertThat(store.ownerships().find("other")).contains(Ownership.PLAIN);
    assertThatThrownBy(() -> store.ownerships().keep("other", HANDED))
        .isInstanceOf(GatewayError.Unavailable.class);
    store.close();
    try (Store next = CrashRun.open(disk)) {
      assertThat(next.ownerships().find("demo")).contains(HANDED);
      next.ownerships().keep("other", HANDED);
    }
  }

  private static void assertDamaged(Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOf(GatewayError.Damaged.class)
        .hasMessageContaining("owners");
  }

  @Test
  void aRecordThatCannotBeWrittenLeavesTheOldOne() {
    for (String operation :
        List.of(
            "create owners/demo.tmp",
            "write owners/demo.tmp",
            "sync owners/demo.tmp",
            "rename owners/demo.tmp to owners/demo.json")) {
      var disk = new SimulatedDisk(Survivors.NONE, Names.STRICT);
      try (Store store = CrashRun.open(disk)) {
        store.ownerships().keep("demo", Ownership.PLAIN);
        disk.failNext(operation::equals);

        assertThatThrownBy(() -> store.ownerships().keep("demo", HANDED))
            .isInstanceOf(GatewayError.Failed.class);

        assertThat(disk.failed()).contains(operation);
        assertThat(store.ownerships().find("demo")).contains(Ownership.PLAIN);
        assertThat(disk.list("owners")).containsExactly("demo.json");
        store.ownerships().keep("demo", HANDED);
        assertThat(store.ownerships().find("demo")).contains(HANDED);
      }
    }
  }

  @Test
  void aFullDiskLeavesTheOldRecord() {
    var disk = new SimulatedDisk(Survivors.NONE, Names.STRICT);
    try (Store store = CrashRun.open(disk)) {
      for (Ownership next : List.of(Ownership.PLAIN, HANDED))
        for (int free : new int[] {0, 1, 2}) {
          Optional<Ownership> before = store.ownerships().find("demo");
          disk.leaveFree(free);
          assertThatThrownBy(() -> store.ownerships().keep("demo", next))
              .isInstanceOf(GatewayError.NoSpace.class);
          assertThat(store.ownerships().find("demo")).isEqualTo(before);
          disk.leaveFree(Long.MAX_VALUE);
          if (free == 2) store.ownerships().keep("demo", next);
        }
    }
  }
}
