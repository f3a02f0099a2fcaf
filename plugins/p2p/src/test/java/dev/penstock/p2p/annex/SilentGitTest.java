package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.disk.LinuxDisk;
import dev.penstock.p2p.testing.Bodies;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.Putting;
import dev.penstock.spi.process.Child;
import dev.penstock.spi.process.Children;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.ScriptedChild;
import dev.penstock.spi.testing.Settled;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A {@code git cat-file} that hangs holds up nobody for longer than a limit. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class SilentGitTest {
  private static final Duration LIMIT = Duration.ofMillis(200);
  private static final Key KEY = Key.parse("WORM-s5-m1--hello");
  private static final Buffer HELLO = Buffer.buffer("hello");

  @TempDir Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final Gits gits = new Gits(vertx);
  private final LinuxDisk disk = new LinuxDisk();
  private Optional<Opened> opened = Optional.empty();

  private record Opened(
      FakeKeyStoreContext host, Repository found, OpenRepository repository, FileLocks locks) {}

  /** What git does next. */
  private static final class Gits implements Children {
    private final Vertx vertx;
    private final List<ScriptedChild> started = new CopyOnWriteArrayList<>();
    private volatile BiConsumer<ScriptedChild, Buffer> script = (_, _) -> {};
    private volatile boolean starts = true;
    private volatile boolean takesNothing;

    private Gits(Vertx vertx) {
      this.vertx = vertx;
    }

    @Override
    public Future<Child> start(List<String> command) {
      if (!command.contains("cat-file"))
        return Future.failedFuture(
            new GatewayError.Failed(GatewayError.Scope.RESOURCE, "not installed"));
      if (!starts) return Promise.<Child>promise().future();
      var child = new ScriptedChild(vertx.getOrCreateContext(), script);
      if (takesNothing) child.sticks();
      started.add(child);
      return Future.succeededFuture(child);
    }
  }

  @BeforeEach
  void open() throws IOException {
    Path bare = AnnexFixture.bare(folder.resolve("a"));
    Files.createDirectories(bare.resolve("annex"));
    var host = AnnexFixture.context(bare, vertx, gits, new FakeClock());
    Repository found = Repository.find(disk, bare);
    var repository = new OpenRepository(host, disk, found, BootClock.KERNEL, LIMIT);
    opened = Optional.of(new Opened(host, found, repository, new FileLocks(disk)));
  }

  @AfterEach
  void close() throws IOException {
    opened.ifPresent(one -> Settled.done(one.repository().close()));
    Settled.done(vertx.close());
    AnnexFixture.thaw(folder);
  }

  private Future<Boolean> recorded(Key key) {
    return Bodies.on(vertx, () -> opened.orElseThrow().repository().record(key));
  }

  private boolean isJournalled(Key key) {
    Layout layout = opened.orElseThrow().found().layout();
    return disk.stat(layout.journalled(Layout.log(key))).isPresent();
  }

  private void assertThatNothingIsHeld() {
    Opened one = opened.orElseThrow();
    Optional<FileLocks.Grip> grip = one.locks().tryAlone(one.found().layout().journalLock());
    assertThat(grip).as("the journal's lock").isPresent();
    grip.ifPresent(FileLocks.Grip::release);
    assertThat(gits.started).allMatch(ScriptedChild::isKilled);
  }

  @ParameterizedTest(name = "it says \"{0}\"")
  @ValueSource(
      strings = {
        "",
        "0123 blob",
        "0123 blob 900\n1700000000s 1 a-repository\n",
        "0123 blob 5\nhello"
      })
  void whatDoesNotAnswerInFullIsEndedAndTheLogLeftAsItWas(String said) {
    gits.script = (git, _) -> git.says(said);

    assertThat(Settled.done(recorded(KEY))).isFalse();

    assertThat(gits.started).hasSize(1);
    assertThat(isJournalled(KEY)).as("what others have said would be lost").isFalse();
    assertThatNothingIsHeld();
  }

  @Test
  void oneThatDoesNotEvenStartIsNotWaitedForEither() {
    gits.starts = false;

    assertThat(Settled.done(recorded(KEY))).isFalse();

    assertThatNothingIsHeld();
  }

  @Test
  void oneThatTakesNothingIsEnded() {
    gits.takesNothing = true;

    assertThat(Settled.done(recorded(KEY))).isFalse();

    assertThatNothingIsHeld();
  }

  @Test
  void manyThatWaitForItWaitForOneLimit() {
    List<Future<Boolean>> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) all.add(recorded(Key.parse("WORM-s5-m1--" + i)));

    for (Future<Boolean> one : all) assertThat(Settled.done(one)).isFalse();

    assertThat(gits.started).as("one for many").hasSizeLessThan(20);
    assertThatNothingIsHeld();
  }

  @Test
  void theNextChangeIsRecordedByAProgramThatAnswers() {
    Settled.done(recorded(KEY));
    gits.script = (git, _) -> git.says("refs/heads/git-annex:that missing\n");

    assertThat(Settled.done(recorded(KEY))).isTrue();

    assertThat(gits.started).hasSize(2);
    assertThat(isJournalled(KEY)).isTrue();
  }

  @Test
  void whatItSaysTooLateAnswersNobody() throws IOException {
    Settled.done(recorded(KEY));
    gits.script =
        (git, _) -> {
          gits.started.getFirst().says("0123 blob 28\n1600000000s 1 another-repository\n\n");
          git.says("refs/heads/git-annex:that missing\n");
        };

    assertThat(Settled.done(recorded(KEY))).isTrue();

    Layout layout = opened.orElseThrow().found().layout();
    assertThat(disk.read(layout.journalled(Layout.log(KEY))).orElseThrow())
        .asString(UTF_8)
        .contains(AnnexFixture.UUID)
        .doesNotContain("another-repository");
  }

  /** It is on the disk, which is what the answer stands for; {@code git annex fsck} mends a log. */
  @Test
  void whatIsPutIsStoredAllTheSameAndThatIsSaid() {
    Putting.Stored stored = Settled.done(Bodies.on(vertx, this::put));

    assertThat(stored.stored()).isTrue();
    assertThat(opened.orElseThrow().repository().isPresent(KEY)).isTrue();
    assertThatNothingIsHeld();
  }

  private Future<Putting.Stored> put() {
    OpenRepository repository = opened.orElseThrow().repository();
    Partial partial = repository.offer(KEY).orElseThrow();
    var upload = new AnnexUpload(opened.orElseThrow().host(), repository, KEY, partial, _ -> {});
    return Bodies.send(upload, HELLO, 5, true);
  }
}
