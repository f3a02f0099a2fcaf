package dev.penstock.p2p.annex;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.penstock.p2p.disk.LinuxDisk;
import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.content.Caller;
import dev.penstock.spi.content.Content;
import dev.penstock.spi.content.Hold;
import dev.penstock.spi.content.Key;
import dev.penstock.spi.content.KeyStore;
import dev.penstock.spi.content.Removal;
import dev.penstock.spi.testing.FakeClock;
import dev.penstock.spi.testing.FakeKeyStoreContext;
import dev.penstock.spi.testing.Settled;
import dev.penstock.spi.testing.TestSettings;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
final class AnnexStoreTest {
  private static final Caller CALLER = new Caller("", Set.of(), Caller.NEWEST);
  private static final Key KEY =
      Key.parse("SHA256-s5--2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  private static final byte[] HELLO = "hello".getBytes(UTF_8);

  @TempDir Path folder;
  private final Vertx vertx = Vertx.vertx();
  private final FakeClock clock = new FakeClock();
  private KeyStore store = new AnnexStore();

  @AfterEach
  void close() throws IOException {
    Settled.settled(store.close());
    Settled.settled(vertx.close());
    AnnexFixture.thaw(folder);
  }

  private FakeKeyStoreContext context(Map<String, ?> settings) {
    FakeKeyStoreContext fake =
        FakeKeyStoreContext.of("data", TestSettings.block("repositories.data", settings), vertx);
    return new FakeKeyStoreContext("data", fake.settings(), vertx, fake.children(), clock);
  }

  private StoreUser open(Map<String, ?> settings) {
    store = AnnexFixture.open(new LinuxDisk(), context(settings));
    return new StoreUser(store, vertx);
  }

  private StoreUser open(Path path) {
    return open(Map.of("path", path));
  }

  private Throwable refusal(Map<String, ?> settings) {
    return Settled.failure(store.open(context(settings)));
  }

  private Path config(String more) throws IOException {
    Files.writeString(folder.resolve("config"), AnnexFixture.config(true, "10") + more, UTF_8);
    return folder;
  }

  private static List<String> problems(Map<String, ?> settings) {
    var problems = new Problems();
    new AnnexStore().validate(TestSettings.block("repositories.data", settings), problems);
    return problems.inOrder().stream().map(Problems.Problem::what).toList();
  }

  @Test
  void takesAPathAndAUuidAndNothingElse() {
    assertThat(problems(Map.of("path", "/r", "uuid", AnnexFixture.UUID))).isEmpty();
    assertThat(problems(Map.of())).singleElement().asString().contains("path is missing");
    assertThat(problems(Map.of("path", "/r", "uuid", "x")))
        .singleElement()
        .asString()
        .contains("uuid is x");
    assertThat(problems(Map.of("paht", "/r")))
        .anySatisfy(what -> assertThat(what).contains("did you mean path?"));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "annex.tune.objecthash1, '[annex \"tune\"]\nobjecthash1 = true', Unsupported",
    "annex.tune.objecthashlower, '[annex]\ntune.objecthashlower = true', Unsupported",
    "annex.pidlock, '[annex]\npidlock = true', Unsupported",
    "annex.crippledfilesystem, '[annex]\ncrippledfilesystem = true', Unsupported",
    "git annex upgrade, '[annex]\nversion = 8', Unsupported",
    "git annex init, '[annex]\nuuid = \"\"', Invalid",
    ":7:, '[annex', Damaged"
  })
  void refusesWhatItWouldNotKeepRight(String says, String more, String error) throws IOException {
    Throwable refusal = refusal(Map.of("path", config(more)));

    assertThat(refusal).hasMessageContaining(says);
    assertThat(refusal.getClass().getSimpleName()).isEqualTo(error);
  }

  @Test
  void refusesARepositoryThatIsNotTheOneThatWasMeant() throws IOException {
    assertThat(refusal(Map.of("path", config(""), "uuid", "99999999-9999-4999-8999-999999999999")))
        .isInstanceOf(GatewayError.Invalid.class)
        .hasMessageContaining(AnnexFixture.UUID);
  }

