package dev.penstock.spi.testing;

import static dev.penstock.spi.testing.Settled.done;
import static dev.penstock.spi.testing.Settled.settled;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.awaitility.Awaitility.await;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.GatewayError.Scope;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.module.ListenAddress;
import io.vertx.core.Vertx;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/**
 * What every {@link GatewayModule} is held to: it reports all problems at once, touches nothing
 * before it is started, and leaves nothing behind, however its start ended. Extend it, say how to
 * make a module of yours and with which settings it serves, and run it with JUnit.
 */
@Isolated("looks at the threads of the whole JVM")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
public abstract class ModuleContract {
  @TempDir Path folder = Path.of("");

  private final Vertx vertx = Vertx.vertx();
  private FakeModuleContext host = newHost(Map.of());

  /** A module object that was not started. */
  protected abstract GatewayModule newModule();

  /**
   * Valid settings. What it listens on is free on any machine: port 0, or a socket in this folder.
   */
  protected abstract Map<String, ?> settings(Path folder) throws Exception;

  /** Gives the host what the settings speak of: volumes, above all. */
  protected void furnish(FakeModuleContext host) throws Exception {}

  @BeforeEach
  void furnishHost() throws Exception {
    host.close();
    host = newHost(settings(folder));
    furnish(host);
  }

  @AfterEach
  void endEverything() {
    settled(host.stop());
    host.close();
    settled(vertx.close());
  }

  @Test
  void everyObjectDescribesTheSameKind() {
    assertThat(newModule().descriptor().kind()).matches("[a-z][a-z0-9-]*");
    assertThat(newModule().descriptor().summary()).isNotBlank().doesNotContain("\n");
    assertThat(newModule().descriptor()).isEqualTo(newModule().descriptor());
  }

  @Test
  void validSettingsHaveNoProblemHoweverOftenTheyAreRead() {
    var problems = new Problems();

    newModule().validate(host.settings(), host.extensions(), problems);
    newModule().validate(host.settings(), host.extensions(), problems);

    assertThat(problems.inOrder()).isEmpty();
  }

  @Test
  void everyUnknownKeyIsAProblemOfItsOwn() {
    Block valid = host.settings();
    Block.Builder wrong = Block.named(valid.name(), valid.at());
    for (String key : valid.keys()) wrong.put(key, valid.at(key), valid.setting(key).orElseThrow());
    for (String key : List.of("qqqqqqqq", "zzzzzzzz"))
      wrong.put(key, new Mark("/a.yaml", 99), new Setting.Text("1", new Mark("/a.yaml", 99)));
    var problems = new Problems();

    newModule().validate(wrong.build(), host.extensions(), problems);

    assertThat(problems.inOrder())
        .extracting(Problems.Problem::what)
        .anyMatch(what -> what.contains("qqqqqqqq"))
        .anyMatch(what -> what.contains("zzzzzzzz"));
  }

  @Test
  void settingsOfTheWrongKindAreProblemsNotExceptions() {
    Map<String, Object> lists = new HashMap<>();
    Map<String, Object> blocks = new HashMap<>();
    Map<String, Object> texts = new HashMap<>();
    for (String key : host.settings().keys()) {
      lists.put(key, List.of(List.of("?"), Map.of("?", "?")));
      blocks.put(key, Map.of("?", Map.of("?", "?")));
      texts.put(key, "?");
    }

    for (Map<String, ?> wrong : List.of(Map.<String, Object>of(), lists, blocks, texts))
      assertThatCode(() ->
              newModule()
                  .validate(
                      TestSettings.block("modules.wrong", wrong),
                      host.extensions(),
                      new Problems()))
          .as("settings %s", wrong)
          .doesNotThrowAnyException();
  }

  @Test
  void validatingTouchesNothing() throws Exception {
    newModule().validate(host.settings(), host.extensions(), new Problems());

    try (var found = Files.list(folder)) {
      assertThat(found).isEmpty();
    }
    assertThat(host.listeners().claimed()).isEmpty();
    assertThat(host.volumes().openNames()).isEmpty();
  }

  @Test
  void startsAndStopsAndStartsAgain() {
    for (int i = 0; i < 3; i++) {
      done(host.start(newModule()));
      done(host.stop());
    }
  }

  @Test
  void stoppedModulesLeaveNothingBehind() throws Exception {
    Set<Thread> before = threads();

    done(host.start(newModule()));
    done(host.stop());

    assertNothingLeft(before);
  }

  @Test
  void modulesThatCouldNotOpenTheirVolumesLeaveNothingBehind() throws Exception {
    Set<Thread> before = threads();
    host.volumes().refuse(new GatewayError.Failed(Scope.RESOURCE, "the test refuses it"));

    settled(host.start(newModule()));
    done(host.stop());

    assertNothingLeft(before);
    host.volumes().refuseNoMore();
    done(host.start(newModule()));
  }

  @Test
  void modulesThatCouldNotServeLeaveNothingBehind() throws Exception {
    Set<Thread> before = threads();
    host.refuseToServe(
        new GatewayError.Unavailable(Scope.MODULE, Duration.ofSeconds(1), "the test refuses it"));

    settled(host.start(newModule()));
    done(host.stop());

    assertNothingLeft(before);
  }

  @Test
  void unchangedSettingsAreAppliedOrHandedBackWithoutFailing() {
    GatewayModule module = newModule();
    done(host.start(module));

    done(host.onModule(() -> module.reconfigure(host.settings())));

    done(host.stop());
  }

  private FakeModuleContext newHost(Map<String, ?> settings) {
    return new FakeModuleContext(vertx, "module", TestSettings.block("modules.module", settings));
  }

  private void assertNothingLeft(Set<Thread> before) throws Exception {
    assertThat(host.listeners().claimed()).as("addresses that are still claimed").isEmpty();
    assertThat(host.leftBehind()).as("what the host had to take back").isEmpty();
    assertThat(host.tasks().all()).as("tasks that still run").allMatch(FakeTasks.Begun::hasEnded);
    assertThat(sockets()).as("unix sockets that are still there").isEmpty();
    await()
        .untilAsserted(
            () -> assertThat(threads()).as("threads that the module started").isSubsetOf(before));
  }

  private List<Path> sockets() {
    return host.settings().keys().stream()
        .flatMap(key -> host.settings().optionalText(key, new Problems()).stream())
        .flatMap(text -> ListenAddress.parse(text, folder).stream())
        .flatMap(address ->
            address instanceof ListenAddress.Unix(Path path) ? Stream.of(path) : Stream.empty())
        .filter(Files::exists)
        .toList();
  }

  /** Those of Vert.x and of the fake host come and go as they like. */
  private static Set<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread ->
            !thread
                .getName()
                .matches(
                    "(vert\\.x|test-worker|Attach|ForkJoin|awaitility|junit|globalEventExecutor).*"))
        .collect(Collectors.toSet());
  }
}
