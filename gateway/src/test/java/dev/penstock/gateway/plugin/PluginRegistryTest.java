package dev.penstock.gateway.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.penstock.gateway.bus.Turns;
import dev.penstock.gateway.plugin.PluginStatus.State;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.bus.GatewayEvent;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.handoff.BlockTargets;
import dev.penstock.spi.module.GatewayModule;
import dev.penstock.spi.retention.RetentionRule;
import dev.penstock.spi.retention.Series;
import dev.penstock.spi.testing.FakeEvents;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PluginRegistryTest {
  @TempDir Path dir;
  private final Vertx host = Vertx.vertx();
  private final FakeEvents events = new FakeEvents();
  private final List<String> uses = new CopyOnWriteArrayList<>();
  private volatile Optional<GatewayError> objection = Optional.empty();
  private Path archives;
  private PluginFolder folder;
  private PluginRegistry plugins;

  @BeforeEach
  void open() throws Exception {
    archives = Files.createDirectory(dir.resolve("plugins"));
    var clock = InstantSource.system();
    folder = new PluginFolder(archives, dir.resolve("work"));
    plugins =
        new PluginRegistry(
            host,
            folder,
            new Recorded(),
            new LoaderWatch(host, events, clock, Duration.ofMillis(50)),
            events,
            clock,
            new Turns("plugins"));
  }

  @AfterEach
  void close() throws Exception {
    done(plugins.close());
    done(host.close());
  }

  /** As at the start of a gateway. */
  private void load() {
    folder.loadAll();
    plugins.tellAll();
  }

  /** Writes down what is asked, and may object. */
  private final class Recorded implements PluginUse {
    @Override
    public Future<Void> release(PluginStatus plugin) {
      uses.add("release " + plugin.id());
      return objection.<Future<Void>>map(Future::failedFuture).orElse(Future.succeededFuture());
    }

    @Override
    public Future<Void> resume(PluginStatus plugin) {
      uses.add("resume " + plugin.id() + " " + plugin.version());
      return Future.succeededFuture();
    }
  }

  @Test
  void tellsWhatWasLoadedAndWhatWasRefused() throws Exception {
    TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    Files.writeString(archives.resolve("broken.zip"), "no zip");

    load();

    assertThat(events.all(GatewayEvent.PluginLoaded.class))
        .singleElement()
        .extracting(GatewayEvent.PluginLoaded::subject)
        .isEqualTo("toy");
    assertThat(events.all(GatewayEvent.PluginRefused.class))
        .singleElement()
        .satisfies(refused -> assertThat(refused.reason()).contains("broken"));
  }

  @Test
  void stopsWhatRunsBeforeItUnloadsAndStartsItAgainAfterALoad() throws Exception {
    TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    load();

    done(plugins.reload("toy"));

    assertThat(uses).containsExactly("release toy", "resume toy 1.0.0");
    assertThat(plugins.plugins().getFirst().state()).isEqualTo(State.LOADED);
  }

  @Test
  void keepsAPluginWhoseVolumesOthersUse() throws Exception {
    TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    load();
    objection = Optional.of(new GatewayError.Conflict("demo is in use"));

    assertThatThrownBy(() -> done(plugins.unload("toy"))).hasMessageContaining("demo is in use");

    assertThat(plugins.plugins().getFirst().state()).isEqualTo(State.LOADED);
    assertThat(plugins.newModule("toy").plugin()).isEqualTo("toy");
  }

  @Test
  void installsAnArchiveInThePlaceOfTheVersionThatWasThere() throws Exception {
    Path old = TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    load();
    Path update = TestPlugin.quiet("toy", "2.0.0").zipInto(dir);

    var status = done(plugins.install(update, PluginArchive.sha256(update)));

    assertThat(status.version()).isEqualTo("2.0.0");
    assertThat(old).doesNotExist();
    assertThat(update).exists();
    assertThat(inFolder()).containsExactly("toy.zip");
    assertThat(uses).containsExactly("release toy", "resume toy 2.0.0");
  }

  @Test
  void installsAnOlderVersionIfThatIsWhatIsWanted() throws Exception {
    TestPlugin.quiet("toy", "2.0.0").zipInto(archives);
    load();
    Path older = TestPlugin.quiet("toy", "1.0.0").zipInto(dir);

    assertThat(done(plugins.install(older, PluginArchive.sha256(older))).version())
        .isEqualTo("1.0.0");
    assertThat(inFolder()).containsExactly("toy.zip");
  }

  @Test
  void installsNothingThatIsNotWhatTheCallerMeant() throws Exception {
    Path archive = TestPlugin.quiet("toy", "1.0.0").zipInto(dir);

    assertThatThrownBy(() -> done(plugins.install(archive, "00".repeat(32))))
        .hasMessageContaining("nothing was installed");

    assertThat(inFolder()).isEmpty();
  }

  @Test
  void leavesTheOldVersionRunningWhenTheNewOneCannotBeLoaded() throws Exception {
    TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    load();
    Path bad = TestPlugin.of("toy", "2.0.0").index("Gone").zipInto(dir);

    assertThatThrownBy(() -> done(plugins.install(bad, PluginArchive.sha256(bad))))
        .hasMessageContaining("Gone cannot be loaded");

    assertThat(uses).isEmpty();
    assertThat(plugins.plugins())
        .singleElement()
        .extracting(PluginStatus::version)
        .isEqualTo("1.0.0");
    assertThat(inFolder()).containsExactly("toy-1.0.0.zip");
  }

  @Test
  void installsNothingWhoseKindsAnotherPluginProvides() throws Exception {
    TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    load();
    Path rival =
        TestPlugin.of("rival", "1.0.0")
            .extension(
                "Rival",
                TestPlugin.moduleSource("Rival", "toy", "", TestPlugin.DONE, TestPlugin.DONE))
            .zipInto(dir);

    assertThatThrownBy(() -> done(plugins.install(rival, PluginArchive.sha256(rival))))
        .hasMessageContaining("provided by the plugin toy already");

    assertThat(inFolder()).containsExactly("toy-1.0.0.zip");
  }

  @Test
  void aReloadOfABrokenArchiveStopsNothing() throws Exception {
    Path archive = TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    load();
    Files.writeString(archive, "no zip");

    assertThatThrownBy(() -> done(plugins.reload("toy"))).hasMessageContaining("broken");

    assertThat(uses).isEmpty();
    assertThat(plugins.newModule("toy").plugin()).isEqualTo("toy");
  }

  @Test
  void removesTheOlderArchivesOfAPluginToo() throws Exception {
    TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    TestPlugin.quiet("toy", "2.0.0").zipInto(archives);
    load();

    done(plugins.remove("toy"));

    assertThat(plugins.plugins()).isEmpty();
    assertThat(inFolder()).isEmpty();
  }

  @Test
  void removesAPluginWithItsArchive() throws Exception {
    TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    load();

    done(plugins.remove("toy"));

    assertThat(plugins.plugins()).isEmpty();
    assertThat(inFolder()).isEmpty();
  }

  @Test
  void findsNoPluginThatIsNotThere() {
    assertThatThrownBy(() -> done(plugins.unload("toy"))).hasMessageContaining("no plugin toy");
    assertThatThrownBy(() -> done(plugins.load("toy"))).hasMessageContaining("is the plugin toy");
  }

  @Test
  void saysSoWhenSomethingHoldsTheClassesOfAnUnloadedPlugin() throws Exception {
    TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    load();
    Object held = plugins.newModule("toy").object();

    done(plugins.unload("toy"));

    assertThat(events.await(GatewayEvent.LoaderRetained.class).subject()).isEqualTo("toy");
    assertThat(plugins.retainedLoaders()).hasSize(1);
    assertThat(held).isNotNull(); // held until here
  }

  @Test
  void findsEveryLoaderGoneAfterTwentyReloads() throws Exception {
    TestPlugin.quiet("toy", "1.0.0").zipInto(archives);
    load();
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();

    for (int i = 0; i < 20; i++) {
      loaders.add(new WeakReference<>(plugins.newModule("toy").loader()));
      done(plugins.reload("toy"));
    }

    Awaitility.await()
        .untilAsserted(() -> {
          System.gc();
          assertThat(loaders).allMatch(loader -> loader.refersTo(null));
        });
    assertThat(plugins.retainedLoaders()).isEmpty();
  }

  private static TestPlugin rule(String id, String key) {
    return TestPlugin.of(id, "1.0.0").extension("Rule", TestPlugin.ruleSource("Rule", key));
  }

  private List<RetentionRule> rules() {
    return plugins.extensions().of(RetentionRule.class);
  }

  @Test
  void lendsTheRulesOfThePluginsThatAreLoadedNow() throws Exception {
    rule("moon", "moon_phase").zipInto(archives);
    load();

    assertThat(rules()).extracting(RetentionRule::key).containsExactly("moon_phase");
    assertThat(rules().getFirst()).as("made anew").isNotSameAs(rules().getFirst());
    assertThat(plugins.plugins().getFirst().extensions())
        .containsExactly(
            new PluginStatus.Extension(PluginStatus.Role.RULE, "moon_phase", "made for a test"));
    assertThat(plugins.extensions().of(GatewayModule.class)).as("which are no module's").isEmpty();

    done(plugins.unload("moon"));

    assertThat(rules()).isEmpty();
  }

  @Test
  void lendsTheWaysToWhatIsNoGateway() throws Exception {
    TestPlugin.of("far", "1.0.0")
        .extension(
            "Far",
            """
            import dev.penstock.spi.handoff.*;
            import io.vertx.core.Vertx;
            import java.util.*;

            public class Far implements BlockTargets {
              public Set<String> schemes() { return Set.of("far"); }
              public String summary() { return "made for a test"; }
              public Optional<String> objection(String uri) { return Optional.empty(); }
              public BlockTarget open(Vertx vertx, Aim aim) { throw new IllegalStateException(); }
            }
            """)
        .zipInto(archives);
    load();

    assertThat(plugins.extensions().of(BlockTargets.class))
        .singleElement()
        .satisfies(far -> assertThat(far.schemes()).containsExactly("far"));
    assertThat(plugins.plugins().getFirst().extensions())
        .containsExactly(
            new PluginStatus.Extension(PluginStatus.Role.TARGET, "far", "made for a test"));
  }

  @Test
  void refusesARuleThatAnotherPluginBringsAndAKeyThatIsNone() throws Exception {
    rule("moon", "phase").zipInto(archives);
    rule("sun", "phase").zipInto(archives);
    rule("tide", "Phase-2").zipInto(archives);
    load();

    assertThat(plugins.plugins())
        .extracting(plugin -> plugin.id() + " " + plugin.reason().orElse("good"))
        .satisfiesExactly(
            moon -> assertThat(moon).isEqualTo("moon good"),
            sun -> assertThat(sun).contains("phase is provided by the plugin moon already"),
            tide -> assertThat(tide).contains("the key \"Phase-2\""));
  }

  @Test
  void rulesThatWereUsedLeaveNoLoaderBehind() throws Exception {
    rule("moon", "moon_phase").zipInto(archives);
    load();
    List<WeakReference<ClassLoader>> loaders = new ArrayList<>();

    for (int i = 0; i < 5; i++) {
      loaders.add(new WeakReference<>(usedRule().getClass().getClassLoader()));
      done(plugins.reload("moon"));
    }

    Awaitility.await()
        .untilAsserted(() -> {
          System.gc();
          assertThat(loaders).allMatch(loader -> loader.refersTo(null));
        });
  }

  private RetentionRule usedRule() {
    RetentionRule rule = rules().getFirst();
    var made = rule.read(TestSettings.block("rule", Map.of("phase", "full")), new Problems());
    assertThat(made.letsGo(new Series("demo", List.of(), Instant.EPOCH)).isEmpty()).isTrue();
    return rule;
  }

  private List<String> inFolder() throws IOException {
    try (var files = Files.list(archives)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  private static <T> T done(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