  @Test
  void aRepositoryThatIsAwayIsWaitedForIfItsUuidIsKnown() throws IOException {
    Path later = folder.resolve("later");
    assertThat(refusal(Map.of("path", later))).isInstanceOf(GatewayError.Unavailable.class);

    StoreUser user = open(Map.of("path", later, "uuid", AnnexFixture.UUID));
    assertThat(store.uuid()).isEqualTo(AnnexFixture.UUID);
    assertThat(Settled.failure(user.asked(() -> store.isPresent(KEY, CALLER))))
        .isInstanceOf(GatewayError.Unavailable.class);

    AnnexFixture.bare(later);
    assertThat(user.put(KEY, HELLO)).isTrue();
  }

  @Test
  void aRepositoryThatWentAwaySaysNothingAboutItsContent() throws IOException {
    Path path = AnnexFixture.bare(folder.resolve("r"));
    StoreUser user = open(path);

    Files.move(path, folder.resolve("elsewhere"));

    assertThat(Settled.failure(user.asked(() -> store.isPresent(KEY, CALLER))))
        .isInstanceOf(GatewayError.Unavailable.class);
    assertThat(Settled.failure(user.removing(KEY))).isInstanceOf(GatewayError.Unavailable.class);
  }

  @Test
  void findsTheRepositoryThatAFileNames() throws IOException {
    AnnexFixture.bare(folder.resolve("git/modules/sub"));
    Files.writeString(
        folder.resolve("git/modules/sub/config"), AnnexFixture.config(false, "10"), UTF_8);
    Path tree = Files.createDirectories(folder.resolve("tree"));
    Files.writeString(tree.resolve(".git"), "gitdir: ../git/modules/sub\n", UTF_8);

    assertThat(open(tree).put(KEY, HELLO)).isTrue();

    assertThat(object(folder.resolve("git/modules/sub"))).exists();
  }

  @Test
  void looksInBothLayoutsAndWritesWhereItsKindDoes() throws IOException {
    Path bare = AnnexFixture.bare(folder.resolve("bare"));
    StoreUser user = open(bare);
    assertThat(user.put(KEY, HELLO)).isTrue();
    HashFolders folders = HashFolders.of(KEY);
    Path lower = bare.resolve("annex/objects").resolve(folders.lower());
    Path mixed = bare.resolve("annex/objects").resolve(folders.mixed());
    assertThat(lower).isDirectory();

    Files.createDirectories(mixed.getParent());
    Files.move(lower, mixed);

    assertThat(user.get(KEY)).isEqualTo(HELLO);
    assertThat(user.remove(KEY)).isEqualTo(Removal.DONE);
    assertThat(user.isPresent(KEY)).isFalse();
  }

