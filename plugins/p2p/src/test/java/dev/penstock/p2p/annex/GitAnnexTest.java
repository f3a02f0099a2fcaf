package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.disk.LinuxDisk;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.Peer;
import dev.penstock.spi.testing.ProcessChildren;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.Trixie;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real git-annex and this store use one repository at the same time, and agree. */
@Tag("peer")
@Timeout(value = 120, unit = TimeUnit.SECONDS)
final class GitAnnexTest {
  private static final String BARE = "bare";
  private static final String TREE = "tree";

  private Vertx vertx = Vertx.vertx();
  private ProcessChildren children = new ProcessChildren(vertx);
  private Trixie.Folder folder = new Trixie.Folder(Path.of("/nowhere"));
  private KeyStore store = new AnnexStore();
  private StoreUser user = new StoreUser(store, vertx);
  private Path root = Path.of("");

  @BeforeEach
  void makeFolder() {
    folder = Trixie.folder();
    Peer.require("git");
  }

  @AfterEach
  void close() throws IOException {
    Settled.settled(store.close());
    children.close();
    Settled.settled(vertx.close());
    folder.close();
  }

  private void open(String kind) {
    String bare = kind.equals(BARE) ? "--bare" : "";
    annex("git init -q %s %s && cd %s && git annex init %s".formatted(bare, kind, kind, kind));
    root = folder.file(kind);
    // The real time: it is git-annex's as well.
    FakeClock clock = new FakeClock();
    clock.advance(Duration.between(clock.instant(), Instant.now()));
    store = AnnexFixture.open(new LinuxDisk(), AnnexFixture.context(root, vertx, children, clock));
    user = new StoreUser(store, vertx);
  }

  /** A shell in the chroot, in the folder. */
  private Peer.Result call(String script) {
    return Peer.call(
        Trixie.command(
            "/usr/bin/env",
            "HOME=" + folder.inside("."),
            "LC_ALL=C.UTF-8",
            "GIT_AUTHOR_NAME=a",
            "GIT_AUTHOR_EMAIL=a@example.org",
            "GIT_COMMITTER_NAME=a",
            "GIT_COMMITTER_EMAIL=a@example.org",
            "sh",
            "-ec",
            "cd %s; %s".formatted(folder.inside("."), script)));
  }

  private String annex(String script) {
    Peer.Result result = call(script);
    assertThat(result.exit()).as("%s:%n%s", script, result.text()).isZero();
    return result.out();
  }

  private Key key(byte[] content, String more) throws IOException {
    Files.write(folder.file("content"), content);
    String command = "cd %s; git annex calckey %s ../content".formatted(name(), more);
    return Key.parse(annex(command).strip());
  }

  private String name() {
    return String.valueOf(root.getFileName());
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {BARE, TREE})
  void whatIsPutIsRightForGitAnnexAndItKnowsWhereItIs(String kind) throws Exception {
    open(kind);
    Key key = key(bytes(100_000), "--backend=SHA256E");

    assertThat(user.put(key, bytes(100_000))).isTrue();

    assertThat(annex("cd %s; git annex whereis --key %s".formatted(kind, key)))
        .contains(store.uuid())
        .contains("ok");
    assertThat(annex("cd %s; git annex fsck --key %s 2>&1".formatted(kind, key)))
        .contains("ok")
        .doesNotContain("fixing")
        .doesNotContain("failed");
    assertThat(annex("cd %s; git annex contentlocation %s".formatted(kind, key)))
        .contains(key.toString());
    assertThat(root.toFile()).isDirectory();
    annex("cd %s; git fsck --strict".formatted(kind));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {BARE, TREE})
  void whatIsRemovedIsGoneForGitAnnex(String kind) throws Exception {
    open(kind);
    Key key = key(bytes(100), "--backend=SHA256");
    user.put(key, bytes(100));
    annex("cd %s; git annex whereis --key %s".formatted(kind, key));

    assertThat(user.remove(key)).isEqualTo(Removal.DONE);

    assertThat(call("cd %s; git annex whereis --key %s".formatted(kind, key)).out())
        .contains("(0 copies)");
    assertThat(annex("cd %s; find . -path '*annex/objects/*'".formatted(kind))).isEmpty();
  }

  @Test
  void whatGitAnnexHasIsGotAndRemoved() throws Exception {
    open(TREE);
    annex("cd tree; printf 'hello' > f; git annex add -q f; git commit -qm m");
    Key key = Key.parse(annex("cd tree; git annex lookupkey f").strip());

    assertThat(user.isPresent(key)).isTrue();
    assertThat(user.get(key)).isEqualTo("hello".getBytes(UTF_8));
    assertThat(user.remove(key)).isEqualTo(Removal.DONE);

    assertThat(call("cd tree; git annex whereis f").out()).contains("(0 copies)");
    assertThat(user.put(key, "hello".getBytes(UTF_8))).isTrue();
    assertThat(annex("cd tree; git annex fsck 2>&1; cat f")).contains("ok").contains("hello");
  }

