package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.disk.LinuxDisk;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.testing.ProcessChildren;
import dev.penstock.spi.testing.Settled;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With the git that is installed, and without git-annex. */
@Tag("peer")
@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class JournalTest {
  private static final Key KEY = Key.parse("WORM-s5-m1--a_b/c");
  private static final byte[] HELLO = "hello".getBytes(UTF_8);

  @TempDir Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final ProcessChildren children = new ProcessChildren(vertx);
  private final FakeClock clock = new FakeClock();
  private KeyStore store = new AnnexStore();
  private StoreUser user = new StoreUser(store, vertx);

  @BeforeEach
  void open() throws IOException {
    Peer.run("git", "init", "-q", "--bare", folder);
    Files.writeString(folder.resolve("config"), AnnexFixture.config(true, "10"), UTF_8);
    store =
        AnnexFixture.open(new LinuxDisk(), AnnexFixture.context(folder, vertx, children, clock));
    user = new StoreUser(store, vertx);
  }

  @AfterEach
  void close() throws IOException {
    Settled.settled(store.close());
    children.close();
    Settled.settled(vertx.close());
    AnnexFixture.thaw(folder);
  }

  private Path journalled(Key key) {
    String lower = HashFolders.of(key).lower().replace('/', '_');
    String name = new String(KeyFile.of(key), UTF_8).replace("_", "__");
    return folder.resolve("annex/journal").resolve(lower + "_" + name + ".log");
  }

  private String line(String state) {
    return "%ds %s %s%n".formatted(clock.instant().getEpochSecond(), state, AnnexFixture.UUID);
  }

  @Test
  void saysWhatHasComeAndWhatHasGone() {
    assertThat(user.put(KEY, HELLO)).isTrue();
    assertThat(journalled(KEY)).content(UTF_8).isEqualTo(line("1"));

    clock.advance(Duration.ofSeconds(5));
    assertThat(user.remove(KEY)).isEqualTo(Removal.DONE);
    assertThat(journalled(KEY)).content(UTF_8).isEqualTo(line("0"));
  }

  @Test
  void keepsWhatTheBranchHasOfOthers() throws IOException {
    String theirs = "1600000000s 1 99999999-9999-4999-8999-999999999999\n";
    commit(new String(Layout.log(KEY), UTF_8), theirs);

    user.put(KEY, HELLO);

    assertThat(journalled(KEY)).content(UTF_8).isEqualTo(theirs + line("1"));
  }

  private void commit(String file, String text) throws IOException {
    Path tree = Files.createDirectories(folder.resolve("tree"));
    Path path = tree.resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, text, UTF_8);
    String index = "GIT_INDEX_FILE=" + folder.resolve("index.test");
    Object[] git = {"env", index, "git", "--git-dir=" + folder, "--work-tree=" + tree};
    run(git, "add", "-f", file);
    String written = run(git, "write-tree").strip();
    String commit =
        run(git, "-c", "user.name=a", "-c", "user.email=a@b", "commit-tree", "-m", "x", written);
    run(git, "update-ref", "refs/heads/git-annex", commit.strip());
  }

  private static String run(Object[] command, Object... more) {
    List<Object> words = new ArrayList<>(List.of(command));
    words.addAll(List.of(more));
    return Peer.run(words.toArray()).out();
  }

  @Test
  void oneProgramReadsTheBranchForManyAndEndsWithTheStore() {
    List<Future<Boolean>> puts = new ArrayList<>();
    for (int i = 0; i < 40; i++) puts.add(user.putting(Key.parse("WORM-s5-m1--" + i), HELLO));
    for (Future<Boolean> put : puts) assertThat(Settled.done(put)).isTrue();

    assertThat(children.started())
        .filteredOn(command -> command.contains("cat-file"))
        .containsExactly(List.of("git", "--git-dir=" + folder, "cat-file", "--batch"));
    for (int i = 0; i < 40; i++)
      assertThat(journalled(Key.parse("WORM-s5-m1--" + i))).content(UTF_8).isEqualTo(line("1"));

    Settled.done(store.close());
    Awaitility.await().until(() -> children.running() == 0);
  }

  @Test
  void aKeyWhoseNameTheJournalCannotTakeKeepsNoOtherFromIt() throws Exception {
    user.put(KEY, HELLO);
    Key tooLong = Key.parse("WORM-s5-m1--" + "_".repeat(200)); // twice as many in the journal
    Key other = Key.parse("WORM-s5-m1--other");
    List<Future<Boolean>> puts = new ArrayList<>();
    try (FileChannel locked =
        FileChannel.open(folder.resolve("annex/journal.lck"), StandardOpenOption.WRITE)) {
      locked.lock();
      // Both wait for the lock, and are written under one.
      puts.add(user.putting(tooLong, HELLO));
      puts.add(user.putting(other, HELLO));
      Awaitility.await().until(() -> user.isPresent(tooLong) && user.isPresent(other));
    }

    for (Future<Boolean> put : puts) assertThat(Settled.done(put)).isTrue();
    assertThat(journalled(other)).content(UTF_8).isEqualTo(line("1"));
  }

  @Test
  void gitAnnexIsAskedToCommitOnceAfterAChange() {
    user.put(KEY, HELLO);

    Awaitility.await()
        .until(() -> children.started().stream().anyMatch(command -> command.contains("annex")));
    assertThat(children.started().getLast())
        .containsExactly("git", "-C", folder.toString(), "annex", "version", "--raw");
  }

  @Test
  void waitsForWhoeverHasTheJournalsLock() throws Exception {
    user.put(KEY, HELLO);
    Path lock = folder.resolve("annex/journal.lck");
    Future<Removal> removal;
    // Another process's, as far as the store can tell.
    try (FileChannel locked = FileChannel.open(lock, StandardOpenOption.WRITE)) {
      locked.lock();
      removal = user.removing(KEY);
      Awaitility.await().until(() -> !user.isPresent(KEY));
      assertThat(journalled(KEY)).content(UTF_8).isEqualTo(line("1"));
      assertThat(removal.isComplete()).isFalse();
    }

    assertThat(Settled.done(removal)).isEqualTo(Removal.DONE);
    assertThat(Files.readString(journalled(KEY), UTF_8)).contains(" 0 ");
  }
}
