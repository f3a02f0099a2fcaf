package dev.penstock.spi.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.penstock.spi.GatewayError;
import dev.penstock.spi.config.Block;
import dev.penstock.spi.config.Mark;
import dev.penstock.spi.config.Problems;
import dev.penstock.spi.config.Setting;
import dev.penstock.spi.volume.Volume;
import dev.penstock.spi.volume.VolumeCapability;
import dev.penstock.spi.volume.VolumeInfo;
import dev.penstock.spi.volume.VolumeStore;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link VolumeStore} is held to. Extend it, say how to make a store of yours and which
 * settings lead to an empty place, and run it with JUnit; its volumes are {@link VolumeContract}'s.
 */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
public abstract class VolumeStoreContract {
  private static final long MIB = 1 << 20;

  private FakeStoreContext context = FakeStoreContext.of("disk", TestSettings.block("x", Map.of()));
  private VolumeStore store = new MemoryVolumeStore();

  /** A store object that was not opened. All of one test are for the same place. */
  protected abstract VolumeStore newStore() throws Exception;

  /** Valid settings that lead to a place which is empty when a test begins. */
  protected abstract Block settings() throws Exception;

  /** Whether a store object that is opened on the same settings later finds the same volumes. */
  protected boolean keepsVolumes() {
    return true;
  }

  /** Whether the place can be open once at a time only. */
  protected boolean isExclusive() {
    return true;
  }

  /** Whether {@code setReplica} works. */
  protected boolean tellsReplicas() {
    return true;
  }

