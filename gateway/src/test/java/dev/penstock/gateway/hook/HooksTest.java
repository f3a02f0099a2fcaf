package dev.penstock.gateway.hook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.penstock.gateway.config.HookConfig;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.volume.SnapshotName;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HooksTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  /** Longer than a test waits. */
  private static final Duration FOR_EVER = Duration.ofMinutes(10);

  private static final List<SnapshotName> DEMO = List.of(new SnapshotName("demo", "monday"));
  private static final List<SnapshotName> BOTH =
      List.of(new SnapshotName("demo", "monday"), new SnapshotName("other", "monday"));

  @TempDir Path folder;

  private final List<HookConfig> configured = new ArrayList<>();
  private final Hooks hooks = new Hooks(() -> configured);

  @Test
  void isRunBeforeAndAfterInReverseAndToldWhatIsTaken() throws Exception {
    hook("a", "echo a $PENSTOCK_HOOK $PENSTOCK_VOLUME $PENSTOCK_SNAPSHOT >>" + seen());
    hook("b", "echo b $PENSTOCK_HOOK $PENSTOCK_VOLUMES >>" + seen());

    get(hooks.around(DEMO, () -> note("taken")));

    assertThat(Files.readAllLines(seen()))
        .containsExactly(
            "a pre demo demo@monday",
            "b pre demo",
            "taken",
            "b post demo",
            "a post demo demo@monday");
  }

  @Test
  void isToldOfAllVolumesOfAGroup() throws Exception {
    hook(
        "a",
        "echo $PENSTOCK_HOOK-$PENSTOCK_VOLUME $PENSTOCK_VOLUMES $PENSTOCK_SNAPSHOT >>" + seen());
    get(hooks.around(BOTH, () -> note("taken")));
    assertThat(Files.readAllLines(seen())).contains("pre- demo other demo@monday other@monday");
  }

  @Test
  void isNotRunForOtherVolumes() throws Exception {
    configured.add(hookOf("a", "exit 1", List.of("third"), LONG, true));
    get(hooks.around(BOTH, () -> note("taken")));
    assertThat(Files.readAllLines(seen())).containsExactly("taken");
  }

  @Test
  void whatFailsBeforeStopsTheSnapshotAndIsStillRunAfter() throws Exception {
    hook("a", "echo a $PENSTOCK_HOOK >>" + seen());
    hook("b", "echo b $PENSTOCK_HOOK >>" + seen() + "; echo the database is away; exit 3");
    hook("c", "echo never >>" + seen());

    assertThat(refusal(hooks.around(DEMO, () -> note("taken"))))
        .isInstanceOf(GatewayError.Failed.class)
        .hasMessage("hook b (pre) ended with 3: the database is away; no snapshot was taken");
    assertThat(Files.readAllLines(seen())).containsExactly("a pre", "b pre", "b post", "a post");
  }

  @Test
  void whatIsNotRequiredOnlyWarns() throws Exception {
    configured.add(hookOf("a", "exit 3", List.of(), LONG, false));

    var done = get(hooks.around(DEMO, () -> note("taken")));

    assertThat(done.warnings())
        .containsExactly("hook a (pre) ended with 3", "hook a (post) ended with 3");
    assertThat(Files.readAllLines(seen())).containsExactly("taken");
  }

  @Test
  void isRunAfterASnapshotThatFailed() throws Exception {
    hook("a", "echo a $PENSTOCK_HOOK >>" + seen());
    GatewayError full = new GatewayError.NoSpace("the store is full");

    assertThat(refusal(hooks.around(DEMO, () -> Future.failedFuture(full)))).isSameAs(full);
    assertThat(Files.readAllLines(seen())).containsExactly("a pre", "a post");
  }

  @Test
  void whatTakesTooLongIsKilledWithItsChildren() throws Exception {
    Path child = folder.resolve("child");
    configured.add(
        hookOf(
            "a",
            "[ $PENSTOCK_HOOK = post ] && exit 0; sleep 300 & echo $! >" + child + "; wait",
            List.of(),
            Duration.ofMillis(700),
            true));

    assertThat(refusal(hooks.around(DEMO, () -> note("taken"))))
        .hasMessageContaining("did not end within 700 ms and was killed");
    long pid = Long.parseLong(Files.readString(child).strip());
    await()
        .atMost(LONG)
        .until(() -> ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty());
  }

  @Test
  void whatCannotBeStartedStopsTheSnapshot() throws Exception {
    configured.add(new HookConfig("a", List.of("/none/such"), List.of(), LONG, true));
    assertThat(refusal(hooks.around(DEMO, () -> note("taken"))))
        .hasMessageContaining("hook a (pre) cannot be started");
  }

  @Test
  void theNextSnapshotWithHooksWaitsForTheEndOfTheOneBefore() throws Exception {
    hook("a", "echo $PENSTOCK_HOOK >>" + seen());
    Promise<Void> first = Promise.promise();

    var one = hooks.around(DEMO, first::future);
    var two = hooks.around(DEMO, () -> note("second"));
    await().atMost(LONG).until(() -> Files.exists(seen()));
    first.complete();
    get(one);
    get(two);

    assertThat(Files.readAllLines(seen())).containsExactly("pre", "post", "pre", "second", "post");
  }

  @Test
  void aCloseKillsWhatIsRunBeforeTakesNothingAndEndsWhatWasBegun() throws Exception {
    hook("a", "echo a $PENSTOCK_HOOK >>" + seen());
    String script =
        "echo b $PENSTOCK_HOOK >>" + seen() + "; [ $PENSTOCK_HOOK = post ] || sleep 300";
    configured.add(hookOf("b", script, List.of(), FOR_EVER, true));
    hook("c", "echo never >>" + seen());
    var round = hooks.around(DEMO, () -> note("taken"));
    await().atMost(LONG).until(() -> seenLines().contains("b pre"));

    get(hooks.close());

    assertThat(seenLines()).containsExactly("a pre", "b pre", "b post", "a post");
    assertThat(refusal(round)).isInstanceOf(GatewayError.Unavailable.class);
    assertThat(refusal(hooks.around(DEMO, () -> note("taken"))))
        .isInstanceOf(GatewayError.Unavailable.class)
        .hasMessageContaining("the gateway is stopping");
    assertThat(seenLines()).hasSize(4);
  }

  @Test
  void whatNeedNotSucceedIsNoReasonToTakeASnapshotAfterAClose() throws Exception {
    String script = "echo $PENSTOCK_HOOK >>" + seen() + "; [ $PENSTOCK_HOOK = post ] || sleep 300";
    configured.add(hookOf("a", script, List.of(), FOR_EVER, false));
    var round = hooks.around(DEMO, () -> note("taken"));
    await().atMost(LONG).until(() -> seenLines().contains("pre"));

    get(hooks.close());

    assertThat(refusal(round)).hasMessageContaining("the gateway is stopping");
    assertThat(seenLines()).containsExactly("pre", "post");
  }

  @Test
  void aCloseWaitsForTheSnapshotAndWhatIsRunAfterIt() throws Exception {
    hook("a", "echo $PENSTOCK_HOOK >>" + seen());
    Promise<Void> work = Promise.promise();
    Promise<Void> atWork = Promise.promise();
    var round =
        hooks.around(
            DEMO,
            () -> {
              atWork.complete();
              return work.future();
            });
    get(atWork.future());

    Future<Void> closed = hooks.close();
    assertThat(closed.isComplete()).isFalse();
    work.complete();
    get(closed);

    assertThat(seenLines()).containsExactly("pre", "post");
    get(round);
  }

  @Test
  void whatCannotBeListenedToIsKilledAndEnded() throws Exception {
    String mark = folder.resolve("mark").toString();
    hook(
        "a",
        "[ $PENSTOCK_HOOK = post ] && { echo post >>%s; exit 0; }; sleep 300; echo %s"
            .formatted(seen(), mark));

    assertThat(refusal(withoutThread(2).around(DEMO, () -> note("taken"))))
        .hasMessageContaining("hook a (pre): java.lang.OutOfMemoryError: no more threads");

    assertThat(seenLines()).containsExactly("post");
    await()
        .atMost(LONG)
        .until(() ->
            ProcessHandle.current()
                .descendants()
                .noneMatch(child -> child.info().commandLine().orElse("").contains(mark)));
  }

  @Test
  void whatCannotBeRunAfterKeepsNothingElseFromBeingRun() throws Exception {
    hook("a", "echo a $PENSTOCK_HOOK >>" + seen());
    hook("b", "echo b $PENSTOCK_HOOK >>" + seen());

    var done = get(withoutThread(5).around(DEMO, () -> note("taken")));

    assertThat(seenLines()).containsExactly("a pre", "b pre", "taken", "a post");
    assertThat(done.warnings())
        .containsExactly("hook b (post): java.lang.OutOfMemoryError: no more threads");
  }

  /** Each run of a hook has two threads. */
  private Hooks withoutThread(int number) {
    var asked = new AtomicInteger();
    return new Hooks(
        () -> configured,
        work -> {
          if (asked.incrementAndGet() == number) throw new OutOfMemoryError("no more threads");
          return Thread.ofPlatform().daemon().unstarted(work);
        });
  }

  private List<String> seenLines() throws IOException {
    return Files.exists(seen()) ? Files.readAllLines(seen()) : List.of();
  }

  private void hook(String name, String script) {
    configured.add(hookOf(name, script, List.of(), LONG, true));
  }

  private static HookConfig hookOf(
      String name, String script, List<String> volumes, Duration limit, boolean required) {
    return new HookConfig(name, List.of("/bin/sh", "-c", script), volumes, limit, required);
  }

  private Path seen() {
    return folder.resolve("seen");
  }

  private Future<Void> note(String line) {
    try {
      Files.writeString(seen(), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      return Future.failedFuture(e);
    }
    return Future.succeededFuture();
  }

  private static GatewayError refusal(Future<?> future) throws Exception {
    try {
      get(future);
    } catch (ExecutionException e) {
      return (GatewayError) Objects.requireNonNull(e.getCause());
    }
    throw new AssertionError("it succeeded");
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