  @Test
  void whatOthersWroteIntoALogStays() throws Exception {
    open(BARE);
    Key key = key(bytes(50), "--backend=SHA256");
    String other = "99999999-9999-4999-8999-999999999999";
    annex("cd bare; git annex setpresentkey %s %s 1".formatted(key, other));

    user.put(key, bytes(50));

    assertThat(annex("cd bare; git annex whereis --key %s".formatted(key)))
        .contains(other)
        .contains(store.uuid());
  }

  /** The keys that a line of a shell can say. */
  @Test
  void oddKeysAreWhereGitAnnexLooks() throws Exception {
    open(TREE);
    for (String name : new String[] {"a/b", "a%b", "a&b:c", "_under__score", "käse", "a b"}) {
      Key key = Key.parse("WORM-s3-m1--" + name);
      assertThat(user.put(key, bytes(3))).isTrue();
      assertThat(annex("cd tree; git annex contentlocation '%s'".formatted(key))).isNotBlank();
      assertThat(annex("cd tree; git annex whereis --key '%s'".formatted(key)))
          .contains(store.uuid());
    }
  }

  @Test
  void gitAnnexCannotDropWhatIsLocked() throws Exception {
    open(TREE);
    Key key = key(bytes(70), "--backend=SHA256");
    user.put(key, bytes(70));
    Hold hold = user.lock(key).orElseThrow();

    String drop = "cd tree; git annex dropkey --force %s 2>&1".formatted(key);
    assertThat(call(drop).text()).contains("locked");
    assertThat(user.isPresent(key)).isTrue();

    user.on(hold::release);
    annex(drop);
    assertThat(user.isPresent(key)).isFalse();
  }

  @Test
  void gitAnnexCannotDropWhatTheProcessHadLockedWhenItEnded() throws Exception {
    open(TREE);
    Key key = key(bytes(70), "--backend=SHA256");
    user.put(key, bytes(70));
    assertThat(user.lock(key)).isPresent();

    Settled.done(store.close()); // the lock was not let go of

    String drop = "cd tree; git annex dropkey --force %s 2>&1".formatted(key);
    assertThat(call(drop).text()).contains("locked");
  }

  @Test
  void whatGitAnnexHasLockedIsNotRemovedAndThatIsSaidAtOnce() throws Exception {
    open(TREE);
    Key key = key(bytes(70), "--backend=SHA256");
    user.put(key, bytes(70));
    String serve =
        "mkfifo in; exec 3<>in; printf 'LOCKCONTENT %s\\n' >&3; exec git-annex-shell p2pstdio %s"
                .formatted(key, folder.inside("tree"))
            + " 11111111-1111-4111-8111-111111111111 --uuid %s <in".formatted(store.uuid());

    try (Peer.Running locker =
        Peer.start(
            Trixie.command(
                "/usr/bin/env",
                "HOME=" + folder.inside("."),
                "sh",
                "-ec",
                "cd %s; %s".formatted(folder.inside("."), serve)))) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() ->
              AnnexFixture.files(root).stream().anyMatch(file -> file.toString().endsWith(".rtm")));

      assertThat(user.remove(key)).isEqualTo(Removal.REFUSED);
      Path retention =
          AnnexFixture.files(root).stream()
              .filter(file -> file.toString().endsWith(".rtm"))
              .findFirst()
              .orElseThrow();
      byte[] until = Files.readAllBytes(retention);
      Files.delete(retention);
      assertThat(user.remove(key)).as("the lock alone").isEqualTo(Removal.REFUSED);
      assertThat(user.isPresent(key)).isTrue();
      assertThat(locker.isAlive()).isTrue();
      Files.write(retention, until);
    }
    assertThat(user.remove(key)).as("the retention alone").isEqualTo(Removal.REFUSED);
  }

  @Test
  void gitAnnexGoesOnWithWhatHasCome() throws Exception {
    open(BARE);
    Key key = key(bytes(100), "--backend=SHA256");
    annex("mkdir -p bare/annex/tmp; head -c 40 content > 'bare/annex/tmp/%s'".formatted(key));

    assertThat(user.put(key, bytes(100))).isTrue();

    assertThat(user.get(key)).isEqualTo(bytes(100));
    assertThat(annex("ls bare/annex/tmp")).isEmpty();
    assertThat(annex("find bare/annex/transfer -type f")).isEmpty();
  }
}
