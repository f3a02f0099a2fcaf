package dev.penstock.volumes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.volumes.disk.SimulatedDisk.Names;
import dev.penstock.volumes.disk.Survivors;
import java.util.Arrays;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Nothing is acknowledged before it is durable, and a crash at any moment asks no question. */
class CrashTest {
  static Stream<Arguments> everyWayToLosePower() {
    return Arrays.stream(Names.values())
        .flatMap(names -> Arrays.stream(Survivors.values()).map(left -> Arguments.of(left, names)));
  }

  @ParameterizedTest(name = "unsynced sectors that survive: {0}, names: {1}")
  @MethodSource("everyWayToLosePower")
  void whatWasAcknowledgedSurvivesAPowerCutAtAnyOperation(Survivors survivors, Names names) {
    var run = new CrashRun(survivors, names, _ -> false);

    assertThat(run.violations()).isEmpty();
    assertThat(run.cuts()).isGreaterThan(100);
  }

  @ParameterizedTest(name = "unsynced sectors that survive: {0}, names: {1}")
  @MethodSource("everyWayToLosePower")
  void layersSurviveAPowerCutAtAnyOperation(Survivors survivors, Names names) {
    var script = new LayerCuts(survivors, names);

    script.cutEverywhere();

    assertThat(script.cuts()).isGreaterThan(1_000);
  }

  /** Each is a mistake that the script above must notice, or it proves nothing. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          a flush that does not sync                                | sync layers/.*
          a manifest renamed before its bytes are durable           | sync .*manifest.tmp
          a layer named by a manifest before its name is durable    | sync directory layers
          a manifest acknowledged before its name is durable        | sync directory volumes/.*
          layers unlinked before the removal is durable             | sync directory volumes
          a STORE renamed before its bytes are durable              | sync STORE.tmp
          a STORE that is there before its directories are durable  | 'sync directory '
          """)
  void everyForgottenSyncIsNoticed(String mistake, String forgotten) {
    Predicate<String> syncs = Pattern.compile(forgotten).asMatchPredicate();

    assertThat(
            everyWayToLosePower()
                .map(Arguments::get)
                .flatMap(way ->
                    new CrashRun((Survivors) way[0], (Names) way[1], syncs).violations().stream()))
        .as(mistake)
        .isNotEmpty();
  }
}