  @Test
  void objectsCannotBeWrittenAndTheirFoldersNeither() throws IOException {
    Path bare = AnnexFixture.bare(folder.resolve("bare"));
    StoreUser user = open(bare);
    user.put(KEY, HELLO);
    user.on(user.lock(KEY).orElseThrow()::release);

    Path object = object(bare);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(object)))
        .isEqualTo("r--r--r--");
    Path its = object.resolve("..").normalize();
    assertThat(Files.getPosixFilePermissions(its).toString()).doesNotContain("WRITE");
    assertThat(AnnexFixture.files(its)).containsExactly(object);
  }

  private static Path object(Path git) throws IOException {
    return AnnexFixture.files(git.resolve("annex/objects")).stream()
        .filter(file -> file.endsWith(KEY.toString()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void whatWasLockedWhenTheProcessEndedStaysForTheRetentionAndNoLonger() throws IOException {
    Path bare = AnnexFixture.bare(folder.resolve("bare"));
    StoreUser user = open(bare);
    user.put(KEY, HELLO);
    assertThat(user.lock(KEY)).isPresent();
    Settled.done(store.close());

    StoreUser next = open(bare);
    clock.advance(KeyStore.RETENTION.minusSeconds(1));
    assertThat(next.remove(KEY)).isEqualTo(Removal.REFUSED);
    clock.advance(Duration.ofSeconds(1));
    assertThat(next.remove(KEY)).isEqualTo(Removal.DONE);
  }

  @Test
  void whoeverLetsGoTakesOnlyHisOwnRetentionBack() throws IOException {
    Path bare = AnnexFixture.bare(folder.resolve("bare"));
    StoreUser user = open(bare);
    user.put(KEY, HELLO);
    assertThat(user.lock(KEY)).isPresent();
    Settled.done(store.close());
    StoreUser next = open(bare);

    Hold hold = next.lock(KEY).orElseThrow();
    next.on(hold::release);

    assertThat(next.remove(KEY))
        .as("who locked it before may rely on it")
        .isEqualTo(Removal.REFUSED);
    clock.advance(KeyStore.RETENTION);
    assertThat(next.remove(KEY)).isEqualTo(Removal.DONE);
  }

  @Test
  void contentThatIsChangedWhileItIsReadIsNotValid() throws IOException {
    Path bare = AnnexFixture.bare(folder.resolve("bare"));
    StoreUser user = open(bare);
    user.put(KEY, HELLO);
    Content content = user.on(() -> store.get(KEY, Optional.empty(), 0, CALLER));
    assertThat(user.on(content::valid)).isTrue();

    Path object = object(bare);
    object.toFile().setWritable(true);
    Files.setLastModifiedTime(object, FileTime.fromMillis(0));

    assertThat(user.on(content::valid)).isFalse();
    content.close();
  }

  @Test
  void contentThatIsLongerThanItsKeySaysIsNotValid() throws IOException {
    Path bare = AnnexFixture.bare(folder.resolve("bare"));
    StoreUser user = open(bare);
    user.put(KEY, HELLO);
    Path object = object(bare);
    object.toFile().setWritable(true);
    Files.writeString(object, "hello, hello", UTF_8);

    Content content = user.on(() -> store.get(KEY, Optional.empty(), 0, CALLER));

    assertThat(user.on(content::valid)).isFalse();
    assertThat(content.file()).as("it could be changed").isEmpty();
    content.close();
  }

  @Test
  void contentStaysReadableAfterItsRemovalUntilItIsClosed() throws IOException {
    StoreUser user = open(AnnexFixture.bare(folder.resolve("bare")));
    user.put(KEY, HELLO);
    Content content = user.on(() -> store.get(KEY, Optional.empty(), 1, CALLER));
    Content.Stored file = content.file().orElseThrow();

    assertThat(user.remove(KEY)).isEqualTo(Removal.DONE);

    assertThat(Files.readAllBytes(file.path())).isEqualTo(HELLO);
    assertThat(file.offset()).isEqualTo(1);
    content.close();
  }

  @Test
  void takesOnlySecureHashesWhereTheRepositorySaysSo() throws IOException {
    StoreUser user = open(config("securehashesonly = true\n"));

    assertThat(user.put(KEY, HELLO)).isTrue();
    assertThat(Settled.failure(user.putting(Key.parse("WORM-s5--x"), HELLO)))
        .isInstanceOf(GatewayError.Denied.class)
        .hasMessageContaining("annex.securehashesonly");
  }

  @Test
  void removesWhatAProcessLeftThatEndedAndNothingElse() throws IOException {
    Path bare = AnnexFixture.bare(folder.resolve("bare"));
    Path temporary = Files.createDirectories(bare.resolve("annex/tmp"));
    Files.writeString(temporary.resolve("penstock-1234-1"), "left", UTF_8);
    Files.writeString(temporary.resolve(KEY.toString()), "hel", UTF_8);

    StoreUser user = open(bare);

    assertThat(AnnexFixture.files(temporary)).containsExactly(temporary.resolve(KEY.toString()));
    assertThat(user.put(KEY, HELLO)).as("it goes on with what is right").isTrue();
    assertThat(AnnexFixture.files(temporary)).isEmpty();
  }

  @Test
  void aNameThatNoFileCanHaveIsNotThereAndCannotBeStored() throws IOException {
    StoreUser user = open(AnnexFixture.bare(folder.resolve("bare")));
    Key key = Key.parse("WORM-s5--" + "x".repeat(300));

    assertThat(user.isPresent(key)).isFalse();
    assertThat(user.remove(key)).isEqualTo(Removal.DONE);
    assertThat(user.lock(key)).isEmpty();
    assertThat(Settled.failure(user.putting(key, HELLO))).isInstanceOf(GatewayError.Invalid.class);
  }
}