  @BeforeEach
  void openStore() throws Exception {
    context = FakeStoreContext.of("disk", settings());
    store = newStore();
    store.open(context);
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void everyObjectDescribesTheSameKind() throws Exception {
    assertThat(store.descriptor().kind()).matches("[a-z][a-z0-9-]*");
    assertThat(newStore().descriptor()).isEqualTo(store.descriptor());
  }

  @Test
  void validSettingsHaveNoProblem() throws Exception {
    var problems = new Problems();

    newStore().validate(settings(), problems);
    newStore().validate(settings(), problems);

    assertThat(problems.inOrder()).isEmpty();
  }

  @Test
  void everyUnknownKeyIsAProblemOfItsOwn() throws Exception {
    Block valid = settings();
    Block.Builder wrong = Block.named(valid.name(), valid.at());
    for (String key : valid.keys()) wrong.put(key, valid.at(key), valid.setting(key).orElseThrow());
    for (String key : List.of("qqqqqqqq", "zzzzzzzz"))
      wrong.put(key, new Mark("/a.yaml", 99), new Setting.Text("1", new Mark("/a.yaml", 99)));
    var problems = new Problems();

    newStore().validate(wrong.build(), problems);

    assertThat(problems.inOrder())
        .extracting(Problems.Problem::what)
        .anyMatch(what -> what.contains("qqqqqqqq"))
        .anyMatch(what -> what.contains("zzzzzzzz"));
  }

  @Test
  void settingsThatAreMissingAreProblemsNotExceptions() throws Exception {
    VolumeStore unopened = newStore();
    var nothing = Block.empty("stores.disk", new Mark("/a.yaml", 1));

    assertThatCode(() -> unopened.validate(nothing, new Problems())).doesNotThrowAnyException();
  }

  @Test
  void newPlacesAreEmpty() {
    assertThat(store.list()).isEmpty();
  }

  @Test
  void createdVolumesAreListedAsTheyWereAnswered() {
    VolumeInfo small = store.create("small", 4096);
    VolumeInfo large = store.create("large", 64 * MIB);

    assertThat(small.name()).isEqualTo("small");
    assertThat(small.sizeBytes()).isEqualTo(4096);
    assertThat(small.createdAt()).isEqualTo(context.clock().instant());
    assertThat(small.guid()).isNotEqualTo(large.guid());
    assertThat(store.list())
        .extracting(
            VolumeInfo::name, VolumeInfo::guid, VolumeInfo::sizeBytes, VolumeInfo::createdAt)
        .containsExactlyInAnyOrder(
            tuple("small", small.guid(), 4096L, small.createdAt()),
            tuple("large", large.guid(), 64 * MIB, large.createdAt()));
  }

  @Test
  void openedVolumesKnowWhoTheyAreAndReadAsZeroes() {
    VolumeInfo created = store.create("demo", MIB);

    try (Volume volume = store.openVolume("demo")) {
      assertThat(volume.info().guid()).isEqualTo(created.guid());
      assertThat(volume.info().name()).isEqualTo("demo");
      assertThat(volume.sizeBytes()).isEqualTo(MIB);
      assertThat(read(volume, 0, (int) MIB)).containsOnly(0);
    }
  }

  @Test
  void takenNamesAreConflictsAndTheFirstVolumeStays() {
    VolumeInfo first = store.create("demo", MIB);
    write("demo", 0, "first");

    assertThatThrownBy(() -> store.create("demo", 2 * MIB))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining("demo");

    assertThat(store.list()).extracting(VolumeInfo::guid).containsExactly(first.guid());
    assertThat(text("demo", 0, 5)).isEqualTo("first");
  }

  static Stream<String> namesThatCannotBe() {
    return Stream.of(
        "",
        ".",
        "..",
        "a/b",
        "../up",
        "-x",
        ".hidden",
        "a b",
        "a\nb",
        "a\0b",
        "ä",
        "a@b",
        "a".repeat(129));
  }

  @ParameterizedTest
  @MethodSource("namesThatCannotBe")
  void namesThatCannotBeAreInvalidAndMakeNothing(String name) {
    assertThatThrownBy(() -> store.create(name, MIB)).isInstanceOf(GatewayError.Invalid.class);

    assertThat(store.list()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("namesThatCannotBe")
  void namesThatCannotBeAreNotFound(String name) {
    assertThatThrownBy(() -> store.openVolume(name))
        .isInstanceOfAny(GatewayError.NotFound.class, GatewayError.Invalid.class);
    assertThatThrownBy(() -> store.remove(name))
        .isInstanceOfAny(GatewayError.NotFound.class, GatewayError.Invalid.class);
  }

  @Test
  void aVolumeIsFoundAsItIsListed() {
    store.create("one", MIB);
    store.create("two", 2 * MIB);
    for (VolumeInfo info : store.list()) assertThat(store.find(info.name())).contains(info);
    assertThat(store.find("three")).isEmpty();
    assertThat(store.find("")).isEmpty();
  }

  @Test
  void everyAllowedNameWorks() {
    for (String name : List.of("a", "7", "A.b_c-1", "a..b", "lock", "con", "a".repeat(128))) {
      store.create(name, 4096);
      store.openVolume(name).close();
    }

    assertThat(store.list()).hasSize(7);
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, -4096, Long.MIN_VALUE})
  void sizesThatCannotBeAreInvalidAndMakeNothing(long sizeBytes) {
    assertThatThrownBy(() -> store.create("demo", sizeBytes))
        .isInstanceOf(GatewayError.Invalid.class);

    assertThat(store.list()).isEmpty();
  }

  @Test
  void namesThatNobodyHasAreNotFound() {
    assertThatThrownBy(() -> store.openVolume("nobody"))
        .isInstanceOf(GatewayError.NotFound.class)
        .hasMessageContaining("nobody");
    assertThatThrownBy(() -> store.remove("nobody"))
        .isInstanceOf(GatewayError.NotFound.class)
        .hasMessageContaining("nobody");
  }

  @Test
  void removedNamesCanBeUsedAgainForAnotherVolume() {
    VolumeInfo first = store.create("demo", MIB);
    write("demo", 0, "secret");

    store.remove("demo");

    assertThat(store.list()).isEmpty();
    assertThatThrownBy(() -> store.openVolume("demo")).isInstanceOf(GatewayError.NotFound.class);
    VolumeInfo second = store.create("demo", MIB);
    assertThat(second.guid()).isNotEqualTo(first.guid());
    assertThat(text("demo", 0, 6)).isEqualTo("\0\0\0\0\0\0");
  }

  @Test
  void closedVolumesAreFoundAsTheyWereLeft() {
    store.create("demo", MIB);
    write("demo", 4090, "across a border");

    assertThat(text("demo", 4090, 15)).isEqualTo("across a border");
  }

  @Test
  void storesThatAreOpenedAgainHaveTheSameVolumes() throws Exception {
    if (!keepsVolumes()) return;
    VolumeInfo created = store.create("demo", MIB);
    write("demo", 1000, "still here");
    store.create("gone", MIB);
    store.remove("gone");

    reopen();

    assertThat(store.list())
        .extracting(
            VolumeInfo::guid, VolumeInfo::name, VolumeInfo::sizeBytes, VolumeInfo::createdAt)
        .containsExactly(tuple(created.guid(), "demo", MIB, created.createdAt()));
    assertThat(text("demo", 1000, 10)).isEqualTo("still here");
  }

  @Test
  void resizedVolumesKeepTheirSize() throws Exception {
    store.create("demo", MIB);
    try (Volume volume = store.openVolume("demo")) {
      if (!volume.capabilities().contains(VolumeCapability.RESIZE)) return;
      volume.resize(3 * MIB);
    }

    if (keepsVolumes()) reopen();

    assertThat(store.list()).extracting(VolumeInfo::sizeBytes).containsExactly(3 * MIB);
    try (Volume volume = store.openVolume("demo")) {
      assertThat(volume.sizeBytes()).isEqualTo(3 * MIB);
    }
  }

  @Test
  void placesThatAreOpenRefuseASecondStoreAndNameTheHolder() throws Exception {
    if (!isExclusive()) return;
    store.create("demo", MIB);
    VolumeStore second = newStore();

    assertThatThrownBy(() -> second.open(FakeStoreContext.of("second", settings())))
        .isInstanceOf(GatewayError.Conflict.class)
        .hasMessageContaining(Long.toString(ProcessHandle.current().pid()));
    second.close();

    write("demo", 0, "unharmed");
    assertThat(text("demo", 0, 8)).isEqualTo("unharmed");
  }

  @Test
  void closedStoresLeaveTheirPlaceToTheNext() throws Exception {
    for (int i = 0; i < 3; i++) reopen();

    assertThat(store.create("demo", MIB).name()).isEqualTo("demo");
  }

  @Test
  void volumesAreNobodysCopyUntilSomebodySaysSoAndNoLongerThanThat() throws Exception {
    assertThat(store.create("demo", MIB).replica()).isFalse();
    if (!tellsReplicas()) return;
    for (boolean replica : new boolean[] {true, true, false}) {
      store.setReplica("demo", replica);
      if (keepsVolumes()) reopen();

      assertThat(store.list()).extracting(VolumeInfo::replica).containsExactly(replica);
      assertThat(store.find("demo").orElseThrow().replica()).isEqualTo(replica);
      try (Volume opened = store.openVolume("demo")) {
        assertThat(opened.info().replica()).isEqualTo(replica);
      }
    }
    assertThatThrownBy(() -> store.setReplica("nobody", true))
        .isInstanceOf(GatewayError.NotFound.class);
  }

  @Test
  void whatIsFreeIsSomethingOrNobodyKnows() {
    assertThat(store.freeBytes().orElse(MIB)).isPositive();
  }

  @Test
  void oneOfManyWhoWantANameGetsIt() throws Exception {
    List<Future<VolumeInfo>> asked = together(8, _ -> store.create("demo", MIB));

    int made = 0;
    for (Future<VolumeInfo> one : asked)
      try {
        one.get();
        made++;
      } catch (ExecutionException e) {
        assertThat(e).hasCauseInstanceOf(GatewayError.Conflict.class);
      }
    assertThat(made).isEqualTo(1);
    assertThat(store.list()).hasSize(1);
  }

  @Test
  void volumesAreMadeAndRemovedSideBySide() throws Exception {
    List<Future<VolumeInfo>> asked =
        together(
            8,
            i -> {
              for (int round = 0; round < 4; round++) {
                store.create("volume-" + i, 4096L * (i + 1));
                write("volume-" + i, 0, "mine" + i);
                assertThat(text("volume-" + i, 0, 5)).isEqualTo("mine" + i);
                store.list();
                store.remove("volume-" + i);
              }
              return store.create("volume-" + i, 4096);
            });

    for (Future<VolumeInfo> one : asked) assertThat(one.get().sizeBytes()).isEqualTo(4096);
    assertThat(store.list()).hasSize(8);
  }

  private void reopen() throws Exception {
    store.close();
    store = newStore();
    store.open(FakeStoreContext.of("disk", settings()));
  }

  private interface Asked {
    VolumeInfo ask(int i) throws Exception;
  }

  private static List<Future<VolumeInfo>> together(int count, Asked asked) throws Exception {
    try (ExecutorService callers = Executors.newFixedThreadPool(count)) {
      List<Callable<VolumeInfo>> calls =
          IntStream.range(0, count)
              .<Callable<VolumeInfo>>mapToObj(i -> () -> asked.ask(i))
              .toList();
      return callers.invokeAll(calls);
    }
  }

  private void write(String name, long offset, String text) {
    try (Volume volume = store.openVolume(name)) {
      volume.write(offset, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      volume.flush();
    }
  }

  private String text(String name, long offset, int length) {
    try (Volume volume = store.openVolume(name)) {
      return new String(read(volume, offset, length), StandardCharsets.UTF_8);
    }
  }

  private static byte[] read(Volume volume, long offset, int length) {
    ByteBuffer target = ByteBuffer.allocate(length);
    volume.read(offset, target);
    return target.array();
  }
}
